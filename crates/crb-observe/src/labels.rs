//! What came of it, in one word each: the same in the log's fields and in the metrics' labels.
//!
//! Where the earlier Go daemon had a metric of the same name, the words are its words.

use crb_decide::{DetectorVerdict, PeerState, Reason, ScriptVerdict, WindowState};

use crate::event::DetectorReport;

/// Every state a node of the fleet can be in, as [`peer`] tells them.
pub(crate) const NODE_STATES: [&str; 4] = ["healthy", "unhealthy", "silent", "rebooting"];

pub(crate) fn detectors(reports: &[DetectorReport]) -> &'static str {
    let any = |wanted: fn(&DetectorVerdict) -> bool| reports.iter().any(|report| wanted(&report.verdict));
    if any(|verdict| matches!(verdict, DetectorVerdict::Unknown(_))) {
        "error"
    } else if any(|verdict| *verdict == DetectorVerdict::Needed) {
        "requires"
    } else {
        "clear"
    }
}

pub(crate) const fn health(verdict: &ScriptVerdict) -> &'static str {
    match verdict {
        ScriptVerdict::Healthy => "pass",
        ScriptVerdict::Failed { .. } => "blocked",
        ScriptVerdict::Killed { .. } | ScriptVerdict::TimedOut { .. } | ScriptVerdict::NotRunnable { .. } => {
            "error"
        }
    }
}

pub(crate) const fn kill_switch(active: Option<&Reason>) -> &'static str {
    match active {
        None => "inactive",
        Some(Reason::KillSwitchPresent { .. }) => "active",
        Some(_) => "error",
    }
}

pub(crate) const fn window(state: &WindowState) -> &'static str {
    match state {
        WindowState::Open { .. } => "allowed",
        WindowState::Denied { .. } => "deny",
        WindowState::OutsideAllow { .. } => "outside_allow",
    }
}

pub(crate) const fn peer(state: &PeerState) -> &'static str {
    match state {
        PeerState::Healthy => "healthy",
        PeerState::Unhealthy { .. } => "unhealthy",
        PeerState::Silent { .. } => "silent",
        PeerState::Rebooting => "rebooting",
    }
}

pub(crate) const fn healthy(healthy: bool) -> &'static str {
    if healthy { "healthy" } else { "unhealthy" }
}

pub(crate) const fn success(success: bool) -> &'static str {
    if success { "success" } else { "error" }
}

pub(crate) const fn activity(active: bool) -> &'static str {
    if active { "active" } else { "inactive" }
}
