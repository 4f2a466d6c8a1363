//! One node that wants to reboot, and an etcd on which everyone else is played by `etcdctl`.

#![allow(clippy::disallowed_methods, reason = "the others of a fleet have a clock, too")]

use crb_testbed::{EtcdCluster, Event, Signal, TestNode};
use jiff::Timestamp;
use serde_json::Value;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_clusterrebootd");

/// The key of the lock.
pub(crate) const LOCK: &str = "/test/lock";

/// An etcd and `node-a`, which is healthy, wants to reboot and is not started yet.
pub(crate) struct Bed {
    pub(crate) cluster: EtcdCluster,
    pub(crate) node: TestNode,
}

impl Bed {
    pub(crate) fn new() -> Self {
        Self::with(|node| node)
    }

    /// The same, with a configuration or scripts of its own.
    pub(crate) fn with(arrange: impl FnOnce(TestNode) -> TestNode) -> Self {
        Self::running(PROGRAM, arrange)
    }

    /// The same, with a program of its own.
    pub(crate) fn running(program: &str, arrange: impl FnOnce(TestNode) -> TestNode) -> Self {
        let cluster = EtcdCluster::start(1);
        let node = arrange(TestNode::new(program, "node-a", &cluster.endpoints()));
        node.need_reboot();
        Self { cluster, node }
    }

    /// A healthy node of another name that needs no reboot.
    pub(crate) fn peer(&self, name: &str) -> TestNode {
        TestNode::new(PROGRAM, name, &self.cluster.endpoints())
    }

    /// Waits for a pass that ends with `outcome` for `reason` first of all.
    pub(crate) fn is_held_by(&mut self, outcome: &str, reason: &str) -> Event {
        let ends_so =
            |event: &Event| event.says("run_outcome", "status", outcome) && event.fields["reason"] == reason;
        self.node.wait_for(&format!("{outcome} for {reason}"), ends_so)
    }

    /// What both single passes say, which leave the queue as it was, `prepare`d one by one.
    pub(crate) fn diagnoses(&self, prepare: impl Fn(&TestNode), outcome: &str, reason: &str, code: i32) {
        for command in [&["status"][..], &["run", "--once"]] {
            let before = self.queue();
            prepare(&self.node);
            let output = self.node.output_of(command[0], &command[1..]);
            let text = String::from_utf8(output.stdout).unwrap();
            let told = format!("{command:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
            assert!(text.starts_with(&format!("node-a: {outcome}\n")), "{told}");
            assert!(text.contains(&format!("[{reason}]")), "{told}");
            assert_eq!(output.status.code(), Some(code), "{told}");
            assert_eq!(self.queue(), before, "{command:?} left something behind");
        }
    }

    /// Who stands in the queue, first come first: a node's name and phase, or a stranger.
    pub(crate) fn queue(&self) -> Vec<String> {
        let shown = self.etcdctl(&["get", "--prefix", &format!("{LOCK}/"), "--sort-by=CREATE"]);
        let lines: Vec<&str> = shown.lines().collect();
        let place = |pair: &[&str]| match serde_json::from_str::<Value>(pair[1]) {
            Ok(record) => format!("{} {}", text(&record["node"]), text(&record["phase"])),
            Err(_) => "a stranger".to_owned(),
        };
        lines.chunks(2).map(place).collect()
    }

    /// The record at `key`, if there is one.
    pub(crate) fn record(&self, key: &str) -> Option<Value> {
        serde_json::from_str(&self.etcdctl(&["get", key, "--print-value-only"])).ok()
    }

    pub(crate) fn etcdctl(&self, arguments: &[&str]) -> String {
        let output = self.cluster.etcdctl(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Ends the daemon in order, which had nothing to do with any reboot and left nothing in the queue.
    pub(crate) fn ends_without_a_reboot(&mut self, code: i32) {
        self.node.signal(Signal::TERM);
        assert_eq!(self.node.exit_code(), Some(code), "{}", self.node.log_tail());
        assert_eq!(self.queue(), [""; 0], "the daemon left its place behind");
        self.has_not_rebooted();
    }

    pub(crate) fn has_not_rebooted(&self) {
        assert_eq!(self.node.journal().entries(), [], "the node went down");
    }

    /// The daemon, as it runs, takes the node down: what held it was all that did.
    pub(crate) fn reboots(&mut self) {
        assert_eq!(self.node.exit_code(), None, "the node goes down: {}", self.node.log_tail());
        assert_eq!(self.node.journal().starts(), ["node-a"]);
    }
}

/// The wall clock, as it stands in records.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}
