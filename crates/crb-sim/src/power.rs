//! What happens to machines rather than on them.

use crb_decide::{BootId, NodeName};
use jiff::Timestamp;

/// A machine went down or came up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PowerEvent {
    /// When.
    pub at: Timestamp,
    /// Which.
    pub node: NodeName,
    /// What.
    pub power: Power,
}

/// Which way it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Power {
    /// It is down, and every process on it is gone.
    Off(Cause),
    /// It has booted.
    On {
        /// The boot it runs in now.
        boot_id: BootId,
    },
}

/// Why a machine went down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The reboot command was run.
    Command,
    /// Something else, which nobody was asked about.
    Failure,
}
