//! Whoever has to know what really happens on a machine, whatever its daemon says of it.

use crb_health::ScriptPhase;

use crate::machine::{Command, Machine};
use crate::power::Power;

/// Is told what happens on a machine, while it happens.
pub(crate) trait Witness: Send + Sync {
    /// A new daemon starts.
    fn starts(&self, _machine: &Machine) {}

    /// The reboot command is run, and behaves so.
    fn runs(&self, _machine: &Machine, _command: Command) {}

    /// The health script has answered.
    fn checked(&self, _machine: &Machine, _phase: ScriptPhase, _healthy: bool) {}

    /// The machine went down or came up.
    fn switched(&self, _machine: &Machine, _power: &Power) {}
}

/// Nobody looks on.
pub(crate) struct Nobody;

impl Witness for Nobody {}
