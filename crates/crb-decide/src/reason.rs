//! Why a pass ended as it did: typed, with a stable code and a sentence.

use std::fmt;
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
            | Self::BelowMinHealthyFallback { .. } => Outcome::HealthBlocked,
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

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRebootRequired => write!(f, "no detector asks for a reboot"),
            Self::DetectorFailed { name, error } => {
                write!(f, "detector {name} could not tell whether a reboot is needed: {error}")
            }
            Self::RecheckCleared => write!(f, "under the lock no detector asks for a reboot any more"),
            Self::KillSwitchPresent { path } => write!(f, "the kill switch {path} is present"),
            Self::KillSwitchUnreadable { path, error } => {
                write!(f, "whether the kill switch {path} is present cannot be told: {error}")
            }
            Self::Paused { by, reason, until } => {
                write!(f, "the fleet is paused by {by}: {reason}")?;
                until_or_resume(f, *until)
            }
            Self::WindowDenied { window, until } => {
                write!(f, "the deny window {window:?} is active")?;
                until_or_never(f, *until)
            }
            Self::WindowOutsideAllow { until } => {
                write!(f, "no allow window is open")?;
                until_or_never(f, *until)
            }
            Self::ScriptFailed { exit_code } => write!(f, "the health script ended with {exit_code}"),
            Self::ScriptKilled { signal } => write!(f, "the health script was ended by signal {signal}"),
            Self::ScriptTimedOut { after } => {
                write!(f, "the health script did not end within {} s", after.as_secs_f64())
            }
            Self::ScriptNotRunnable { error } => write!(f, "the health script could not be run: {error}"),
            Self::PeerUnhealthy { node, stage, reason } => {
                write!(f, "{node} is unhealthy ({stage}: {reason})")
            }
            Self::PeerSilent { node, last_report } => {
                write!(f, "{node} is silent")?;
                last_report.map_or(Ok(()), |time| write!(f, "; its last report is of {time:.0}"))
            }
            Self::BelowMinHealthy { rule, healthy, required, total, basis } => {
                let when = match basis {
                    Basis::AfterReboot => "with this node down",
                    Basis::BeforeReboot => "right now",
                };
                write!(f, "{healthy} of {total} nodes are healthy {when}, and {rule} asks for {required}")
            }
            Self::OnlyFallbackLeft => write!(f, "no healthy node but fallback nodes would be left"),
            Self::BelowMinHealthyFallback { healthy, required } => {
                write!(
                    f,
                    "{healthy} healthy fallback nodes would be left, and min_healthy_fallback asks for {required}"
                )
            }
            Self::CooldownActive { node, until } => {
                write!(f, "cooling down after the reboot of {node}")?;
                until.map_or(Ok(()), |time| write!(f, " until {time:.0}"))
            }
            Self::RebootOverdue(Overdue { node, since, deadline }) => {
                write!(f, "{node} is out")?;
                since.map_or(Ok(()), |since| write!(f, " since {since:.0}"))?;
                write!(
                    f,
                    " and overdue since {deadline:.0}: its slot is free when it is back and well, or when "
                )?;
                write!(f, "an operator who knows that it will not come back takes its claim away")
            }
            Self::RebootingElsewhere { nodes, slots } => {
                write!(f, "{} of {slots} reboot slots taken by ", nodes.len())?;
                names(f, nodes)
            }
            Self::BehindInQueue { position, ahead } => {
                write!(f, "place {} in the queue, behind ", position.saturating_add(1))?;
                names(f, ahead)
            }
            Self::ViewChanged => write!(f, "the fleet changed while this node was about to commit"),
            Self::StoreRegressed { node, reason, others } => {
                write!(f, "{node}")?;
                if *others > 0 {
                    write!(f, " and {others} more")?;
                }
                write!(
                    f,
                    " found that etcd has gone backwards ({reason}), until `clusterrebootd accept-store`"
                )
            }
            Self::MemoryFailed { error } => {
                write!(f, "what this node has to remember over a reboot could not be saved: {error}")
            }
            Self::StoreFailed { error } => write!(f, "etcd: {error}"),
            Self::PresenceLost { error } => write!(f, "the fleet does not see this node: {error}"),
            Self::NameTaken { machine_id } => {
                write!(f, "another machine ({machine_id}) uses this node's name")
            }
            Self::PlaceLost { error } => write!(f, "{error}; this node queues again"),
            Self::GateUnanswered { gate } => write!(f, "the gate {gate} was not answered"),
            Self::LockSkipped => write!(f, "the lock was not asked for"),
            Self::Ready => write!(f, "every gate is open"),
        }
    }
}

fn until_or_never(f: &mut fmt::Formatter<'_>, until: Option<Timestamp>) -> fmt::Result {
    match until {
        Some(time) => write!(f, " until {time:.0}"),
        None => write!(f, ", and nothing ends that"),
    }
}

fn until_or_resume(f: &mut fmt::Formatter<'_>, until: Option<Timestamp>) -> fmt::Result {
    match until {
        Some(time) => write!(f, ", until {time:.0}"),
        None => write!(f, ", until `clusterrebootd resume`"),
    }
}

fn names(f: &mut fmt::Formatter<'_>, nodes: &[NodeName]) -> fmt::Result {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = nodes.iter().take(SHOWN).map(NodeName::as_str).collect();
    write!(f, "{}", shown.join(", "))?;
    if nodes.len() > SHOWN { write!(f, " and {} more", nodes.len() - SHOWN) } else { Ok(()) }
}
