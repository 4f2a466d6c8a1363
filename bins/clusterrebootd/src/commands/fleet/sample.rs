//! Fleets to draw.

use crb_decide::{ClaimPhase, Cooldown, Hold, NodeName, Pause};
use crb_lock::{Disagreement, Fleet, FleetNode, LastReboot, NodeState, Paused, Program, Side, Subject};
use crb_store::Revision;
use jiff::{SignedDuration, Timestamp};

pub(super) fn now() -> Timestamp {
    "2026-11-25T12:00:00Z".parse().unwrap()
}

fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

pub(super) fn name(text: &str) -> NodeName {
    NodeName::try_new(text).unwrap()
}

pub(super) fn node(name: &str, state: NodeState) -> FleetNode {
    FleetNode {
        node: self::name(name),
        state,
        since: None,
        last_report: Some(ago(600)),
        stage: None,
        reason: None,
        phase: None,
        deadline: None,
        place: None,
        reboot_needed: Some(false),
        program: Program::Clusterrebootd(Some("0.1.0".to_owned())),
        slots: Some(1),
        last_reboot: None,
    }
}

fn fleet(nodes: Vec<FleetNode>) -> Fleet {
    Fleet {
        revision: Revision(4_711),
        nodes,
        slots: 1,
        taken: 0,
        pause: None,
        cooldown: None,
        holds: vec![],
        disagreements: vec![],
    }
}

/// A roll-out that goes as it should.
pub(super) fn calm() -> Fleet {
    let last = LastReboot { committed_at: Some(ago(3_000)), released_at: ago(2_990) };
    let rebooting = FleetNode {
        since: Some(ago(7)),
        phase: Some(ClaimPhase::Verifying),
        deadline: Some(ago(-23)),
        reboot_needed: Some(false),
        ..node("web-2", NodeState::Rebooting)
    };
    let waiting = FleetNode {
        since: Some(ago(200)),
        place: Some(1),
        reboot_needed: Some(true),
        last_reboot: Some(last),
        ..node("web-3", NodeState::Waiting)
    };
    let done = FleetNode { last_reboot: Some(last), ..node("web-1", NodeState::Healthy) };
    Fleet {
        taken: 1,
        cooldown: Some(Cooldown { node: "web-1".to_owned(), until: Some(ago(-4)) }),
        ..fleet(vec![done, rebooting, waiting])
    }
}

/// A fleet in which everything is wrong that can be.
pub(super) fn troubled() -> Fleet {
    let overdue = FleetNode {
        since: Some(ago(190)),
        phase: Some(ClaimPhase::Armed),
        deadline: Some(ago(160)),
        reboot_needed: None,
        slots: None,
        ..node("db-1.example.org", NodeState::Overdue)
    };
    let stuck =
        FleetNode { since: Some(ago(70)), phase: Some(ClaimPhase::Stuck), ..node("db-2", NodeState::Stuck) };
    let sick = FleetNode {
        since: Some(ago(12)),
        stage: Some("heartbeat".to_owned()),
        reason: Some(
            "the health script ended with exit code 2: HEALTH_ERR 1 MDSs report damaged metadata, 3 scrub errors, \
             and what else there is to say of it\nwhich is much"
                .to_owned(),
        ),
        place: Some(2),
        last_report: Some(ago(12)),
        ..node("ceph-osd-12", NodeState::Unhealthy)
    };
    let go = FleetNode {
        stage: Some("monitor".to_owned()),
        reason: Some("exit 1".to_owned()),
        last_report: Some(now() - SignedDuration::from_secs(20)),
        program: Program::GoDaemon,
        reboot_needed: None,
        slots: None,
        ..node("old-1", NodeState::Unhealthy)
    };
    let silent = FleetNode { reboot_needed: None, slots: None, ..node("日本-1", NodeState::Silent) };
    let by_hand = FleetNode {
        place: Some(1),
        program: Program::Unknown,
        last_report: None,
        reboot_needed: None,
        slots: None,
        ..node("unknown-694d7d2a3f0c1b05", NodeState::Waiting)
    };
    let well = FleetNode { slots: Some(2), ..node("web-1", NodeState::Healthy) };
    let side = |value: &str, nodes: &[&str]| Side {
        value: value.to_owned(),
        nodes: nodes.iter().copied().map(name).collect(),
    };
    Fleet {
        taken: 2,
        pause: Some(Paused {
            pause: Pause {
                by: "ann@desk".to_owned(),
                reason: "storage works".to_owned(),
                until: Some(ago(-95)),
            },
            since: Some(ago(30)),
        }),
        holds: vec![Hold {
            node: "db-1.example.org".to_owned(),
            reason: "it remembers revision 900 of this cluster, and found 12".to_owned(),
        }],
        disagreements: vec![
            Disagreement {
                subject: Subject::Slots,
                sides: vec![
                    side("2", &["web-1", "web-2", "web-3"]),
                    side("1", &["a", "b", "c", "d", "e", "f", "g"]),
                ],
            },
            Disagreement {
                subject: Subject::Version,
                sides: vec![side("0.1.0", &["web-1", "web-2"]), side("0.2.0", &["web-3"])],
            },
        ],
        ..fleet(vec![sick, overdue, stuck, go, by_hand, well, silent])
    }
}
