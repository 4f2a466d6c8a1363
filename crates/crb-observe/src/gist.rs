//! What an event says, without when it was said, how long it took, and what changes at every look.

use crb_decide::{DetectorVerdict, FleetFacts, PeerState, Reason, WindowState};

use crate::event::{DetectorReport, What};
use crate::labels;

/// Of which part of its kind an event speaks, and what it says; `None` for what happens once.
pub(crate) fn gist(what: &What) -> Option<(String, String)> {
    Some(match what {
        What::RunOutcome { decision, dry_run, reboot_required } => {
            (String::new(), format!("{dry_run} {reboot_required:?} {}", of_reasons(decision.reasons())))
        }
        What::DetectorsEvaluated { stage, detectors, .. } => (stage.to_string(), of_detectors(detectors)),
        What::HealthCheck { phase, verdict, .. } => ((*phase).to_owned(), format!("{verdict:?}")),
        What::KillSwitch { stage, active } => {
            (stage.to_string(), active.as_ref().map(of_reason).unwrap_or_default())
        }
        What::MaintenanceWindow { stage, state } => (stage.to_string(), of_window(state)),
        What::LockBackoff { reason, .. } | What::PresenceLost { reason } => {
            (String::new(), of_reason(reason))
        }
        // Which attempt it is, and which of several endpoints did not answer, is no news.
        What::LockAttempt { .. } | What::LockFailed { .. } => (String::new(), String::new()),
        What::CooldownStatus { stage, cooldown } => {
            (stage.to_string(), cooldown.as_ref().map(|cooldown| cooldown.node.clone()).unwrap_or_default())
        }
        What::ClusterHealthStatus { stage, facts, against } => {
            (stage.to_string(), format!("{} {}", of_fleet(facts), of_reasons(against)))
        }
        What::ClusterHealthUpdate { healthy, stage, reason, result } => {
            (String::new(), format!("{healthy} {stage} {reason} {result:?}"))
        }
        What::ClusterPeerStatus { peer, state } => {
            (peer.to_string(), state.as_ref().map(of_peer).unwrap_or_default())
        }
        What::StaleReads { endpoint, version, .. } => (endpoint.clone(), version.clone()),
        What::HookStarted { phase, hook } => (format!("{} {hook} starts", phase.as_str()), String::new()),
        What::HookEnded { phase, hook, end, .. } => {
            (format!("{} {hook} ends", phase.as_str()), end.to_string())
        }
        // Its words are its subject: troubles of several endpoints take turns.
        What::Trouble { component, error } => (format!("{component} {error}"), String::new()),
        What::Started { .. }
        | What::Stopped { .. }
        | What::ConfigWarning { .. }
        | What::ConfigReloaded { .. }
        | What::ConfigRejected { .. }
        | What::LockAcquired { .. }
        | What::LockReleased { .. }
        | What::LockLost { .. }
        | What::CooldownStarted { .. }
        | What::CooldownCleared
        | What::PresenceJoined { .. }
        | What::StoreRegressed { .. }
        | What::StoreAccepted { .. }
        | What::Paused { .. }
        | What::Resumed { .. }
        | What::RebootCommitted { .. }
        | What::RebootCommandStarted { .. }
        | What::RebootCommandEnded { .. }
        | What::ClaimPhase { .. }
        | What::RebootAborted { .. }
        | What::RebootVerified { .. }
        | What::EventsDropped { .. }
        | What::RebootOverdue { .. }
        | What::RebootOverdueEnded { .. }
        | What::EtcdFiles { .. }
        | What::StoreCall { .. } => return None,
    })
}

fn of_reasons(reasons: &[Reason]) -> String {
    reasons.iter().map(of_reason).collect::<Vec<_>>().join("; ")
}

fn of_reason(reason: &Reason) -> String {
    let code = reason.code();
    match reason {
        Reason::Paused { by, reason, .. } => format!("{code} {by} {reason}"),
        Reason::WindowDenied { window, .. } => format!("{code} {window}"),
        Reason::CooldownActive { node, .. } => format!("{code} {node}"),
        Reason::PeerSilent { node, .. } => format!("{code} {node}"),
        Reason::WindowOutsideAllow { .. } | Reason::StoreFailed { .. } => code.to_owned(),
        other => format!("{code} {other}"),
    }
}

/// Which reason it is, as long as it holds: a place in the queue stays one, however far it moves up.
pub(crate) fn identity(reason: &Reason) -> String {
    match reason {
        Reason::BehindInQueue { .. } => reason.code().to_owned(),
        other => of_reason(other),
    }
}

fn of_detectors(reports: &[DetectorReport]) -> String {
    let one = |report: &DetectorReport| {
        let verdict = match &report.verdict {
            DetectorVerdict::Needed => "needed",
            DetectorVerdict::NotNeeded => "not needed",
            DetectorVerdict::Unknown(error) => error,
        };
        format!("{} {verdict} {:?}", report.name, report.exit_code)
    };
    reports.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn of_window(state: &WindowState) -> String {
    match state {
        WindowState::Denied { window, .. } => format!("{} {window}", labels::window(state)),
        WindowState::Open { .. } | WindowState::OutsideAllow { .. } => labels::window(state).to_owned(),
    }
}

fn of_fleet(facts: &FleetFacts) -> String {
    let peers = facts.peers.iter().map(|(node, state)| format!("{node} {}", of_peer(state)));
    format!("{} {}", facts.slots, peers.collect::<Vec<_>>().join("; "))
}

fn of_peer(state: &PeerState) -> String {
    match state {
        PeerState::Unhealthy { stage, reason } => format!("unhealthy {stage} {reason}"),
        PeerState::Healthy | PeerState::Silent { .. } | PeerState::Rebooting => {
            labels::peer(state).to_owned()
        }
    }
}
