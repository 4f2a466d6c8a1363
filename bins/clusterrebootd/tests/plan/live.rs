//! A fleet in a real etcd, whose records are put by hand.

use crb_testbed::{EtcdCluster, TestNode};
use expect_test::expect_file;
use serde_json::{Value, json};

use crate::{Desk, PROGRAM};

/// Far enough for nothing that is put here to depend on when the test runs.
const LATER: &str = "2098-01-06T00:00Z";

struct Fleet {
    cluster: EtcdCluster,
    node: TestNode,
}

impl Fleet {
    fn new() -> Self {
        let cluster = EtcdCluster::start(1);
        let windows = json!({ "timezone": "UTC", "allow": ["02:00-04:00"] });
        let node = TestNode::new(PROGRAM, "node-a", &cluster.endpoints())
            .with("windows", windows)
            .with("min_reboot_interval_sec", 600);
        Self { cluster, node }
    }

    fn put(&self, key: &str, value: &Value, more: &[&str]) {
        let text = value.to_string();
        let output = self.cluster.etcdctl(&[&["put", key, &text][..], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Puts a node on the roster that says whether it needs a reboot.
    fn has(&self, node: &str, reboot_required: bool) {
        self.reports(node);
        let alive = json!({
            "machine_id": node, "boot_id": "b", "slots": 1, "policy": "p", "reboot_required": reboot_required,
            "version": "0",
        });
        self.put(&format!("/crb/alive/{node}"), &alive, &[]);
    }

    fn reports(&self, node: &str) {
        let health = json!({
            "node": node, "healthy": true, "stage": "heartbeat", "reason": "", "boot_id": "b",
            "reported_at": "2026-11-25T00:00:00Z",
        });
        self.put(&format!("/cluster_health/{node}"), &health, &[]);
    }

    /// Puts a node into the queue.
    fn queues(&self, node: &str) {
        let granted = self.cluster.etcdctl(&["lease", "grant", "600"]);
        let told = String::from_utf8(granted.stdout).unwrap();
        let lease = told.split(' ').nth(1).unwrap();
        let place = json!({ "node": node, "acquired_at": "2026-11-25T00:00:00Z", "boot_id": "b" });
        self.put(&format!("/test/lock/{lease}"), &place, &["--lease", lease]);
    }

    fn history(&self, node: &str, seconds: u32) {
        let record = json!({
            "node": node, "outcome": "released", "reason": "", "by": node, "attempts": 1,
            "committed_at": "2026-11-20T00:00:00Z",
            "ended_at": format!("2026-11-20T00:{:02}:{:02}Z", seconds / 60, seconds % 60),
        });
        self.put(&format!("/crb/history/2026-11-20T00:00:{:02}.000Z-{node}", seconds % 60), &record, &[]);
    }

    fn revision(&self) -> Value {
        let output = self.cluster.etcdctl(&["get", "nothing", "--write-out=json"]);
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["header"]["revision"].clone()
    }

    fn plan(&self, more: &[&str]) -> (Option<i32>, Value) {
        let arguments = [&["--from", LATER, "--output", "json"][..], more].concat();
        let output = self.node.output_of("plan", &arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        (
            output.status.code(),
            serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}")),
        )
    }
}

fn order(document: &Value) -> Vec<&str> {
    document["reboots"].as_array().unwrap().iter().map(|reboot| reboot["node"].as_str().unwrap()).collect()
}

#[test]
fn the_fleet_is_planned_as_it_stands_in_etcd_and_nothing_is_written() {
    let fleet = Fleet::new();
    for (node, reboot_required) in [("node-a", true), ("node-b", true), ("node-c", false), ("node-d", true)] {
        fleet.has(node, reboot_required);
    }
    fleet.queues("node-b");
    let claim = json!({
        "node": "node-d", "acquired_at": LATER, "boot_id": "b", "phase": "armed",
        "since": "2098-01-05T23:59:00Z", "deadline": "2098-01-06T00:30:00Z",
    });
    fleet.put("/test/lock/ffff", &claim, &[]);
    for seconds in [100, 130, 110] {
        fleet.history("node-a", seconds);
    }
    let before = fleet.revision();
    let (code, document) = fleet.plan(&[]);
    assert_eq!(code, Some(0), "{document:#}");
    assert_eq!(fleet.revision(), before, "the plan has written to etcd");
    let mut text = serde_json::to_string_pretty(&document).unwrap();
    text.push('\n');
    expect_file!["live.json"].assert_eq(&text);

    let (_, all) = fleet.plan(&["--all"]);
    assert_eq!(order(&all), ["node-b", "node-a", "node-c"]);
}

#[test]
fn a_pause_is_waited_out_or_holds_the_plan_for_good() {
    let fleet = Fleet::new();
    fleet.has("node-a", true);
    let pause = |until: Value| json!({ "by": "eve", "reason": "cake", "since": "2026-11-25T00:00:00Z", "until": until });
    fleet.put("/crb/pause", &pause("2098-01-07T03:00:00Z".into()), &[]);
    let (code, document) = fleet.plan(&[]);
    assert_eq!((code, &document["reboots"][0]["starts_at"]), (Some(0), &"2098-01-07T03:00:00+00:00".into()));

    fleet.put("/crb/pause", &pause(Value::Null), &[]);
    let (code, document) = fleet.plan(&[]);
    assert_eq!((code, &document["stuck"]["reasons"][0]["code"]), (Some(1), &"paused".into()), "{document:#}");
    assert_eq!(document["complete"], false);
}

#[test]
fn who_is_silent_holds_the_plan_up_and_is_not_planned_unless_all_are() {
    let fleet = Fleet::new();
    fleet.has("node-a", true);
    fleet.reports("node-b");
    let (code, document) = fleet.plan(&[]);
    assert_eq!(
        (code, &document["stuck"]["reasons"][0]["code"]),
        (Some(1), &"peer_silent".into()),
        "{document:#}"
    );
    assert_eq!(document["notes"].as_array().unwrap().last().unwrap()["code"], "need_unknown");
    let (_, document) = fleet.plan(&["--all"]);
    assert_eq!(document["barred"][0]["node"], "node-b");
}

#[test]
fn without_etcd_the_error_says_what_does_without_it() {
    let (code, out, err) = Desk::new("").plan(&[]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    assert!(err.contains("the fleet cannot be read from etcd; `plan --nodes N` does without it: "), "{err}");
}
