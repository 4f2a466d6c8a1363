//! The bench the daemon is tried on.

mod bench;
mod line;
mod props;
mod tape;

pub(crate) use bench::{Bench, ME, minutes, name, seconds};
pub(crate) use line::Fault;
pub(crate) use props::{MarkerFault, RED, braked};
