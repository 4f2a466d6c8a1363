//! How a daemon begins: without etcd, and in a dry run.

use crb_testbed::{EtcdCluster, Signal, TestNode};
use serde_json::json;

use crate::PROGRAM;
use crate::queue::{claims_one_at_a_time, places};

#[test]
fn a_daemon_stays_up_without_etcd_and_joins_when_it_comes() {
    let mut cluster = EtcdCluster::start(1);
    cluster.kill(0);
    let mut node = TestNode::new(PROGRAM, "node-a", &cluster.endpoints());
    node.need_reboot();
    node.start();
    node.wait_for("word of etcd", |event| event.says("run_outcome", "reason", "store_failed"));
    cluster.restart(0);
    node.wait_for("its presence", |event| event.is("presence_joined"));
    assert_eq!(node.exit_code(), None, "the node goes down: {}", node.log_tail());
    assert_eq!(node.journal().starts(), ["node-a"]);
}

#[test]
fn a_daemon_without_etcd_ends_in_order() {
    let mut cluster = EtcdCluster::start(1);
    cluster.kill(0);
    let mut node = TestNode::new(PROGRAM, "node-a", &cluster.endpoints());
    node.need_reboot();
    node.start();
    node.wait_for_outcome("lock_unavailable");
    node.signal(Signal::TERM);
    assert_eq!(node.exit_code(), Some(4), "{}", node.log_tail());
}

#[test]
fn a_dry_run_goes_on_and_never_commits() {
    let cluster = EtcdCluster::start(1);
    // Told without regard to what was told before.
    let log = json!({ "level": "debug" });
    let mut node =
        TestNode::new(PROGRAM, "node-a", &cluster.endpoints()).with("dry_run", true).with("log", log);
    node.need_reboot();
    node.start();
    for _ in 0..3 {
        node.wait_for_outcome("ready");
        node.wait_for("its place given back", |event| event.is("lock_released"));
    }
    node.signal(Signal::TERM);
    assert_eq!(node.exit_code(), Some(0), "{}", node.log_tail());
    assert_eq!(node.journal().entries(), []);
    assert_eq!(places(&cluster), []);
    assert_eq!(claims_one_at_a_time(&cluster, node.journal()), []);
}
