//! Daemons obey a pause within a second, wherever it meets them, and its end.

use std::time::{Duration, Instant};

use crb_testbed::{EtcdCluster, Event, Line, Moment, Signal, Signature, TestNode};
use serde_json::json;

use crate::PROGRAM;

/// Within so long.
const AT_ONCE: Duration = Duration::from_secs(1);

fn node(cluster: &EtcdCluster, name: &str) -> TestNode {
    // Nothing but the watch is so quick.
    TestNode::new(PROGRAM, name, &cluster.endpoints())
        .with("check_interval_sec", 600)
        .with("backoff_min_sec", 300)
        .with("backoff_max_sec", 600)
}

fn gives(node: &TestNode, command: &str, arguments: &[&str]) -> Instant {
    let output = node.output_of(command, arguments);
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    Instant::now()
}

fn pauses(node: &TestNode) -> Instant {
    gives(node, "pause", &["--reason", "storage works"])
}

/// Waits for what comes at once after `since`.
fn at_once(node: &mut TestNode, since: Instant, what: &str, wanted: impl Fn(&Event) -> bool) {
    node.wait_for(what, wanted);
    assert!(since.elapsed() < AT_ONCE, "{what} took {:?}", since.elapsed());
}

#[test]
fn every_daemon_says_it_and_one_that_waits_shows_it_in_its_outcome_and_goes_on_when_it_is_over() {
    let cluster = EtcdCluster::start(1);
    let mut sick = node(&cluster, "node-b").with("health_publish_interval_sec", 1);
    sick.answer_health(1);
    sick.start();
    sick.wait_for("word that it is unwell", |event| {
        event.says("cluster_health_update", "status", "unhealthy")
    });
    let mut waiting = node(&cluster, "node-a");
    waiting.need_reboot();
    waiting.start();
    waiting.wait_for_outcome("health_blocked");

    let paused = pauses(&waiting);
    let is_paused = |event: &Event| event.says("run_outcome", "reason", "paused");
    at_once(&mut waiting, paused, "the outcome of the one that waits", is_paused);
    at_once(&mut sick, paused, "the word of the one at rest", |event| {
        event.says("paused", "reason", "storage works")
    });

    sick.answer_health(0);
    sick.wait_for("word that it is well", |event| event.says("cluster_health_update", "status", "healthy"));
    assert_eq!(waiting.journal().entries(), []);
    let resumed = gives(&waiting, "resume", &[]);
    at_once(&mut waiting, resumed, "the reboot", |event| event.says("reboot_command", "state", "started"));
    at_once(&mut sick, resumed, "the word of the one at rest", |event| event.is("resumed"));
}

#[test]
fn a_pause_between_commit_and_arm_gives_the_claim_back() {
    let cluster = EtcdCluster::start(1);
    let line = Line::to(&cluster.endpoints());
    let mut node = TestNode::new(PROGRAM, "node-a", line.urls())
        .with("backoff_min_sec", 300)
        .with("backoff_max_sec", 600);
    node.need_reboot();
    let catch = line.catch(Signature::with([r#""phase":"armed""#]), Moment::Request);
    node.start();
    let arm = catch.wait("the arm");
    // The line holds only the connection of the daemon; the operator has her own.
    let paused = pauses(&node);
    arm.pass();
    at_once(&mut node, paused, "the abort", |event| {
        event.says("reboot_aborted", "reason", "the fleet was paused")
    });
    at_once(&mut node, paused, "its outcome", |event| event.says("run_outcome", "reason", "paused"));
    assert_eq!(node.journal().entries(), []);
    assert_eq!(node.journal().starts(), [""; 0]);
    let history = node.output_of("history", &["--output", "json"]);
    let history: serde_json::Value = serde_json::from_slice(&history.stdout).unwrap();
    assert_eq!(history["entries"][0]["outcome"], json!("aborted"), "{history}");
    node.signal(Signal::TERM);
    assert_eq!(node.exit_code(), Some(5));
}

#[test]
fn a_pause_that_comes_while_the_script_runs_under_the_lock_is_said_at_once_and_nothing_commits() {
    let cluster = EtcdCluster::start(1);
    let mut node = node(&cluster, "node-a");
    node.need_reboot();
    node.hold("post-lock");
    node.start();
    node.wait_until_held("post-lock");
    let paused = pauses(&node);
    at_once(&mut node, paused, "the word", |event| event.says("paused", "reason", "storage works"));
    let let_go = Instant::now();
    node.let_go("post-lock");
    at_once(&mut node, let_go, "the outcome", |event| event.says("run_outcome", "reason", "paused"));
    assert!(!node.events().iter().any(|event| event.is("reboot_committed")), "{}", node.log_tail());
    assert_eq!(node.journal().entries(), []);
}
