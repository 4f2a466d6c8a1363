//! What is made of records: a row a node, and what is told of all of them.

mod states;

use std::time::Duration;

use crb_decide::{ClaimPhase, NodeName};
use crb_store::{KeyValue, LeaseId, Revision, WatchBatch, WatchEvent};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Fleet, FleetNode, NodeState, Order, Picture, Program, Subject};
use crate::keys::Keys;

const NOW: i64 = 1_000_000;

fn at(seconds_ago: i64) -> Timestamp {
    Timestamp::from_second(NOW - seconds_ago).unwrap()
}

fn name(text: &str) -> NodeName {
    NodeName::try_new(text).unwrap()
}

/// A picture under way.
struct Store {
    picture: Picture,
    keys: Keys,
    revision: i64,
}

impl Store {
    fn new() -> Self {
        let keys = Keys::new("prod", "/lock");
        Self { picture: Picture::new(&keys, Duration::from_secs(15)), keys, revision: 0 }
    }

    fn put_leased(&mut self, key: String, value: &Value, lease: Option<i64>) {
        self.revision += 1;
        let revision = Revision(self.revision);
        let value = match value {
            Value::String(text) => text.clone().into_bytes(),
            record => record.to_string().into_bytes(),
        };
        let (create_revision, mod_revision) = (revision, revision);
        let lease = lease.map(LeaseId);
        let pair = KeyValue { key, value, create_revision, mod_revision, version: 1, lease };
        self.picture.apply(WatchBatch { revision, events: vec![WatchEvent::Put(pair)] }, at(0));
    }

    fn put(&mut self, key: String, value: &Value) {
        self.put_leased(key, value, None);
    }

    fn delete(&mut self, key: String, seconds_ago: i64) {
        self.revision += 1;
        let revision = Revision(self.revision);
        let events = vec![WatchEvent::Delete { key, revision }];
        self.picture.apply(WatchBatch { revision, events }, at(seconds_ago));
    }

    fn report(&mut self, node: &str, healthy: bool, seconds_ago: i64) {
        let record = json!({
            "node": node, "healthy": healthy, "stage": "heartbeat", "reported_at": at(seconds_ago),
            "reason": if healthy { "" } else { "exit 1" }, "boot_id": "boot", "version": "1.2.3",
        });
        self.put(self.keys.health(&name(node)), &record);
    }

    fn report_by_go(&mut self, node: &str, healthy: bool, seconds_ago: i64) {
        let reason = if healthy { "" } else { "exit 1" };
        let record = json!({
            "node": node, "healthy": healthy, "stage": "monitor", "reason": reason, "reported_at": at(seconds_ago),
        });
        self.put(self.keys.health(&name(node)), &record);
    }

    fn present(&mut self, node: &str, slots: u32, needed: bool) {
        let record = json!({
            "machine_id": node, "boot_id": "boot", "slots": slots, "policy": "p", "reboot_required": needed,
            "version": "1.2.3",
        });
        self.put(self.keys.alive(&name(node)), &record);
    }

    /// Present, and healthy.
    fn well(&mut self, node: &str) {
        self.report(node, true, 900);
        self.present(node, 1, false);
    }

    fn claim(&mut self, node: &str, phase: ClaimPhase, since: i64, deadline: i64) {
        let record = json!({
            "node": node, "acquired_at": at(since + 9), "boot_id": "boot", "phase": phase, "since": at(since),
            "deadline": at(deadline), "attempts": 1,
        });
        self.put(format!("{}/c{}", self.keys.lock(), self.revision), &record);
    }

    fn place(&mut self, node: &str, lease: i64, seconds_ago: i64, boot: Option<&str>) {
        let mut record = json!({ "node": node, "pid": 7, "acquired_at": at(seconds_ago) });
        if let Some(boot) = boot {
            record["boot_id"] = boot.into();
        }
        self.put_leased(self.keys.place(LeaseId(lease)), &record, Some(lease));
    }

    fn reboot(&mut self, node: &str, outcome: &str, seconds_ago: i64) {
        let record = json!({
            "node": node, "outcome": outcome, "reason": "", "by": node, "committed_at": at(seconds_ago + 60),
            "ended_at": at(seconds_ago), "attempts": 1,
        });
        self.put(self.keys.history(at(seconds_ago), &name(node)), &record);
    }

    fn fleet(&self) -> Fleet {
        self.picture.fleet(at(0))
    }

    fn row(&self, node: &str) -> FleetNode {
        let fleet = self.fleet();
        fleet.nodes.into_iter().find(|row| row.node.as_str() == node).unwrap_or_else(|| panic!("{node}"))
    }
}

#[test]
fn go_daemons_and_hands_are_told_from_ours() {
    let mut store = Store::new();
    store.present("ours", 3, false);
    store.report("ours", true, 9);
    assert_eq!(store.fleet().slots, 3);
    store.report_by_go("go", true, 20);
    store.report_by_go("go-late", true, 45);
    store.report_by_go("go-sick", false, 20);
    store.report_by_go("go-next", true, 20);
    store.place("go-next", 7, 5, None);
    store.put_leased(store.keys.place(LeaseId(8)), &json!("held by hand"), Some(8));
    store.put(format!("{}/hand", store.keys.lock()), &json!("?"));
    let rows: Vec<_> = store
        .fleet()
        .nodes
        .into_iter()
        .map(|row| (row.node.to_string(), row.state, row.since, row.program, row.reboot_needed))
        .collect();
    let ours = Program::Clusterrebootd(Some("1.2.3".to_owned()));
    let row = |node: &str, state, since: Option<i64>, program: &Program, needed| {
        (node.to_owned(), state, since.map(at), program.clone(), needed)
    };
    let expected = [
        row("go", NodeState::Healthy, None, &Program::GoDaemon, None),
        row("go-late", NodeState::Silent, Some(45), &Program::GoDaemon, None),
        row("go-next", NodeState::Waiting, Some(5), &Program::GoDaemon, Some(true)),
        row("go-sick", NodeState::Unhealthy, None, &Program::GoDaemon, None),
        row("ours", NodeState::Healthy, None, &ours, Some(false)),
        row("unknown-8", NodeState::Waiting, None, &Program::Unknown, None),
        row("unknown-hand", NodeState::Rebooting, None, &Program::Unknown, None),
    ];
    assert_eq!(rows, expected);
    assert_eq!((store.fleet().slots, store.fleet().taken), (1, 1));
}

#[test]
fn the_last_reboot_is_the_newest_that_came_back() {
    let mut store = Store::new();
    store.well("n");
    assert_eq!(store.row("n").last_reboot, None);
    store.reboot("n", "released", 500);
    store.reboot("n", "released", 900);
    store.reboot("n", "aborted", 300);
    store.reboot("n", "unlocked", 200);
    let last = store.row("n").last_reboot.unwrap();
    assert_eq!((last.committed_at, last.released_at), (Some(at(560)), at(500)));
    // An older entry that ends with its lease changes nothing, the one that is shown does.
    store.delete(store.keys.history(at(900), &name("n")), 0);
    assert!(store.row("n").last_reboot.is_some());
    store.delete(store.keys.history(at(500), &name("n")), 0);
    assert_eq!(store.row("n").last_reboot, None);
}

#[test]
fn nodes_that_disagree_are_named_and_the_most_stand_first() {
    let mut store = Store::new();
    for node in ["a", "b", "c"] {
        store.present(node, 2, false);
    }
    assert_eq!(store.fleet().disagreements, []);
    store.present("b", 1, false);
    let presence = json!({
        "machine_id": "d", "boot_id": "boot", "slots": 2, "policy": "q", "reboot_required": false, "version": "2.0.0",
    });
    store.put(store.keys.alive(&name("d")), &presence);
    store.put(store.keys.alive(&name("e")), &json!("?"));
    let told: Vec<_> = store
        .fleet()
        .disagreements
        .into_iter()
        .map(|told| {
            let side = |side: super::Side| {
                (side.value, side.nodes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
            };
            (told.subject, told.sides.into_iter().map(side).collect::<Vec<_>>())
        })
        .collect();
    let side = |value: &str, nodes: &str| (value.to_owned(), nodes.to_owned());
    let expected = [
        (Subject::Slots, vec![side("2", "a c d"), side("1", "b")]),
        (Subject::Policy, vec![side("p", "a b c"), side("q", "d")]),
        (Subject::Version, vec![side("1.2.3", "a b c"), side("2.0.0", "d")]),
    ];
    assert_eq!(told, expected);
}

#[test]
fn pause_cooldown_and_holds_come_and_go() {
    let mut store = Store::new();
    let [pause, cooldown] = [store.keys.pause(), store.keys.cooldown()];
    let hold = store.keys.hold(&name("n"));
    store.put(pause.clone(), &json!({ "by": "ann", "reason": "audit", "since": at(60) }));
    store.put(cooldown.clone(), &json!({ "node": "n", "started_at": at(60), "duration_sec": 300 }));
    store.put(hold.clone(), &json!({ "node": "n", "since": at(9), "reason": "backwards" }));
    let fleet = store.fleet();
    let paused = fleet.pause.unwrap();
    assert_eq!((paused.pause.by.as_str(), paused.since, paused.pause.until), ("ann", Some(at(60)), None));
    assert_eq!(fleet.cooldown.unwrap().until, Some(at(-240)));
    assert_eq!(fleet.holds[0].reason, "backwards");
    store.put(pause.clone(), &json!("?"));
    assert_eq!(store.fleet().pause.unwrap().since, None);
    for key in [pause, cooldown, hold] {
        store.delete(key, 0);
    }
    let fleet = store.fleet();
    assert_eq!((fleet.pause, fleet.cooldown, fleet.holds), (None, None, vec![]));
}

/// A fleet in which there is a node in every state.
fn motley() -> Fleet {
    let mut store = Store::new();
    store.claim("late", ClaimPhase::Armed, 900, 1);
    store.claim("stuck", ClaimPhase::Stuck, 500, -1);
    store.claim("out", ClaimPhase::Armed, 60, -600);
    for node in ["well-b", "well-a", "second", "first"] {
        store.well(node);
    }
    store.report("silent", true, 70);
    store.present("sick", 1, false);
    store.report("sick", false, 5);
    store.place("first", 1, 50, Some("boot"));
    store.place("second", 2, 40, Some("boot"));
    store.reboot("well-b", "released", 5_000);
    store.reboot("first", "released", 9_000);
    store.fleet()
}

#[test]
fn rows_stand_in_the_order_that_is_asked_for_and_only_those_that_are() {
    let fleet = motley();
    let rows = |states: &[NodeState], order| {
        let names: Vec<String> = fleet.rows(states, order).iter().map(|row| row.node.to_string()).collect();
        names.join(" ")
    };
    let cases = [
        (&[][..], Order::State, "late stuck sick silent out first second well-a well-b"),
        (&[], Order::Name, "first late out second sick silent stuck well-a well-b"),
        (&[], Order::LastReboot, "late out second sick silent stuck well-a first well-b"),
        (&[NodeState::Healthy, NodeState::Overdue], Order::State, "late well-a well-b"),
        (&[NodeState::Waiting], Order::LastReboot, "second first"),
    ];
    for (states, order, expected) in cases {
        assert_eq!(rows(states, order), expected, "{states:?} {order:?}");
    }
}

#[test]
fn everyone_is_counted() {
    let counts = motley().counts();
    let by_state: Vec<_> = NodeState::ALL.iter().map(|state| (state.as_str(), counts.of(*state))).collect();
    let expected = [
        ("overdue", 1),
        ("stuck", 1),
        ("unhealthy", 1),
        ("silent", 1),
        ("rebooting", 1),
        ("waiting", 2),
        ("healthy", 2),
    ];
    assert_eq!(by_state, expected);
    assert_eq!((counts.total(), counts.reboot_needed, counts.reboot_unknown), (9, 0, 4));
}
