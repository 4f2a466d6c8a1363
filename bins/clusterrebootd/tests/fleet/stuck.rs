//! A node whose reboot command ran and did nothing, and whose claim is taken away.

use crb_health::HealthRecord;
use crb_testbed::{Change, EtcdCluster, Signal, TestNode, eventually};
use serde_json::json;

use crate::PROGRAM;
use crate::queue::{LOCK, history, places};

/// A reboot command that says it ran, and reboots nothing.
const NOTHING: &str = "#!/bin/sh\n\
    echo \"start $RC_NODE_NAME $(date +%s%N) a-boot\" >> \"${0%/*}/journal\"\n";

#[test]
fn a_node_that_finds_its_claim_gone_stays_stuck_until_it_boots_anew() {
    let cluster = EtcdCluster::start(1);
    // Told without regard to what was told before, heartbeats among it.
    let log = json!({ "level": "debug" });
    let mut node = TestNode::new(PROGRAM, "node-a", &cluster.endpoints())
        .with("log", log)
        .with_boots()
        .with_reboot_script(NOTHING);
    node.need_reboot();
    node.start();
    eventually("the command runs", || (node.journal().starts().len() == 1).then_some(()));
    node.signal(Signal::KILL);
    assert_eq!(node.exit_code(), None, "{}", node.log_tail());
    let [claim] = &places(&cluster)[..] else { panic!("the claim is gone") };
    assert!(cluster.etcdctl(&["del", &claim.key]).status.success());

    // Killed once more in between: it knows by the machine alone.
    for _ in 0..2 {
        node.start();
        node.wait_for("that it lost its claim", |event| event.is("lock_lost"));
        for _ in 0..3 {
            node.wait_for("a heartbeat", |event| event.says("health_check", "phase", "heartbeat"));
        }
        node.signal(Signal::KILL);
        assert_eq!(node.exit_code(), None, "{}", node.log_tail());
    }
    let after = claim.mod_revision.next();
    let said: Vec<HealthRecord> = history(&cluster, "/cluster_health/node-a", after)
        .into_iter()
        .map(|change| serde_json::from_str(&change.put.expect("it is never deleted").value).unwrap())
        .collect();
    assert!(said.iter().all(|record| !record.healthy), "{said:#?}");
    assert_eq!(said.last().map(|record| record.stage.as_str()), Some("stuck"));
    let queued = history(&cluster, &format!("{LOCK}/"), after);
    assert!(matches!(&queued[..], [Change { put: None, .. }]), "it queued again: {queued:#?}");
    assert_eq!(node.journal().starts().len(), 1, "it ran the command again");

    let mut node =
        node.with_reboot_script(include_str!("../../../../crates/crb-testbed/src/daemon/reboot.sh"));
    node.boot_anew();
    node.start();
    assert_eq!(node.exit_code(), None, "the node goes down: {}", node.log_tail());
    assert_eq!(node.journal().starts().len(), 2);
}
