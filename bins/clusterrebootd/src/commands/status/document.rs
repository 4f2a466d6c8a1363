//! The JSON document of `status`. Its shape is documented in docs/status.md and kept by a test.

use std::collections::BTreeMap;

use crb_config::Settings;
use crb_decide::{Checked, FleetFacts, PeerState, Reason};
use crb_orchestrate::{LastReboot, Report};
use jiff::{Timestamp, Zoned};
use serde::Serialize;

use crate::commands::status::ahead::Ahead;
use crate::commands::status::warning::Warning;

/// What one pass found.
#[derive(Debug, Serialize)]
pub(crate) struct Status {
    node: String,
    outcome: &'static str,
    exit_code: u8,
    dry_run: bool,
    reboot_required: Option<bool>,
    reasons: Vec<ReasonShown>,
    gates: Vec<GateShown>,
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
    lifts_at: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct GateShown {
    gate: &'static str,
    stage: &'static str,
    open: bool,
    checked_at: Timestamp,
    reasons: Vec<ReasonShown>,
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
    pub(crate) fn of(
        settings: &Settings,
        report: &Report,
        ahead: Option<&Ahead>,
        last_reboot: Option<LastReboot>,
        warnings: Vec<Warning>,
    ) -> Self {
        Self {
            node: settings.node_name.to_string(),
            outcome: report.decision.outcome().as_str(),
            exit_code: report.decision.exit_code() as u8,
            dry_run: settings.dry_run,
            reboot_required: report.reboot_required,
            reasons: reasons(report.decision.reasons()),
            gates: report.checked.iter().map(gate).collect(),
            fleet: report.fleet.as_ref().map(fleet),
            windows: ahead.map(windows),
            last_reboot,
            warnings,
        }
    }
}

fn reasons(reasons: &[Reason]) -> Vec<ReasonShown> {
    reasons
        .iter()
        .map(|reason| ReasonShown {
            code: reason.code(),
            message: reason.to_string(),
            lifts_at: reason.lifts_at(),
        })
        .collect()
}

fn gate(checked: &Checked) -> GateShown {
    GateShown {
        gate: checked.gate.as_str(),
        stage: checked.stage.as_str(),
        open: checked.reasons.is_empty(),
        checked_at: checked.at,
        reasons: reasons(&checked.reasons),
    }
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
