//! What a run of the script is told about why it runs.

/// Why the script runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScriptPhase {
    /// Before the lock is asked for.
    PreLock,
    /// Under the lock, before the reboot.
    PostLock,
    /// In a pass that found nothing to do.
    Monitor,
    /// For the record that is published to the fleet.
    Heartbeat,
    /// After the reboot, before the lock is released.
    PostReboot,
}

impl ScriptPhase {
    /// The value of `RC_PHASE`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PreLock => "pre-lock",
            Self::PostLock => "post-lock",
            Self::Monitor => "monitor",
            Self::Heartbeat => "heartbeat",
            Self::PostReboot => "post-reboot",
        }
    }
}

/// The part of the script's environment that differs from run to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a variable of its own to the script")]
pub struct RunContext {
    /// `RC_PHASE`: why the script runs.
    pub phase: ScriptPhase,
    /// `RC_LOCK_ENABLED`: whether this pass uses the lock at all.
    pub lock_enabled: bool,
    /// `RC_LOCK_HELD`: whether this node holds the lock now.
    pub lock_held: bool,
    /// `RC_LOCK_ATTEMPTS`: how often this pass has tried for the lock.
    pub lock_attempts: u32,
    /// `RC_SKIP_HEALTH`: whether the operator asked to leave out the health gate.
    pub skip_health: bool,
    /// `RC_SKIP_LOCK`: whether the operator asked to leave out the lock.
    pub skip_lock: bool,
}

impl RunContext {
    /// The variables, each of them always present, truth as `true` or `false`.
    pub fn env(&self) -> Vec<(String, String)> {
        [
            ("RC_PHASE", self.phase.as_str().to_owned()),
            ("RC_LOCK_ENABLED", self.lock_enabled.to_string()),
            ("RC_LOCK_HELD", self.lock_held.to_string()),
            ("RC_LOCK_ATTEMPTS", self.lock_attempts.to_string()),
            ("RC_SKIP_HEALTH", self.skip_health.to_string()),
            ("RC_SKIP_LOCK", self.skip_lock.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }
}
