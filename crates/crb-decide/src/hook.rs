//! Hooks: the operator's own programs around a reboot.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// When a hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HookPhase {
    /// Under the claim, before the reboot.
    PreReboot,
    /// Before the claim is given back: booted anew, or called off after `pre_reboot` hooks began.
    PostReboot,
    /// For an event.
    OnEvent,
}

impl HookPhase {
    /// The stable name, as in logs, metrics and `RC_PHASE`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PreReboot => "pre-reboot",
            Self::PostReboot => "post-reboot",
            Self::OnEvent => "on-event",
        }
    }
}

/// What follows when a hook fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnFailure {
    /// Nothing goes on: before the reboot it is called off, after it the slot is held and the hook run again.
    #[default]
    Block,
    /// It is told, and all goes on.
    Continue,
}

impl OnFailure {
    /// The word of the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Continue => "continue",
        }
    }
}

/// How a hook ended. As text it continues "the hook …".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookEnd {
    /// With exit code 0.
    Succeeded,
    /// With another exit code.
    Failed {
        /// The code.
        exit_code: i32,
    },
    /// By a signal.
    Killed {
        /// Its number.
        signal: i32,
    },
    /// Its time was over, and its whole process group was ended.
    TimedOut {
        /// How long it had.
        after: Duration,
    },
    /// It could not be started, or its end could not be seen.
    NotRunnable {
        /// Why.
        error: String,
    },
}

impl HookEnd {
    /// Whether it did what it is there for, as far as its exit code tells.
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Succeeded)
    }

    /// The stable word for it, as in logs and metrics.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Succeeded => "success",
            Self::Failed { .. } | Self::Killed { .. } => "failed",
            Self::TimedOut { .. } => "timed_out",
            Self::NotRunnable { .. } => "not_runnable",
        }
    }
}

impl fmt::Display for HookEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Succeeded => write!(f, "ended well"),
            Self::Failed { exit_code } => write!(f, "ended with {exit_code}"),
            Self::Killed { signal } => write!(f, "was ended by signal {signal}"),
            Self::TimedOut { after } => write!(f, "did not end within {} s", after.as_secs_f64()),
            Self::NotRunnable { error } => write!(f, "could not be run: {error}"),
        }
    }
}
