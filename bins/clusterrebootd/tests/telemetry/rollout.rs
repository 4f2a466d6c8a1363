//! A roll-out of two nodes in which everything is told that there is to tell.

use std::collections::BTreeMap;
use std::fs;

use crb_testbed::{EtcdCluster, Event, Signal, TestNode, eventually};
use serde_json::{Value, json};

use crate::PROGRAM;
use crate::catalogue::{BESIDE, EVENTS, METRICS, Metric, Moment, Told};
use crate::log::{lines, repeat_nothing};
use crate::scrape::Scrape;

/// Tells the test where the daemon listens.
const HEALTH: &str = r#"#!/bin/sh
here=${0%/*}
echo "$RC_METRICS_ENDPOINT" > "$here/metrics.draft" && mv "$here/metrics.draft" "$here/metrics"
read -r verdict < "$here/verdict"
exit "$verdict"
"#;

/// A machine that takes its time to go down, until it may.
const REBOOT: &str = r#"#!/bin/sh
here=${0%/*}
echo "start $RC_NODE_NAME $(date +%s%N) of-this-machine" >> "$here/journal"
rm "$here/reboot-required"
until [ -e "$here/may-go" ] || [ ! -d "$here" ]; do sleep 0.05; done
kill -KILL "$PPID"
"#;

#[test]
fn a_roll_out_tells_of_everything_once() {
    let seen = roll_out();
    for metric in METRICS {
        seen.shows(&metric);
    }
    for told in EVENTS {
        seen.tells(told);
    }
    for event in ["started", "stopped", "presence_joined", "claim"] {
        assert!(BESIDE.contains(&event) && seen.events.iter().any(|told| told.is(event)), "{event}");
    }
    for scrape in seen.scrapes.values() {
        let told = scrape.kinds.keys().chain(scrape.samples.iter().map(|sample| &sample.name));
        let unknown: Vec<_> = told.filter(|told| !METRICS.iter().any(|(name, ..)| name == *told)).collect();
        assert!(unknown.is_empty(), "metrics that the reference does not know: {unknown:?}");
    }
}

struct Seen {
    scrapes: BTreeMap<Moment, Scrape>,
    events: Vec<Event>,
}

impl Seen {
    /// The metric is always of its kind and has its labels, and is above zero in its moment.
    fn shows(&self, (name, kind, labels, moment, values): &Metric) {
        for scrape in self.scrapes.values() {
            assert!(scrape.kinds.get(*name).is_none_or(|told| told == kind), "{name}");
            for sample in scrape.samples.iter().filter(|sample| sample.name == *name) {
                assert!(sample.labels.iter().map(|(name, _)| name).eq(*labels), "{sample:?}");
            }
        }
        let value = self.scrapes[moment].value(name, values);
        assert!(value.is_some_and(|value| value > 0.0), "{name} {values:?} at {moment:?} is {value:?}");
    }

    /// The event is in the log of the node.
    fn tells(&self, (name, node, field, says): Told) {
        let is_so = |value: &Value| match value {
            Value::Null => says.is_empty(),
            Value::String(text) => text == says,
            other => says.parse().is_ok_and(|says: Value| *other == says),
        };
        let is_there = self
            .events
            .iter()
            .any(|event| event.is(name) && event.node == node && is_so(&event.fields[field]));
        assert!(is_there, "no {name} of {node} with {field} {says}");
    }
}

fn roll_out() -> Seen {
    let mut cluster = EtcdCluster::start(1);
    let mut scrapes = BTreeMap::new();
    let (mut first, mut second) = (node(&cluster, "node-a"), node(&cluster, "node-b"));
    first.start();
    second.start();
    for node in [&mut first, &mut second] {
        node.wait_for_outcome("no_action");
        node.wait_for("word that it is well", |event| {
            event.says("cluster_health_update", "status", "healthy")
        });
    }

    loads_again(&mut second);
    first.need_reboot();
    first.wait_for("the reboot command", |event| event.says("reboot_command", "state", "started"));
    scrapes.insert(Moment::Down, scrape(&first));

    second.need_reboot();
    waits_behind(&cluster, &mut second);
    without_etcd(&mut cluster, &mut second);
    scrapes.insert(Moment::Behind, scrape(&second));

    // The pause is there before the second node's turn, and stays until the cooldown is over.
    let pause = json!({ "by": "tests", "reason": "to be seen", "since": "2026-01-01T00:00:00Z" });
    assert!(cluster.etcdctl(&["put", "/crb/pause", &pause.to_string()]).status.success());
    comes_back(&mut first);
    scrapes.insert(Moment::Back, scrape(&first));
    second.wait_for("the pause", |event| event.says("run_outcome", "reason", "paused"));
    second.wait_for("the end of the cooldown", |event| event.is("cooldown_cleared"));
    eventually("three heartbeats", || {
        let beats = scrape(&second).value("health_checks_total", &["heartbeat", "pass"])?;
        (beats >= 3.0).then_some(())
    });
    scrapes.insert(Moment::Held, scrape(&second));
    assert!(cluster.etcdctl(&["del", "/crb/pause"]).status.success());
    second.wait_for("the reboot command", |event| event.says("reboot_command", "state", "started"));
    comes_back(&mut second);

    let mut events = vec![];
    for node in [&mut first, &mut second] {
        node.wait_for_outcome("no_action");
        node.signal(Signal::TERM);
        assert_eq!(node.exit_code(), Some(0), "{}", node.log_tail());
        events.extend_from_slice(node.events());
        let log = fs::read_to_string(node.file("log")).unwrap();
        let lines = lines(&log, node.name());
        repeat_nothing(&lines);
        let beats = lines
            .iter()
            .filter(|line| line["event"] == "health_check" && line["fields"]["phase"] == "heartbeat");
        assert_eq!(beats.count(), 2, "one line for each boot, however many heartbeats");
    }
    Seen { scrapes, events }
}

fn node(cluster: &EtcdCluster, name: &str) -> TestNode {
    TestNode::new(PROGRAM, name, &cluster.endpoints())
        .with("metrics", json!({ "enabled": true, "listen": "127.0.0.1:0" }))
        .with("hooks", json!({ "post_reboot": [{ "name": "undrain", "cmd": ["true"] }] }))
        .with("min_reboot_interval_sec", 2)
        .with("etcd_timeout_sec", 1)
        .with("backoff_max_sec", 1)
        .with_health_script(HEALTH)
        .with_reboot_script(REBOOT)
        .with_boots()
}

/// The node refuses a configuration, and takes the next one.
fn loads_again(node: &mut TestNode) {
    fs::write(node.file("config.yaml"), "node_name: [\n").unwrap();
    node.signal(Signal::HUP);
    node.wait_for("the refusal", |event| event.is("config_rejected"));
    node.put_config();
    node.signal(Signal::HUP);
    node.wait_for("the reload", |event| event.is("config_reloaded"));
}

/// What the metrics of a node say now.
fn scrape(node: &TestNode) -> Scrape {
    let address = eventually("the address of the listener", || fs::read_to_string(node.file("metrics")).ok());
    Scrape::of(address.trim())
}

/// The node waits for its turn, loses its place, and takes another.
fn waits_behind(cluster: &EtcdCluster, node: &mut TestNode) {
    node.wait_for("its wait", |event| event.says("lock_backoff", "reason", "behind_in_queue"));
    let shown = cluster.etcdctl(&["get", "--prefix", "/test/lock/", "--sort-by=CREATE", "--keys-only"]);
    let keys = String::from_utf8(shown.stdout).unwrap();
    let lease = keys.lines().rfind(|key| !key.is_empty()).unwrap().rsplit('/').next().unwrap().to_owned();
    assert!(cluster.etcdctl(&["lease", "revoke", &lease]).status.success());
    node.wait_for("the loss of its place", |event| event.is("lock_lost"));
    node.wait_for("its wait for another", |event| event.says("lock_backoff", "reason", "behind_in_queue"));
}

/// For a while no member of etcd answers.
fn without_etcd(cluster: &mut EtcdCluster, node: &mut TestNode) {
    cluster.stop(0);
    node.wait_for("a call in vain", |event| event.is("lock_failed"));
    cluster.cont(0);
    node.wait_for("its wait", |event| event.says("run_outcome", "reason", "behind_in_queue"));
}

/// The machine goes down, boots and is well again.
fn comes_back(node: &mut TestNode) {
    fs::remove_file(node.file("metrics")).unwrap();
    fs::write(node.file("may-go"), "").unwrap();
    assert_eq!(node.exit_code(), None, "the node goes down: {}", node.log_tail());
    node.boot_anew();
    node.start();
    node.wait_for("its proof", |event| event.is("reboot_verified"));
}
