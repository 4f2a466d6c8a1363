//! The JSON document of `fleet`. Its shape is documented in docs/fleet.md and kept by a test.

use std::collections::BTreeMap;

use crb_lock::{Disagreement, Fleet, FleetNode, NodeState, Program};
use jiff::Timestamp;
use serde::Serialize;

/// The fleet at one revision.
#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    at: Timestamp,
    revision: i64,
    counts: BTreeMap<&'static str, usize>,
    reboot_needed: NeededShown,
    slots: SlotsShown,
    pause: Option<PauseShown<'a>>,
    cooldown: Option<CooldownShown<'a>>,
    holds: Vec<HoldShown<'a>>,
    disagreements: Vec<DisagreementShown<'a>>,
    nodes: Vec<NodeShown<'a>>,
}

#[derive(Debug, Serialize)]
struct NeededShown {
    yes: usize,
    no: usize,
    unknown: usize,
}

#[derive(Debug, Serialize)]
struct SlotsShown {
    total: u32,
    taken: usize,
}

#[derive(Debug, Serialize)]
struct PauseShown<'a> {
    by: &'a str,
    reason: &'a str,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct CooldownShown<'a> {
    node: &'a str,
    until: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct HoldShown<'a> {
    node: &'a str,
    reason: &'a str,
}

#[derive(Debug, Serialize)]
struct DisagreementShown<'a> {
    about: &'static str,
    sides: Vec<SideShown<'a>>,
}

#[derive(Debug, Serialize)]
struct SideShown<'a> {
    value: &'a str,
    nodes: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct NodeShown<'a> {
    node: &'a str,
    state: &'static str,
    since: Option<Timestamp>,
    last_report: Option<Timestamp>,
    stage: Option<&'a str>,
    reason: Option<&'a str>,
    phase: Option<&'static str>,
    deadline: Option<Timestamp>,
    place: Option<usize>,
    reboot_needed: Option<bool>,
    daemon: &'static str,
    version: Option<&'a str>,
    slots: Option<u32>,
    last_reboot: Option<RebootShown>,
}

#[derive(Debug, Serialize)]
struct RebootShown {
    committed_at: Option<Timestamp>,
    released_at: Timestamp,
}

impl<'a> Document<'a> {
    /// The whole fleet, and of its nodes these `rows`.
    pub(super) fn of(fleet: &'a Fleet, rows: &[&'a FleetNode], now: Timestamp) -> Self {
        let counts = fleet.counts();
        let total = counts.total();
        let states = NodeState::ALL.iter().map(|state| (state.as_str(), counts.of(*state)));
        Self {
            at: now,
            revision: fleet.revision.0,
            counts: states.chain([("total", total)]).collect(),
            reboot_needed: NeededShown {
                yes: counts.reboot_needed,
                no: total - counts.reboot_needed - counts.reboot_unknown,
                unknown: counts.reboot_unknown,
            },
            slots: SlotsShown { total: fleet.slots, taken: fleet.taken },
            pause: fleet.pause.as_ref().map(|paused| PauseShown {
                by: &paused.pause.by,
                reason: &paused.pause.reason,
                since: paused.since,
                until: paused.pause.until,
            }),
            cooldown: fleet
                .cooldown
                .as_ref()
                .map(|cooldown| CooldownShown { node: &cooldown.node, until: cooldown.until }),
            holds: fleet
                .holds
                .iter()
                .map(|hold| HoldShown { node: &hold.node, reason: &hold.reason })
                .collect(),
            disagreements: fleet.disagreements.iter().map(DisagreementShown::from).collect(),
            nodes: rows.iter().map(|row| NodeShown::from(*row)).collect(),
        }
    }
}

impl<'a> From<&'a Disagreement> for DisagreementShown<'a> {
    fn from(told: &'a Disagreement) -> Self {
        let side = |side: &'a crb_lock::Side| SideShown {
            value: &side.value,
            nodes: side.nodes.iter().map(crb_decide::NodeName::as_str).collect(),
        };
        Self { about: told.subject.as_str(), sides: told.sides.iter().map(side).collect() }
    }
}

impl<'a> From<&'a FleetNode> for NodeShown<'a> {
    fn from(row: &'a FleetNode) -> Self {
        let (daemon, version) = match &row.program {
            Program::Clusterrebootd(version) => ("clusterrebootd", version.as_deref()),
            Program::GoDaemon => ("go", None),
            Program::Unknown => ("unknown", None),
        };
        Self {
            node: row.node.as_str(),
            state: row.state.as_str(),
            since: row.since,
            last_report: row.last_report,
            stage: row.stage.as_deref(),
            reason: row.reason.as_deref(),
            phase: row.phase.map(crb_decide::ClaimPhase::as_str),
            deadline: row.deadline,
            place: row.place,
            reboot_needed: row.reboot_needed,
            daemon,
            version,
            slots: row.slots,
            last_reboot: row
                .last_reboot
                .map(|last| RebootShown { committed_at: last.committed_at, released_at: last.released_at }),
        }
    }
}

#[cfg(test)]
mod tests {
    use crb_lock::Order;
    use expect_test::expect_file;

    use super::super::sample;
    use super::*;
    use crate::output;

    #[test]
    fn the_document_has_this_shape_and_what_there_is_none_of_is_never_left_out() {
        let (troubled, calm) = (sample::troubled(), sample::calm());
        let sick = troubled.rows(&[NodeState::Overdue, NodeState::Unhealthy], Order::State);
        let all = calm.rows(&[], Order::Name);
        for (fleet, rows, expected) in [
            (&troubled, sick, expect_file!["document/troubled.json"]),
            (&calm, all, expect_file!["document/calm.json"]),
        ] {
            expected.assert_eq(&(output::json(&Document::of(fleet, &rows, sample::now())) + "\n"));
        }
    }
}
