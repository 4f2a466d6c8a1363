//! Why a pass ended as it did: typed, with a stable code and a sentence.

mod sentence;

use std::time::Duration;

use jiff::Timestamp;

use crate::fleet::Overdue;
use crate::gate::Gate;
use crate::names::NodeName;
use crate::outcome::Outcome;
use crate::policy::Basis;
use crate::seen::Trouble;

/// A reason for an [`Outcome`]. Its [`code`](Self::code) is stable; its text is for people.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "each variant's sentence, in Display, says what its fields are")]
pub enum Reason {
    NoRebootRequired,
    DetectorFailed { name: String, error: String },
    RecheckCleared,
    KillSwitchPresent { path: String },
    KillSwitchUnreadable { path: String, error: String },
    Paused { by: String, reason: String, until: Option<Timestamp> },
    WindowDenied { window: String, until: Option<Timestamp> },
    WindowOutsideAllow { until: Option<Timestamp> },
    ScriptFailed { exit_code: i32 },
    ScriptKilled { signal: i32 },
    ScriptTimedOut { after: Duration },
    ScriptNotRunnable { error: String },
    PeerUnhealthy { node: NodeName, stage: String, reason: String },
    PeerSilent { node: NodeName, last_report: Option<Timestamp> },
    BelowMinHealthy { rule: &'static str, healthy: usize, required: usize, total: usize, basis: Basis },
    OnlyFallbackLeft,
    BelowMinHealthyFallback { healthy: usize, required: usize },
    CooldownActive { node: String, until: Option<Timestamp> },
    RebootOverdue(Overdue),
    RebootingElsewhere { nodes: Vec<NodeName>, slots: u32 },
    BehindInQueue { position: u32, ahead: Vec<NodeName> },
    ViewChanged,
    StoreRegressed { node: String, reason: String, others: usize },
    StoreFailed { error: String },
    MemoryFailed { error: String },
    PresenceLost { error: String },
    NameTaken { machine_id: String },
    PlaceLost { error: String },
    CommandRan { detail: String },
    PreRebootHookFailed { hook: String, error: String },
    PostRebootHookFailed { hook: String, error: String },
    GateUnanswered { gate: Gate },
    LockSkipped,
    Ready,
}

impl Reason {
    /// The stable code, as in logs, metrics and `status`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoRebootRequired => "no_reboot_required",
            Self::DetectorFailed { .. } => "detector_failed",
            Self::RecheckCleared => "recheck_cleared",
            Self::KillSwitchPresent { .. } => "kill_switch_present",
            Self::KillSwitchUnreadable { .. } => "kill_switch_unreadable",
            Self::Paused { .. } => "paused",
            Self::WindowDenied { .. } => "window_denied",
            Self::WindowOutsideAllow { .. } => "window_outside_allow",
            Self::ScriptFailed { .. } => "script_failed",
            Self::ScriptKilled { .. } => "script_killed",
            Self::ScriptTimedOut { .. } => "script_timed_out",
            Self::ScriptNotRunnable { .. } => "script_not_runnable",
            Self::PeerUnhealthy { .. } => "peer_unhealthy",
            Self::PeerSilent { .. } => "peer_silent",
            Self::BelowMinHealthy { .. } => "below_min_healthy",
            Self::OnlyFallbackLeft => "only_fallback_left",
            Self::BelowMinHealthyFallback { .. } => "below_min_healthy_fallback",
            Self::CooldownActive { .. } => "cooldown_active",
            Self::RebootOverdue(_) => "reboot_overdue",
            Self::RebootingElsewhere { .. } => "rebooting_elsewhere",
            Self::BehindInQueue { .. } => "behind_in_queue",
            Self::ViewChanged => "view_changed",
            Self::StoreRegressed { .. } => "store_regressed",
            Self::StoreFailed { .. } => "store_failed",
            Self::MemoryFailed { .. } => "memory_failed",
            Self::PresenceLost { .. } => "presence_lost",
            Self::NameTaken { .. } => "name_taken",
            Self::PlaceLost { .. } => "place_lost",
            Self::CommandRan { .. } => "command_ran",
            Self::PreRebootHookFailed { .. } => "pre_reboot_hook_failed",
            Self::PostRebootHookFailed { .. } => "post_reboot_hook_failed",
            Self::GateUnanswered { .. } => "gate_unanswered",
            Self::LockSkipped => "lock_skipped",
            Self::Ready => "ready",
        }
    }

    /// The outcome of a pass that this reason ends.
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::NoRebootRequired | Self::DetectorFailed { .. } | Self::GateUnanswered { .. } => {
                Outcome::NoAction
            }
            Self::RecheckCleared => Outcome::RecheckCleared,
            Self::KillSwitchPresent { .. } | Self::KillSwitchUnreadable { .. } | Self::Paused { .. } => {
                Outcome::KillSwitchActive
            }
            Self::WindowDenied { .. } => Outcome::WindowDenied,
            Self::WindowOutsideAllow { .. } => Outcome::WindowOutsideAllow,
            Self::ScriptFailed { .. }
            | Self::ScriptKilled { .. }
            | Self::ScriptTimedOut { .. }
            | Self::ScriptNotRunnable { .. }
            | Self::PeerUnhealthy { .. }
            | Self::PeerSilent { .. }
            | Self::BelowMinHealthy { .. }
            | Self::OnlyFallbackLeft
            | Self::BelowMinHealthyFallback { .. }
            | Self::CommandRan { .. }
            | Self::PreRebootHookFailed { .. }
            | Self::PostRebootHookFailed { .. } => Outcome::HealthBlocked,
            Self::CooldownActive { .. } => Outcome::CooldownActive,
            Self::RebootOverdue(_)
            | Self::RebootingElsewhere { .. }
            | Self::BehindInQueue { .. }
            | Self::ViewChanged
            | Self::StoreRegressed { .. }
            | Self::StoreFailed { .. }
            | Self::MemoryFailed { .. }
            | Self::PresenceLost { .. }
            | Self::NameTaken { .. }
            | Self::PlaceLost { .. } => Outcome::LockUnavailable,
            Self::LockSkipped => Outcome::LockSkipped,
            Self::Ready => Outcome::Ready,
        }
    }

    /// Whether it says that something could not be found out, rather than that something forbids.
    pub const fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::DetectorFailed { .. }
                | Self::StoreFailed { .. }
                | Self::MemoryFailed { .. }
                | Self::PresenceLost { .. }
                | Self::NameTaken { .. }
                | Self::GateUnanswered { .. }
        )
    }

    /// Whether a node keeps its place in the queue while this holds: what the fleet decides, it may.
    pub const fn is_waited_out_in_queue(&self) -> bool {
        matches!(
            self,
            Self::Paused { .. }
                | Self::CooldownActive { .. }
                | Self::PeerUnhealthy { .. }
                | Self::PeerSilent { .. }
                | Self::BelowMinHealthy { .. }
                | Self::OnlyFallbackLeft
                | Self::BelowMinHealthyFallback { .. }
                | Self::RebootOverdue(_)
                | Self::RebootingElsewhere { .. }
                | Self::BehindInQueue { .. }
                | Self::ViewChanged
                | Self::StoreRegressed { .. }
                | Self::StoreFailed { .. }
                | Self::PlaceLost { .. }
        )
    }

    /// The earliest time at which this can lift by itself, where it is known.
    pub const fn lifts_at(&self) -> Option<Timestamp> {
        match self {
            Self::Paused { until, .. }
            | Self::WindowDenied { until, .. }
            | Self::WindowOutsideAllow { until }
            | Self::CooldownActive { until, .. } => *until,
            _ => None,
        }
    }
}

impl From<Trouble> for Reason {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::StoreFailed(error) => Self::StoreFailed { error },
            Trouble::StoreRegressed { node, reason } => Self::StoreRegressed { node, reason, others: 0 },
            Trouble::NotSaved(error) => Self::MemoryFailed { error },
            Trouble::PresenceLost(error) => Self::PresenceLost { error },
            Trouble::NameTaken { machine_id } => Self::NameTaken { machine_id },
            Trouble::PlaceLost(error) => Self::PlaceLost { error },
        }
    }
}
