//! The JSON of `status`, whose shape docs/status.md promises.

use std::fs;
use std::path::Path;

use crb_store::etcd::StaleReads;
use crb_testbed::{EtcdCluster, TestNode, eventually};
use expect_test::expect_file;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::PROGRAM;

#[test]
fn the_json_of_status_has_the_shape_that_is_promised() {
    let cluster = EtcdCluster::start(1);
    let mut peer = TestNode::new(PROGRAM, "node-b", &cluster.endpoints());
    peer.answer_health(1);
    peer.start();
    peer.wait_for("word that it is not well", |event| {
        event.says("cluster_health_update", "status", "unhealthy")
    });
    let cooldown = json!({ "node": "node-c", "started_at": "2099-01-01T00:00:00Z", "duration_sec": 60 });
    assert!(cluster.etcdctl(&["put", "/reboot_cooldown", &cooldown.to_string()]).status.success());
    let node = TestNode::new(PROGRAM, "node-a", &cluster.endpoints());
    node.need_reboot();

    let output = node.output_of("status", &["--output", "json"]);
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
    let text = String::from_utf8(output.stdout).unwrap();
    expect_file!["status.json"].assert_eq(&without_times(&without_faults_of_etcd(&text)));

    let document: Value = serde_json::from_str(&text).unwrap();
    let mut keys: Vec<String> = document.as_object().unwrap().keys().cloned().collect();
    let mut promised = promised_keys();
    keys.sort();
    promised.sort();
    assert_eq!(keys, promised, "the document and docs/status.md differ");
}

#[test]
fn under_a_kill_switch_windows_and_fleet_are_looked_at_and_nothing_is_run() {
    let cluster = EtcdCluster::start(1);
    let node = TestNode::new(PROGRAM, "node-a", &cluster.endpoints());
    node.kill_switch(true);
    let (code, document) = json_of(&node, &[]);
    assert_eq!(code, Some(5));
    assert_eq!(document["reboot_required"], Value::Null);
    assert_eq!(document["fleet"]["slots"], 1);
    assert_eq!(
        listed(&document["gates"], &["stage", "gate", "open", "beyond"]),
        [
            "pre-lock kill_switch false false",
            "pre-lock windows true true",
            "post-lock kill_switch false true",
            "post-lock windows true true",
            "post-lock fleet true true",
        ]
    );
    let why = |gate: &str| format!("{gate} kill_switch");
    assert_eq!(
        listed(&document["not_asked"], &["stage", "gate", "why"]),
        ["pre-lock detectors", "pre-lock health_script", "post-lock detectors", "post-lock health_script"]
            .map(why)
    );
}

#[test]
fn what_was_left_out_is_null_and_said_to_be_left_out() {
    let cluster = EtcdCluster::start(1);
    let node = TestNode::new(PROGRAM, "node-a", &cluster.endpoints());
    let (code, document) = json_of(&node, &["--skip-lock", "--skip-health"]);
    assert_eq!(code, Some(0));
    assert_eq!((&document["fleet"], &document["queue"]), (&Value::Null, &Value::Null));
    let left_out = listed(&document["not_asked"], &["stage", "gate", "why"]);
    assert_eq!(left_out[0], "pre-lock health_script skip_health");
    assert!(left_out[1..].iter().all(|gate| gate.ends_with(" skip_lock")), "{left_out:?}");
    assert_eq!(left_out.len(), 6);
}

#[test]
fn a_running_daemon_and_records_tell_since_when_something_blocks() {
    let cluster = EtcdCluster::start(1);
    let mut node = TestNode::new(PROGRAM, "node-a", &cluster.endpoints());
    node.answer_health(1);
    node.need_reboot();
    node.start();
    let blocked: Timestamp = node.wait_for_outcome("health_blocked").ts.parse().unwrap();
    let pause = json!({ "by": "ops", "reason": "release", "since": "2026-01-02T03:04:05Z" });
    assert!(cluster.etcdctl(&["put", "/crb/pause", &pause.to_string()]).status.success());

    // The daemon tells its log first, and keeps the date next.
    let script = |document: &Value| {
        let gates = document["gates"].as_array().unwrap();
        gates.iter().find(|gate| gate["gate"] == "health_script").unwrap()["reasons"][0].clone()
    };
    let document = eventually("the daemon's date", || {
        let (_, document) = json_of(&node, &[]);
        script(&document)["since"].is_string().then_some(document)
    });
    let since = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap();
    assert!(since(&script(&document)["since"]).duration_since(blocked).abs() < SignedDuration::from_secs(1));
    let wanted = since(&document["reboot_required_since"]);
    assert!(wanted.duration_since(blocked).abs() < SignedDuration::from_secs(1));
    let fleet = document["gates"].as_array().unwrap().last().unwrap();
    assert_eq!((&fleet["gate"], &fleet["reasons"][0]["code"]), (&json!("fleet"), &json!("paused")));
    assert_eq!(fleet["reasons"][0]["since"], "2026-01-02T03:04:05Z");

    // Of another reason, and of a daemon that has ended, nobody knows.
    node.answer_health(2);
    node.freeze();
    assert_eq!(script(&json_of(&node, &[]).1)["since"], Value::Null);
    node.thaw();
    node.kill();
    let (_, document) = json_of(&node, &[]);
    assert_eq!(
        (&script(&document)["since"], &document["reboot_required_since"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn the_queue_and_what_nodes_disagree_about_are_named() {
    let cluster = EtcdCluster::start(1);
    let mut node = TestNode::new(PROGRAM, "node-a", &cluster.endpoints());
    let mut peer = TestNode::new(PROGRAM, "node-b", &cluster.endpoints())
        .with("max_concurrent_reboots", 2)
        .with("cluster_policies", json!({ "min_healthy_absolute": 1 }));
    for node in [&mut node, &mut peer] {
        node.start();
        node.wait_for_outcome("no_action");
    }
    node.need_reboot();
    node.kill_switch(true);
    let out = json!({
        "node": "node-x", "pid": 1, "acquired_at": "2026-01-01T00:00:00Z", "machine_id": "m", "boot_id": "b",
        "phase": "armed", "since": "2026-01-01T00:00:00Z",
    });
    let waits = json!({
        "node": "node-y", "pid": 1, "acquired_at": "2026-01-01T00:01:00Z", "machine_id": "n", "boot_id": "c",
    });
    for (key, record) in [("/test/lock/1", &out), ("/test/lock/2", &waits)] {
        assert!(cluster.etcdctl(&["put", key, &record.to_string()]).status.success());
    }
    let (_, document) = json_of(&node, &[]);
    let queue =
        json!({ "position": 3, "ahead": ["node-x", "node-y"], "queued": false, "claim": null, "waiting": 2 });
    assert_eq!(document["queue"], queue);
    let fleet = document["gates"].as_array().unwrap().last().unwrap();
    assert_eq!(fleet["reasons"][0]["code"], "rebooting_elsewhere");
    assert_eq!(fleet["reasons"][0]["since"], "2026-01-01T00:00:00Z");
    let codes = listed(&document["warnings"], &["code"]);
    let ours: Vec<&str> = codes.iter().map(String::as_str).filter(|code| *code != "stale_reads").collect();
    assert_eq!(ours, ["slots_disagree", "policies_disagree"]);
    assert!(document["warnings"][0]["message"].as_str().unwrap().ends_with("1 on node-a; 2 on node-b"));

    let text = String::from_utf8(node.output_of("status", &[]).stdout).unwrap();
    assert!(text.contains("\nqueue: would be 3rd, behind node-x, node-y; 2 in it\n"), "{text}");
    assert!(text.contains("not asked health_script  pre-lock (kill switch)\n"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn an_etcd_with_known_faults_is_warned_of() {
    let cluster = EtcdCluster::start(1);
    let output = cluster.etcdctl(&["endpoint", "status", "--write-out=json"]);
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    let version = status[0]["Status"]["version"].as_str().expect("a version");
    let node = TestNode::new(PROGRAM, "node-a", &cluster.endpoints());
    let (_, document) = json_of(&node, &[]);
    let warned =
        document["warnings"].as_array().unwrap().iter().find(|warning| warning["code"] == "stale_reads");
    let message = warned.map(|warning| warning["message"].as_str().unwrap().to_owned());
    assert_eq!(message.is_some(), StaleReads::of(version) != StaleReads::Mended, "{version}: {message:?}");
    assert!(message.is_none_or(|message| message.contains(version)), "{version}");
}

/// The exit code of `status --output json`, and its document.
fn json_of(node: &TestNode, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = node.output_of("status", &[&["--output", "json"], arguments].concat());
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

/// Of each item these values, one behind the other.
fn listed(items: &Value, keys: &[&str]) -> Vec<String> {
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let one = |item: &Value| keys.iter().map(|key| shown(&item[key])).collect::<Vec<_>>().join(" ");
    items.as_array().unwrap().iter().map(one).collect()
}

/// The text without warnings of an etcd that is older than others.
fn without_faults_of_etcd(text: &str) -> String {
    let document: Value = serde_json::from_str(text).unwrap();
    assert!(listed(&document["warnings"], &["code"]).iter().all(|code| code == "stale_reads"), "{document}");
    let (before, _) = text.split_once("\"warnings\": [").unwrap();
    format!("{before}\"warnings\": []\n}}\n")
}

/// The text without the times at which gates were looked at, and since when something is so.
fn without_times(text: &str) -> String {
    let mask = |line: &str| {
        let key = ["\"checked_at\": \"", "\"since\": \""].into_iter().find(|key| line.contains(key));
        let Some((key, (indent, time))) = key.and_then(|key| Some((key, line.split_once(key)?))) else {
            return line.to_owned();
        };
        let (time, rest) = time.split_once('"').unwrap();
        assert!(time.parse::<Timestamp>().is_ok(), "{line}");
        format!("{indent}{key}…\"{rest}")
    };
    text.split_inclusive('\n').map(mask).collect()
}

/// The keys of the first table of docs/status.md.
fn promised_keys() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/status.md");
    let page = fs::read_to_string(page).unwrap();
    let first =
        page.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    first.filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned())).collect()
}
