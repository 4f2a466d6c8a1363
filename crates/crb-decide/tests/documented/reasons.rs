//! One of each reason.

use std::time::Duration;

use crb_decide::{Basis, Gate, NodeName, Overdue, Reason};
use jiff::Timestamp;

/// One of each.
pub(crate) fn reasons() -> Vec<Reason> {
    let node = || NodeName::try_new("node-b").unwrap();
    let text = String::new;
    vec![
        Reason::NoRebootRequired,
        Reason::DetectorFailed { name: text(), error: text() },
        Reason::RecheckCleared,
        Reason::KillSwitchPresent { path: text() },
        Reason::KillSwitchUnreadable { path: text(), error: text() },
        Reason::Paused { by: text(), reason: text(), until: None },
        Reason::WindowDenied { window: text(), until: None },
        Reason::WindowOutsideAllow { until: None },
        Reason::ScriptFailed { exit_code: 1 },
        Reason::ScriptKilled { signal: 9 },
        Reason::ScriptTimedOut { after: Duration::from_secs(1) },
        Reason::ScriptNotRunnable { error: text() },
        Reason::PeerUnhealthy { node: node(), stage: text(), reason: text() },
        Reason::PeerSilent { node: node(), last_report: None },
        Reason::BelowMinHealthy {
            rule: "min_healthy_absolute",
            healthy: 1,
            required: 2,
            total: 3,
            basis: Basis::AfterReboot,
        },
        Reason::OnlyFallbackLeft,
        Reason::BelowMinHealthyFallback { healthy: 0, required: 1 },
        Reason::CooldownActive { node: text(), until: None },
        Reason::RebootOverdue(Overdue { node: node(), since: None, deadline: Timestamp::UNIX_EPOCH }),
        Reason::RebootingElsewhere { nodes: vec![node()], slots: 1 },
        Reason::BehindInQueue { position: 1, ahead: vec![node()] },
        Reason::ViewChanged,
        Reason::StoreRegressed { node: text(), reason: text(), others: 0 },
        Reason::StoreFailed { error: text() },
        Reason::MemoryFailed { error: text() },
        Reason::PresenceLost { error: text() },
        Reason::NameTaken { machine_id: text() },
        Reason::PlaceLost { error: text() },
        Reason::CommandRan { detail: text() },
        Reason::PreRebootHookFailed { hook: text(), error: text() },
        Reason::PostRebootHookFailed { hook: text(), error: text() },
        Reason::GateUnanswered { gate: Gate::Fleet },
        Reason::LockSkipped,
        Reason::Ready,
    ]
}
