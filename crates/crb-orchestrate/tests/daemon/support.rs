//! The bench the daemon is tried on.

mod bench;
mod hooks;
mod line;
mod props;
mod tap;
mod tape;

pub(crate) use bench::{Bench, ME, Peer, Running, minutes, name, seconds};
pub(crate) use hooks::FAILS;
pub(crate) use line::Fault;
pub(crate) use props::{MarkerFault, Props, RED, braked};
pub(crate) use tap::Tap;
