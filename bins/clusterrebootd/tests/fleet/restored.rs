//! Etcd goes backwards under real daemons: restored from a snapshot, emptied, or no longer remembered.

use std::collections::BTreeMap;
use std::process::Output;

use crb_decide::ClaimPhase;
use crb_lock::PlaceRecord;
use crb_store::Revision;
use crb_testbed::{EtcdCluster, Journal, Signal, TestNode};

use crate::PROGRAM;
use crate::queue::{LOCK, history, places, record};

fn idle_node(name: &str, cluster: &EtcdCluster) -> TestNode {
    let mut node = TestNode::new(PROGRAM, name, &cluster.endpoints()).with_boots();
    node.start();
    node.wait_for_outcome("no_action");
    node
}

fn accept(node: &TestNode, arguments: &[&str]) -> Output {
    node.output_of("accept-store", &[&["--reason", "restored from the snapshot"], arguments].concat())
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Whose claims there were, in order, and never two at a time. What ran before the restore is not in this history,
/// so it is not joined with the journal.
fn owners_of_claims(cluster: &EtcdCluster) -> Vec<String> {
    let (mut claims, mut owners) = (BTreeMap::new(), vec![]);
    for change in history(cluster, &format!("{LOCK}/"), Revision(1)) {
        match change.put.filter(|put| put.lease == 0) {
            Some(put) => {
                let owner = serde_json::from_str::<PlaceRecord>(&put.value).unwrap().node;
                if claims.insert(change.key, owner.clone()).is_none() {
                    owners.push(owner);
                }
            }
            None => drop(claims.remove(&change.key)),
        }
        assert!(claims.len() <= 1, "at {} there were {claims:?}", change.revision);
    }
    owners
}

#[test]
fn a_restored_etcd_holds_the_fleet_gets_its_claim_back_and_goes_on_when_an_operator_confirms() {
    let mut cluster = EtcdCluster::start(3);
    let directory = tempfile::TempDir::with_prefix("crb-restored-").unwrap();
    let journal = Journal::new(directory.path().join("journal"));
    let [mut out, mut next, idle] = ["node-a", "node-b", "node-c"].map(|name| {
        let mut node = TestNode::new(PROGRAM, name, &cluster.endpoints()).with_boots().with_journal(&journal);
        node.start();
        node.wait_for_outcome("no_action");
        node
    });
    let snapshot = cluster.save_snapshot();
    out.need_reboot();
    assert_eq!(out.exit_code(), None, "it goes down: {}", out.log_tail());
    next.need_reboot();
    next.wait_for_outcome("lock_unavailable");

    cluster.restore(&snapshot);
    next.wait_for("the hold", |event| event.is("store_regressed"));
    next.wait_for("why it waits", |event| event.says("run_outcome", "reason", "store_regressed"));
    assert!(places(&cluster).iter().all(|place| place.lease.is_some()), "the claim is lost");

    out.answer_health(1);
    out.boot_anew();
    out.start();
    out.wait_for("its claim", |event| event.says("claim", "phase", "verifying"));
    let claim = places(&cluster).into_iter().find(|place| place.lease.is_none()).expect("a claim");
    assert_eq!(record(&claim).node, "node-a");
    assert_eq!(record(&claim).phase, ClaimPhase::Verifying);
    out.answer_health(0);
    out.wait_for("the proof", |event| event.is("reboot_verified"));

    let status = next.output_of("status", &[]);
    assert_eq!(status.status.code(), Some(4), "{}", said(&status));
    assert!(
        said(&status).contains("until `clusterrebootd accept-store` [store_regressed]"),
        "{}",
        said(&status)
    );
    let unasked = accept(&idle, &[]);
    assert_eq!(unasked.status.code(), Some(1), "nobody said yes: {}", said(&unasked));
    assert_eq!(journal.starts(), ["node-a"], "nobody else went");

    let accepted = accept(&idle, &["--yes"]);
    assert_eq!(accepted.status.code(), Some(0), "{}", said(&accepted));
    // The third was at rest before the snapshot, and has seen nothing of what was lost.
    for (node, holds) in [("node-a", true), ("node-b", true), ("node-c", false)] {
        assert_eq!(said(&accepted).contains(node), holds, "{}", said(&accepted));
    }
    next.wait_for("the word of an operator", |event| event.is("store_accepted"));
    assert_eq!(next.exit_code(), None, "the roll-out goes on: {}", next.log_tail());
    next.boot_anew();
    next.start();
    next.wait_for("the proof", |event| event.is("reboot_verified"));
    assert_eq!(journal.starts(), ["node-a", "node-b"]);
    // From the restore on, as etcd itself tells it.
    assert_eq!(owners_of_claims(&cluster), ["node-a", "node-b"]);
    let nothing = accept(&idle, &["--yes"]);
    assert!(nothing.status.success() && said(&nothing).contains("nothing to confirm"), "{}", said(&nothing));
}

#[test]
fn an_emptied_etcd_is_noticed_by_a_daemon_at_rest_and_by_one_that_starts() {
    for at_rest in [true, false] {
        let mut cluster = EtcdCluster::start(1);
        let mut node = idle_node("node-a", &cluster);
        if !at_rest {
            node.signal(Signal::TERM);
            node.exit_code().expect("an end in order");
        }
        cluster.wipe();
        if !at_rest {
            node.start();
        }
        node.wait_for("the hold", |event| event.is("store_regressed"));
        assert!(accept(&node, &["--yes"]).status.success());
        node.wait_for("the word of an operator", |event| event.is("store_accepted"));
        node.need_reboot();
        assert_eq!(node.exit_code(), None, "it goes down: {}", node.log_tail());
    }
}

#[test]
fn a_memory_that_cannot_be_read_holds_until_an_operator_confirms() {
    let cluster = EtcdCluster::start(1);
    let mut node = idle_node("node-a", &cluster);
    node.signal(Signal::TERM);
    node.exit_code().expect("an end in order");
    let memory = node.file("state/etcd.json");
    assert!(std::fs::read_to_string(&memory).unwrap().contains("cluster_id"));
    std::fs::write(&memory, "").unwrap();
    node.need_reboot();
    node.start();
    let told = node.wait_for("the hold", |event| event.is("store_regressed"));
    assert!(told.fields["reason"].as_str().unwrap().contains(memory.to_str().unwrap()), "{told:?}");
    node.wait_for("why it waits", |event| event.says("run_outcome", "reason", "store_regressed"));
    assert_eq!(node.journal().entries(), []);
    assert!(accept(&node, &["--yes"]).status.success());
    assert_eq!(node.exit_code(), None, "it goes down: {}", node.log_tail());
}
