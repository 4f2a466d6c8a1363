//! How a pass ends: ten strings and eight exit codes that scripts and dashboards rely on.

use std::fmt;

/// How a pass ended. The strings of [`Outcome::as_str`] are the contract of logs, metrics and `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Nothing asks for a reboot, or it could not be told whether something does.
    NoAction,
    /// A kill switch is active: the local file, or a pause of the whole fleet.
    KillSwitchActive,
    /// A deny window covers this instant.
    WindowDenied,
    /// There are allow windows and none covers this instant.
    WindowOutsideAllow,
    /// The health script, a peer or the cluster policy forbids it.
    HealthBlocked,
    /// The last reboot of the fleet was too short ago.
    CooldownActive,
    /// Another node holds the slot or waits ahead, or the store gives no answer.
    LockUnavailable,
    /// Everything else allows it, and the lock was not asked for.
    LockSkipped,
    /// The reason to reboot went away under the lock.
    RecheckCleared,
    /// Everything allows the reboot.
    Ready,
}

impl Outcome {
    /// All outcomes, in the order of the documentation.
    pub const ALL: [Self; 10] = [
        Self::NoAction,
        Self::KillSwitchActive,
        Self::WindowDenied,
        Self::WindowOutsideAllow,
        Self::HealthBlocked,
        Self::CooldownActive,
        Self::LockUnavailable,
        Self::LockSkipped,
        Self::RecheckCleared,
        Self::Ready,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoAction => "no_action",
            Self::KillSwitchActive => "kill_switch_active",
            Self::WindowDenied => "window_denied",
            Self::WindowOutsideAllow => "window_outside_allow",
            Self::HealthBlocked => "health_blocked",
            Self::CooldownActive => "cooldown_active",
            Self::LockUnavailable => "lock_unavailable",
            Self::LockSkipped => "lock_skipped",
            Self::RecheckCleared => "recheck_cleared",
            Self::Ready => "ready",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a command ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExitCode {
    /// Nothing to do, prerequisites satisfied, recheck cleared, or configuration valid.
    Success = 0,
    /// Set-up or orchestration could not be completed.
    Failure = 1,
    /// The configuration is not valid.
    InvalidConfiguration = 2,
    /// Blocked by the health script, a peer or the cluster policy.
    BlockedByHealth = 3,
    /// The lock was not to be had.
    LockUnavailable = 4,
    /// A kill switch, local or cluster-wide, is active.
    KillSwitchActive = 5,
    /// A detector failed.
    DetectorFailed = 6,
    /// An unknown command or a bad flag.
    Usage = 64,
}

impl ExitCode {
    /// All codes, in rising order.
    pub const ALL: [Self; 8] = [
        Self::Success,
        Self::Failure,
        Self::InvalidConfiguration,
        Self::BlockedByHealth,
        Self::LockUnavailable,
        Self::KillSwitchActive,
        Self::DetectorFailed,
        Self::Usage,
    ];
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::KillSwitchActive => Self::KillSwitchActive,
            Outcome::HealthBlocked => Self::BlockedByHealth,
            Outcome::LockUnavailable => Self::LockUnavailable,
            Outcome::NoAction
            | Outcome::WindowDenied
            | Outcome::WindowOutsideAllow
            | Outcome::CooldownActive
            | Outcome::LockSkipped
            | Outcome::RecheckCleared
            | Outcome::Ready => Self::Success,
        }
    }
}
