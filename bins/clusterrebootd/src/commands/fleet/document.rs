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
    use expect_test::expect;

    use super::super::sample;
    use super::*;
    use crate::output;

    #[test]
    fn the_document_has_this_shape() {
        let fleet = sample::troubled();
        let rows = fleet.rows(&[NodeState::Overdue, NodeState::Unhealthy], crb_lock::Order::State);
        let document = output::json(&Document::of(&fleet, &rows, sample::now()));
        expect![[r#"
            {
              "at": "2026-11-25T12:00:00Z",
              "revision": 4711,
              "counts": {
                "healthy": 1,
                "overdue": 1,
                "rebooting": 0,
                "silent": 1,
                "stuck": 1,
                "total": 7,
                "unhealthy": 2,
                "waiting": 1
              },
              "reboot_needed": {
                "yes": 0,
                "no": 3,
                "unknown": 4
              },
              "slots": {
                "total": 1,
                "taken": 2
              },
              "pause": {
                "by": "ann@desk",
                "reason": "storage works",
                "since": "2026-11-25T11:30:00Z",
                "until": "2026-11-25T13:35:00Z"
              },
              "cooldown": null,
              "holds": [
                {
                  "node": "db-1.example.org",
                  "reason": "it remembers revision 900 of this cluster, and found 12"
                }
              ],
              "disagreements": [
                {
                  "about": "slots",
                  "sides": [
                    {
                      "value": "2",
                      "nodes": [
                        "web-1",
                        "web-2",
                        "web-3"
                      ]
                    },
                    {
                      "value": "1",
                      "nodes": [
                        "a",
                        "b",
                        "c",
                        "d",
                        "e",
                        "f",
                        "g"
                      ]
                    }
                  ]
                },
                {
                  "about": "version",
                  "sides": [
                    {
                      "value": "0.1.0",
                      "nodes": [
                        "web-1",
                        "web-2"
                      ]
                    },
                    {
                      "value": "0.2.0",
                      "nodes": [
                        "web-3"
                      ]
                    }
                  ]
                }
              ],
              "nodes": [
                {
                  "node": "db-1.example.org",
                  "state": "overdue",
                  "since": "2026-11-25T08:50:00Z",
                  "last_report": "2026-11-25T02:00:00Z",
                  "stage": null,
                  "reason": null,
                  "phase": "armed",
                  "deadline": "2026-11-25T09:20:00Z",
                  "place": null,
                  "reboot_needed": null,
                  "daemon": "clusterrebootd",
                  "version": "0.1.0",
                  "slots": null,
                  "last_reboot": null
                },
                {
                  "node": "old-1",
                  "state": "unhealthy",
                  "since": null,
                  "last_report": "2026-11-25T11:59:40Z",
                  "stage": "monitor",
                  "reason": "exit 1",
                  "phase": null,
                  "deadline": null,
                  "place": null,
                  "reboot_needed": null,
                  "daemon": "go",
                  "version": null,
                  "slots": null,
                  "last_reboot": null
                },
                {
                  "node": "ceph-osd-12",
                  "state": "unhealthy",
                  "since": "2026-11-25T11:48:00Z",
                  "last_report": "2026-11-25T11:48:00Z",
                  "stage": "heartbeat",
                  "reason": "the health script ended with exit code 2: HEALTH_ERR 1 MDSs report damaged metadata, 3 scrub errors, and what else there is to say of it\nwhich is much",
                  "phase": null,
                  "deadline": null,
                  "place": 2,
                  "reboot_needed": false,
                  "daemon": "clusterrebootd",
                  "version": "0.1.0",
                  "slots": 1,
                  "last_reboot": null
                }
              ]
            }"#]].assert_eq(&document);
    }

    #[test]
    fn what_there_is_none_of_is_null_or_empty_and_never_left_out() {
        let fleet = sample::calm();
        let document =
            output::json(&Document::of(&fleet, &fleet.rows(&[], crb_lock::Order::Name)[..1], sample::now()));
        expect![[r#"
            {
              "at": "2026-11-25T12:00:00Z",
              "revision": 4711,
              "counts": {
                "healthy": 1,
                "overdue": 0,
                "rebooting": 1,
                "silent": 0,
                "stuck": 0,
                "total": 3,
                "unhealthy": 0,
                "waiting": 1
              },
              "reboot_needed": {
                "yes": 1,
                "no": 2,
                "unknown": 0
              },
              "slots": {
                "total": 1,
                "taken": 1
              },
              "pause": null,
              "cooldown": {
                "node": "web-1",
                "until": "2026-11-25T12:04:00Z"
              },
              "holds": [],
              "disagreements": [],
              "nodes": [
                {
                  "node": "web-1",
                  "state": "healthy",
                  "since": null,
                  "last_report": "2026-11-25T02:00:00Z",
                  "stage": null,
                  "reason": null,
                  "phase": null,
                  "deadline": null,
                  "place": null,
                  "reboot_needed": false,
                  "daemon": "clusterrebootd",
                  "version": "0.1.0",
                  "slots": 1,
                  "last_reboot": {
                    "committed_at": "2026-11-23T10:00:00Z",
                    "released_at": "2026-11-23T10:10:00Z"
                  }
                }
              ]
            }"#]]
        .assert_eq(&document);
    }
}
