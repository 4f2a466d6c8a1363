//! The JSON document of `status`. Its shape is documented in docs/status.md and kept by a test.

use std::collections::BTreeMap;

use crb_config::Settings;
use crb_decide::{FleetFacts, PeerState, Reason};
use crb_orchestrate::LastReboot;
use jiff::{Timestamp, Zoned};
use serde::Serialize;

use crate::commands::status::Findings;
use crate::commands::status::ahead::Ahead;
use crate::commands::status::gates::{Row, Verdict, rows};
use crate::commands::status::queue::Seat;
use crate::commands::status::since::Since;
use crate::commands::status::warning::Warning;

/// What one pass found.
#[derive(Debug, Serialize)]
pub(crate) struct Status {
    node: String,
    outcome: &'static str,
    exit_code: u8,
    dry_run: bool,
    reboot_required: Option<bool>,
    reboot_required_since: Option<Timestamp>,
    reasons: Vec<ReasonShown>,
    gates: Vec<GateShown>,
    not_asked: Vec<NotAskedShown>,
    queue: Option<Seat>,
    fleet: Option<FleetShown>,
    windows: Option<WindowsShown>,
    last_reboot: Option<LastReboot>,
    warnings: Vec<Warning>,
}

#[derive(Debug, Serialize)]
struct ReasonShown {
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lifts_at: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct GateShown {
    gate: &'static str,
    stage: &'static str,
    open: bool,
    beyond: bool,
    checked_at: Timestamp,
    reasons: Vec<ReasonShown>,
}

#[derive(Debug, Serialize)]
struct NotAskedShown {
    gate: &'static str,
    stage: &'static str,
    why: &'static str,
}

#[derive(Debug, Serialize)]
struct FleetShown {
    slots: u32,
    out: Vec<String>,
    overdue: Vec<String>,
    peers: BTreeMap<String, &'static str>,
}

#[derive(Debug, Serialize)]
struct WindowsShown {
    timezone: Option<String>,
    open: bool,
    opens_at: Option<String>,
    closes_at: Option<String>,
}

impl Status {
    pub(crate) fn of(settings: &Settings, findings: Findings<'_>) -> Self {
        let Findings { report, since, reboot_required_since, queue, ahead, last_reboot, warnings } = findings;
        let mut shown = Self {
            node: settings.node_name.to_string(),
            outcome: report.decision.outcome().as_str(),
            exit_code: report.decision.exit_code() as u8,
            dry_run: settings.dry_run,
            reboot_required: report.reboot_required,
            reboot_required_since,
            reasons: reasons(report.decision.reasons(), since),
            gates: vec![],
            not_asked: vec![],
            queue,
            fleet: report.fleet.as_ref().map(fleet),
            windows: ahead.map(windows),
            last_reboot,
            warnings,
        };
        for Row { gate, stage, verdict } in rows(report) {
            let (gate, stage) = (gate.as_str(), stage.as_str());
            match verdict {
                Verdict::Asked { checked, beyond } => shown.gates.push(GateShown {
                    gate,
                    stage,
                    open: checked.reasons.is_empty(),
                    beyond,
                    checked_at: checked.at,
                    reasons: reasons(&checked.reasons, since),
                }),
                Verdict::NotAsked(why) => {
                    shown.not_asked.push(NotAskedShown { gate, stage, why: why.as_str() });
                }
            }
        }
        shown
    }
}

fn reasons(reasons: &[Reason], since: Since<'_>) -> Vec<ReasonShown> {
    reasons
        .iter()
        .map(|reason| ReasonShown {
            code: reason.code(),
            message: reason.to_string(),
            since: since.of(reason),
            lifts_at: reason.lifts_at(),
        })
        .collect()
}

fn fleet(facts: &FleetFacts) -> FleetShown {
    FleetShown {
        slots: facts.slots,
        out: facts.out.iter().map(ToString::to_string).collect(),
        overdue: facts.overdue.iter().map(|overdue| overdue.node.to_string()).collect(),
        peers: facts.peers.iter().map(|(peer, state)| (peer.to_string(), state_name(state))).collect(),
    }
}

/// Times in the windows' zone, with its offset.
fn windows(ahead: &Ahead) -> WindowsShown {
    let shown = |time: &Zoned| time.timestamp().display_with_offset(time.offset()).to_string();
    WindowsShown {
        timezone: ahead.zone_name().map(str::to_owned),
        open: ahead.open,
        opens_at: ahead.opens.as_ref().map(shown),
        closes_at: ahead.closes.as_ref().map(shown),
    }
}

/// The stable name of a peer's state.
pub(crate) const fn state_name(state: &PeerState) -> &'static str {
    match state {
        PeerState::Healthy => "healthy",
        PeerState::Unhealthy { .. } => "unhealthy",
        PeerState::Silent { .. } => "silent",
        PeerState::Rebooting => "rebooting",
    }
}
