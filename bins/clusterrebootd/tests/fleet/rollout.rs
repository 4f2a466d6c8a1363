//! A whole fleet reboots, one node at a time.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crb_testbed::{EtcdCluster, Journal, eventually};

use crate::fleet::Fleet;
use crate::queue::{claims_one_at_a_time, places};

const NODES: usize = 10;

/// How long the leader of etcd hangs.
const AWAY: Duration = Duration::from_secs(10);

#[test]
fn ten_nodes_reboot_one_at_a_time() {
    let cluster = EtcdCluster::start(3);
    let mut fleet = Fleet::start(NODES, &cluster);
    finish(&mut fleet, &cluster);
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the leader is stopped for a time that others measure too")]
fn ten_nodes_reboot_one_at_a_time_while_the_leader_of_etcd_hangs() {
    let mut cluster = EtcdCluster::start(3);
    let mut fleet = Fleet::start(NODES, &cluster);
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

/// Sees the roll-out to its end, and that nobody was out while another was.
fn finish(fleet: &mut Fleet, cluster: &EtcdCluster) {
    for turn in 1..=NODES {
        fleet.run_until(&format!("node {turn} of {NODES} reboots"), |journal| journal.starts().len() >= turn);
    }
    fleet.run_until("the queue is empty", |_| places(cluster).is_empty());
    for node in &mut fleet.nodes {
        node.wait_for_outcome("no_action");
    }

    let order = reboots_one_at_a_time(&fleet.journal);
    let claims = claims_one_at_a_time(cluster);
    assert_eq!(order, claims.iter().map(|out| out.node.clone()).collect::<Vec<_>>());
    assert_eq!(order.iter().collect::<BTreeSet<_>>().len(), NODES, "not all had their turn: {order:?}");
    assert_eq!(order.len(), NODES, "some rebooted twice: {order:?}");
    for out in claims {
        assert_eq!(out.boot_id, format!("{}-boot-1", out.node), "a claim bears the boot before the reboot");
    }
}

/// Who rebooted, in order. Each was back before the next one went.
fn reboots_one_at_a_time(journal: &Journal) -> Vec<String> {
    let mut order = vec![];
    let mut out = None;
    for entry in journal.entries() {
        match entry.what.as_str() {
            "start" => {
                assert_eq!(out, None, "{} went down while another was out", entry.node);
                order.push(entry.node.clone());
                out = Some(entry.node);
            }
            _ => assert_eq!(out.take(), Some(entry.node), "who is back was out"),
        }
    }
    assert_eq!(out, None, "somebody never came back");
    order
}
