//! A whole fleet reboots, one node at a time.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crb_testbed::{EtcdCluster, Fleet, TestNode, eventually};

use crate::PROGRAM;
use crate::queue::{claims_one_at_a_time, places};

const NODES: usize = 10;

/// How long the leader of etcd hangs.
const AWAY: Duration = Duration::from_secs(10);

#[test]
fn ten_nodes_reboot_one_at_a_time() {
    let cluster = EtcdCluster::start(3);
    let mut fleet = start(&cluster);
    finish(&mut fleet, &cluster);
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the leader is stopped for a time that others measure too")]
fn ten_nodes_reboot_one_at_a_time_while_the_leader_of_etcd_hangs() {
    let mut cluster = EtcdCluster::start(3);
    let mut fleet = start(&cluster);
    fleet.run_until("the third node reboots", |journal| journal.starts().len() >= 3);

    let leader = cluster.leader();
    cluster.stop(leader);
    let (stopped, before) = (Instant::now(), fleet.journal.starts().len());
    // The next start may have been armed before the stop. The one after it was not even committed: the claim
    // before it was still to be released.
    fleet.run_until("two more reboot without the leader", |journal| journal.starts().len() >= before + 2);
    assert_ne!(cluster.leader(), leader);
    // Nobody boots meanwhile who is down, so that some are still on their way when the old leader is back.
    eventually("the leader was away for its time", || (stopped.elapsed() >= AWAY).then_some(()));
    cluster.cont(leader);
    assert!(fleet.journal.starts().len() < NODES, "nobody was left to see the leader come back");
    finish(&mut fleet, &cluster);
}

fn start(cluster: &EtcdCluster) -> Fleet {
    let mut fleet = Fleet::new(NODES, |name| TestNode::new(PROGRAM, name, &cluster.endpoints()));
    fleet.start_all();
    fleet
}

/// Sees the roll-out to its end, and that nobody was out while another was.
fn finish(fleet: &mut Fleet, cluster: &EtcdCluster) {
    fleet.run_until("all have rebooted", |journal| journal.starts().len() >= NODES);
    fleet.run_until("the queue is empty", |_| places(cluster).is_empty());
    for node in &mut fleet.nodes {
        node.wait_for_outcome("no_action");
    }

    let outings = claims_one_at_a_time(cluster, &fleet.journal);
    let order: Vec<&String> = outings.iter().map(|outing| &outing.node).collect();
    assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), NODES, "not all had their turn: {order:?}");
    assert_eq!(order.len(), NODES, "some were out twice: {order:?}");
    for outing in outings {
        assert_eq!(
            outing.boot_id,
            format!("{}-boot-1", outing.node),
            "a claim bears the boot before the reboot"
        );
        assert_eq!(outing.starts.len(), 1, "{outing} ran the command more than once");
    }
}
