//! Signals that come while the daemon starts, and many of them.

use std::fs;
use std::time::Duration;

use crb_testbed::{EtcdCluster, Signal, poll_until};

use crate::node;

#[test]
fn a_signal_that_comes_while_the_configuration_is_read_is_heeded_after_the_start() {
    let cluster = EtcdCluster::start(1);
    let mut node = node(&cluster);
    node.put_config();
    let file = node.file("config.yaml");
    let text = fs::read_to_string(&file).unwrap();
    // Long enough to be read for a while.
    fs::write(&file, text + &"\n# nothing".repeat(300_000)).unwrap();
    node.start_as_it_is();
    let id = node.id();
    poll_until(Duration::from_secs(30), || takes_hangups(id).then_some(())).expect("the handler");
    node.signal(Signal::HUP);
    assert!(!node.events().iter().any(|event| event.is("started")), "it had started by then");
    node.wait_for("the start", |event| event.is("started"));
    node.wait_for("the reload", |event| event.is("config_reloaded"));
    node.signal(Signal::TERM);
    assert_eq!(node.exit_code(), Some(0), "{}", node.log_tail());
}

/// Whether a process has a handler of its own for SIGHUP, the first bit of what it catches.
fn takes_hangups(id: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 != 0)
}

#[test]
fn a_reload_without_etcd_is_a_reload() {
    let mut cluster = EtcdCluster::start(1);
    cluster.stop(0);
    let mut node = node(&cluster);
    node.start();
    node.wait_for("the start", |event| event.is("started"));
    node.reload_with("max_concurrent_reboots", 2);
    node.wait_for("the reload", |event| event.is("config_reloaded"));
    cluster.cont(0);
    node.wait_for("its presence", |event| event.is("presence_joined"));
    poll_until(Duration::from_secs(30), || {
        let shown = cluster.etcdctl(&["get", "/crb/alive/node-a", "--print-value-only"]);
        let record: serde_json::Value = serde_json::from_slice(&shown.stdout).ok()?;
        (record["slots"] == 2).then_some(())
    })
    .expect("the new slots are published");
}

#[test]
fn a_storm_of_signals_is_a_few_reloads_and_the_last_one_counts() {
    let cluster = EtcdCluster::start(1);
    let mut node = node(&cluster);
    node.start();
    node.wait_for_outcome("no_action");
    for count in 0..300 {
        node.reload_with("check_interval_sec", 3_600 + count);
    }
    node.reload_with("dry_run", true);
    node.wait_for("the last of them", |event| {
        event.is("config_reloaded") && event.fields["changed"].as_array().unwrap().contains(&"dry_run".into())
    });
    let reloads = node.events().iter().filter(|event| event.is("config_reloaded")).count();
    assert!(reloads < 30, "{reloads}");
    node.signal(Signal::TERM);
    assert_eq!(node.exit_code(), Some(0), "{}", node.log_tail());
}
