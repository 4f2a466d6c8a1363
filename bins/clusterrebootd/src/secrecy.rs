//! Keeps what this process knows out of core dumps and from other processes of its user.

use std::io;

use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};

/// The process could not be made to keep its secrets.
#[derive(Debug, thiserror::Error)]
#[error("cannot forbid core dumps, which would hold the key and the password of etcd")]
pub(crate) struct Leaky(#[from] io::Error);

/// Forbids core dumps, and the looks of debuggers. What this process starts is dumped as it asks for itself: it inherits
/// the soft limit and not the rest, and may raise the limit again.
pub(crate) fn keep() -> Result<(), Leaky> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(io::Error::from)?;
    let limit = Rlimit { current: Some(0), ..getrlimit(Resource::Core) };
    setrlimit(Resource::Core, limit).map_err(io::Error::from)?;
    Ok(())
}
