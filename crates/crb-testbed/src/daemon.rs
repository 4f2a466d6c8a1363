//! The daemon as a fleet runs it: one process a node, each with its own directory, log and boots.
//!
//! A [`TestNode`] pretends a machine. What its scripts do goes into a [`Journal`], in the order in which it
//! happened; what its daemon says is read from its log as [`Event`]s.

mod boot;
mod fleet;
mod journal;
mod log;
mod node;
mod process;
mod rival;

use std::time::Duration;

pub use fleet::Fleet;
pub use journal::{Entry, Journal};
pub use log::Event;
pub use node::TestNode;
pub(crate) use process::{Process, program};
pub use rival::Rival;
pub use rustix::process::Signal;

use crate::poll_until;

/// How long anything may take that must come: so long that only a fault takes longer, even on a loaded machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for what must come, and panics with `what` it was when it does not.
pub fn eventually<T>(what: &str, condition: impl FnMut() -> Option<T>) -> T {
    poll_until(PATIENCE, condition).unwrap_or_else(|| panic!("waited {PATIENCE:?} in vain: {what}"))
}
