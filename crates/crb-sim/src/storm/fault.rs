//! What goes wrong, and how often it did.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What may go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is called by its name")]
pub enum Fault {
    SlowCall,
    LateCall,
    LostRequest,
    LostAnswer,
    Unreachable,
    Refused,
    StaleRead,
    BrokenWatch,
    Partition,
    LeaseStorm,
    Crash,
    CrashMidStep,
    Shutdown,
    ShutdownMidStep,
    Pause,
    PauseMidStep,
    OtherSlots,
    Reloaded,
    WrongClock,
    PowerCut,
    NoReturn,
    IllHealth,
    IllAfterBoot,
    SlowScript,
    KillSwitch,
    BrokenDetector,
    CommandDoesNothing,
    CommandFails,
    CommandHangs,
    CommandLate,
    CommandNotStarted,
    FleetPaused,
    Unlock,
    Forget,
    Twin,
    ClassicPeer,
    StoreRestored,
    SlowHook,
    PreHookFails,
    PostHookFails,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 40] = [
        Self::SlowCall,
        Self::LateCall,
        Self::LostRequest,
        Self::LostAnswer,
        Self::Unreachable,
        Self::Refused,
        Self::StaleRead,
        Self::BrokenWatch,
        Self::Partition,
        Self::LeaseStorm,
        Self::Crash,
        Self::CrashMidStep,
        Self::Shutdown,
        Self::ShutdownMidStep,
        Self::Pause,
        Self::PauseMidStep,
        Self::OtherSlots,
        Self::Reloaded,
        Self::WrongClock,
        Self::PowerCut,
        Self::NoReturn,
        Self::IllHealth,
        Self::IllAfterBoot,
        Self::SlowScript,
        Self::KillSwitch,
        Self::BrokenDetector,
        Self::CommandDoesNothing,
        Self::CommandFails,
        Self::CommandHangs,
        Self::CommandLate,
        Self::CommandNotStarted,
        Self::FleetPaused,
        Self::Unlock,
        Self::Forget,
        Self::Twin,
        Self::ClassicPeer,
        Self::StoreRestored,
        Self::SlowHook,
        Self::PreHookFails,
        Self::PostHookFails,
    ];

    /// What it is called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SlowCall => "slow call",
            Self::LateCall => "call applied after its sender gave up",
            Self::LostRequest => "lost request",
            Self::LostAnswer => "lost answer",
            Self::Unreachable => "store unreachable",
            Self::Refused => "call refused",
            Self::StaleRead => "stale read",
            Self::BrokenWatch => "broken watch",
            Self::Partition => "node cut off",
            Self::LeaseStorm => "keep-alives lost fleet-wide",
            Self::Crash => "crash at a time",
            Self::CrashMidStep => "crash at an await",
            Self::Shutdown => "daemon stopped by a signal at a time",
            Self::ShutdownMidStep => "daemon stopped by a signal at a call",
            Self::Pause => "process paused at a time",
            Self::PauseMidStep => "process paused at a call",
            Self::OtherSlots => "restart with other slots",
            Self::Reloaded => "other settings put into force",
            Self::WrongClock => "wrong wall clock",
            Self::PowerCut => "power cut",
            Self::NoReturn => "machine that does not come back",
            Self::IllHealth => "red health script",
            Self::IllAfterBoot => "red health script after the boot",
            Self::SlowScript => "slow health script",
            Self::KillSwitch => "kill switch",
            Self::BrokenDetector => "broken detector",
            Self::CommandDoesNothing => "command that does nothing",
            Self::CommandFails => "command that fails",
            Self::CommandHangs => "command that hangs",
            Self::CommandLate => "command that works late",
            Self::CommandNotStarted => "command that cannot be started",
            Self::FleetPaused => "fleet paused by the operator",
            Self::Unlock => "unlock by the operator",
            Self::Forget => "node struck off the roster",
            Self::Twin => "second machine of one name",
            Self::ClassicPeer => "reboot of a classic peer",
            Self::StoreRestored => "store restored to an earlier state",
            Self::SlowHook => "slow hook",
            Self::PreHookFails => "hook that fails before the reboot",
            Self::PostHookFails => "hook that fails after the reboot",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How often each fault happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally([u64; Fault::ALL.len()]);

impl Default for Tally {
    fn default() -> Self {
        Self([0; Fault::ALL.len()])
    }
}

impl Tally {
    /// How often `fault` happened.
    pub const fn of(&self, fault: Fault) -> u64 {
        self.0[fault as usize]
    }

    /// All faults, and how often each happened.
    pub fn all(&self) -> impl Iterator<Item = (Fault, u64)> {
        Fault::ALL.into_iter().map(|fault| (fault, self.of(fault)))
    }

    /// Adds what another run met.
    pub fn add(&mut self, other: &Self) {
        for (own, more) in self.0.iter_mut().zip(other.0) {
            *own += more;
        }
    }
}

/// A tally that everybody in one storm writes.
#[derive(Debug, Default)]
pub(crate) struct Count(Mutex<Tally>);

impl Count {
    pub(crate) fn one(&self, fault: Fault) {
        self.lock().0[fault as usize] += 1;
    }

    pub(crate) fn tally(&self) -> Tally {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_a_count_of_its_own() {
        for (index, fault) in Fault::ALL.into_iter().enumerate() {
            assert_eq!(fault as usize, index, "{fault}");
        }
        let count = Count::default();
        count.one(Fault::Twin);
        let mut sum = count.tally();
        sum.add(&count.tally());
        let counted: Vec<_> = sum.all().filter(|(_, often)| *often > 0).collect();
        assert_eq!(counted, [(Fault::Twin, 2)]);
    }
}
