//! The JSON of `status`, whose shape docs/status.md promises.

use std::fs;
use std::path::Path;

use crb_testbed::{EtcdCluster, TestNode};
use expect_test::expect_file;
use jiff::Timestamp;
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
    expect_file!["status.json"].assert_eq(&without_times(&text));

    let document: Value = serde_json::from_str(&text).unwrap();
    let mut keys: Vec<String> = document.as_object().unwrap().keys().cloned().collect();
    let mut promised = promised_keys();
    keys.sort();
    promised.sort();
    assert_eq!(keys, promised, "the document and docs/status.md differ");
}

#[test]
fn what_was_not_looked_at_is_null() {
    let cluster = EtcdCluster::start(1);
    let node = TestNode::new(PROGRAM, "node-a", &cluster.endpoints());
    node.kill_switch(true);
    let output = node.output_of("status", &["--output", "json"]);
    assert_eq!(output.status.code(), Some(5));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&document["reboot_required"], &document["fleet"]), (&Value::Null, &Value::Null));
    assert_eq!(document["gates"].as_array().unwrap().len(), 1, "{document}");
}

/// The text without the times at which gates were looked at.
fn without_times(text: &str) -> String {
    let mask = |line: &str| match line.split_once("\"checked_at\": \"") {
        Some((indent, time)) => {
            let time = time.trim_end().trim_end_matches("\",");
            assert!(time.parse::<Timestamp>().is_ok(), "{line}");
            format!("{indent}\"checked_at\": \"…\",\n")
        }
        None => line.to_owned(),
    };
    text.split_inclusive('\n').map(mask).collect()
}

/// The keys of the first table of docs/status.md.
fn promised_keys() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/status.md");
    let page = fs::read_to_string(page).unwrap();
    page.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned())).collect()
}
