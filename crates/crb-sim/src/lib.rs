//! Whole fleets in one process, with pretended reboots.
//!
//! A [`Fleet`] runs the very [`Daemon`](crb_orchestrate::Daemon) of `run` on every [`Machine`] of a
//! [`FleetSpec`], over any store and on tokio's clock, paused or not. A machine's reboot command cuts its
//! power: its daemon is dropped like a process that dies, and a new one starts under a new boot id. All chance
//! comes from the seed. Meanwhile an oracle that knows nothing of the daemons follows the store and the power
//! of the machines; what it sees that must not be is a [`Violation`].

mod adapters;
mod altered;
mod clock;
mod error;
mod fleet;
mod machine;
mod oracle;
pub mod plan;
mod power;
mod process;
pub mod scale;
mod spec;
#[cfg(feature = "storm")]
pub mod storm;
mod summary;
mod supervisor;
mod witness;

pub use clock::virtual_clock;
pub use error::{SimError, Violation};
pub use fleet::Fleet;
pub use machine::{Command, Machine};
pub use power::{Cause, Power, PowerEvent};
pub use spec::FleetSpec;
pub use summary::{Course, Summary};

#[cfg(test)]
mod tests;
