//! What a reload holds back, and what it lets go.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crb_testbed::{EtcdCluster, Rival, Signal, TestNode};
use serde_json::{Value, json};

use crate::node;

const LOCK: &str = "/test/lock";

fn queue(cluster: &EtcdCluster) -> usize {
    let shown = cluster.etcdctl(&["get", "--prefix", &format!("{LOCK}/"), "--keys-only"]);
    String::from_utf8(shown.stdout).unwrap().lines().filter(|line| !line.is_empty()).count()
}

fn reloaded(node: &mut TestNode) -> (Vec<Value>, Vec<Value>) {
    let event = node.wait_for("the reload", |event| event.is("config_reloaded"));
    let list = |name: &str| event.fields[name].as_array().unwrap().clone();
    (list("changed"), list("needs_restart"))
}

#[test]
fn the_end_of_the_dry_run_is_seen_at_once() {
    let cluster = EtcdCluster::start(1);
    let mut node = node(&cluster).with("dry_run", true).with("check_interval_sec", 3600);
    node.need_reboot();
    node.start();
    node.wait_for_outcome("ready");
    node.reload_with("dry_run", false);
    assert_eq!(reloaded(&mut node), (vec![json!("dry_run")], vec![]));
    assert_eq!(node.exit_code(), None, "the node goes down: {}", node.log_tail());
    assert_eq!(node.journal().starts(), ["node-a"]);
}

#[test]
fn a_dry_run_that_comes_in_the_queue_holds_the_reboot_back() {
    let cluster = EtcdCluster::start(1);
    let rival = Rival::ask(&cluster, LOCK);
    rival.wait_until_held();
    let mut node = node(&cluster);
    node.need_reboot();
    node.start();
    node.wait_for_outcome("lock_unavailable");
    node.reload_with("dry_run", true);
    rival.release();
    let ready = node.wait_for_outcome("ready");
    assert_eq!(ready.fields["dry_run"], true);
    node.signal(Signal::TERM);
    assert_eq!(node.exit_code(), Some(0), "{}", node.log_tail());
    assert_eq!((queue(&cluster), node.journal().entries().len()), (0, 0));
}

#[test]
fn a_window_that_closes_by_a_reload_under_the_lock_empties_the_place() {
    let cluster = EtcdCluster::start(1);
    let mut node = node(&cluster);
    node.need_reboot();
    node.hold("post-lock");
    node.start();
    node.wait_until_held("post-lock");
    node.reload_with("windows", json!({ "deny": ["* 00:00-12:00", "* 12:00-00:00"] }));
    reloaded(&mut node);
    node.let_go("post-lock");
    node.wait_for_outcome("window_denied");
    assert!(!node.events().iter().any(|event| event.is("reboot_committed")), "{}", node.log_tail());
    node.signal(Signal::TERM);
    assert_eq!(node.exit_code(), Some(0), "{}", node.log_tail());
    assert_eq!((queue(&cluster), node.journal().entries().len()), (0, 0));
}

#[test]
fn a_reload_while_the_command_runs_ends_nothing_and_frees_nothing() {
    let cluster = EtcdCluster::start(1);
    let mut node = node(&cluster).with_boots();
    node.need_reboot();
    node.hold("command");
    node.start();
    node.wait_until_held("command");
    node.reload_with("dry_run", true);
    reloaded(&mut node);
    assert_eq!(queue(&cluster), 1, "the claim stands");
    node.let_go("command");
    assert_eq!(node.exit_code(), None, "the node goes down: {}", node.log_tail());
    node.boot_anew();
    node.start();
    node.wait_for("the proof, in a dry run, too", |event| event.is("reboot_verified"));
    assert_eq!(queue(&cluster), 0);
}

#[test]
fn a_node_that_cannot_prove_itself_well_takes_a_mended_script() {
    let cluster = EtcdCluster::start(1);
    let mut node = node(&cluster).with_boots().with("backoff_max_sec", 3600).with("backoff_min_sec", 3600);
    node.need_reboot();
    node.start();
    assert_eq!(node.exit_code(), None, "the node goes down: {}", node.log_tail());
    node.answer_health(1);
    node.boot_anew();
    node.start();
    node.wait_for("the red script", |event| event.says("health_check", "phase", "post-reboot"));
    let mended = node.file("mended.sh");
    fs::write(&mended, "#!/bin/sh\nexit 0\n").unwrap();
    fs::set_permissions(&mended, fs::Permissions::from_mode(0o755)).unwrap();
    node.reload_with("health_script", mended.to_str().unwrap());
    node.wait_for("the proof", |event| event.is("reboot_verified"));
    assert_eq!(queue(&cluster), 0);
}

#[test]
fn what_is_refused_changes_nothing_and_names_every_fault() {
    let cluster = EtcdCluster::start(1);
    let mut node = node(&cluster).with("dry_run", true);
    node.need_reboot();
    node.start();
    node.wait_for_outcome("ready");
    let good = fs::read_to_string(node.file("config.yaml")).unwrap();
    let bad = good.replace("\"dry_run\": true", "\"dry_run\": false, \"log\": {\"level\": \"loud\"}");
    let bad = bad.replace("\"lock_ttl_sec\": 10", "\"lock_ttl_sec\": 5");
    fs::write(node.file("config.yaml"), &bad).unwrap();
    node.signal(Signal::HUP);
    let told = node.wait_for("the refusal", |event| event.is("config_rejected"));
    assert_eq!(told.level, "error");
    let faults = told.fields["faults"].as_array().unwrap();
    let line_of = |what: &str| bad.lines().position(|line| line.contains(what)).unwrap() + 1;
    let mut found: Vec<_> = faults.iter().map(|fault| (&fault["code"], fault["line"].as_u64())).collect();
    found.sort_by_key(|(code, _)| code.to_string());
    let expected = [
        (&json!("config::lock_ttl_too_short"), Some(line_of("lock_ttl_sec") as u64)),
        (&json!("config::unknown_value"), Some(line_of("loud") as u64)),
    ];
    assert_eq!(found, expected, "{told:?}");
    assert!(faults.iter().all(|fault| fault["file"] == node.file("config.yaml").to_str().unwrap()));

    // Had any of it been taken, the node would be down.
    fs::write(node.file("config.yaml"), &good).unwrap();
    node.signal(Signal::HUP);
    assert_eq!(reloaded(&mut node), (vec![], vec![]));
    node.wait_for("a pass", |event| event.is("lock_acquired"));
    node.signal(Signal::TERM);
    assert_eq!(node.exit_code(), Some(0), "{}", node.log_tail());
    assert_eq!(node.journal().entries().len(), 0);
}

#[test]
fn what_needs_a_restart_is_said_key_by_key_and_stays() {
    let cluster = EtcdCluster::start(1);
    let mut node = node(&cluster).with("max_concurrent_reboots", 1);
    node.start();
    node.wait_for_outcome("no_action");
    node = node.with("lock_key", "/other/lock").with("node_name", "node-z").with("dry_run", true);
    node.reload_with("max_concurrent_reboots", 3);
    let told = node.wait_for("the reload", |event| event.is("config_reloaded"));
    assert_eq!(told.level, "warn");
    assert_eq!(told.fields["changed"], json!(["max_concurrent_reboots", "dry_run"]));
    assert_eq!(told.fields["needs_restart"], json!(["node_name", "lock_key"]));

    let published = || -> Value {
        let shown = cluster.etcdctl(&["get", "/crb/alive/node-a", "--print-value-only"]);
        serde_json::from_slice(&shown.stdout).unwrap()
    };
    crb_testbed::poll_until(std::time::Duration::from_secs(30), || (published()["slots"] == 3).then_some(()))
        .expect("the slots are published anew, under the old name");
    node.need_reboot();
    let taken = node.wait_for("its place", |event| event.is("lock_acquired"));
    assert_eq!(taken.node, "node-a");
    let keys = cluster.etcdctl(&["get", "--prefix", "/other/lock", "--keys-only"]);
    assert_eq!(keys.stdout, b"");
}
