//! How a daemon ends when it is told to, and what it gives back.

use crb_decide::ClaimPhase;
use crb_testbed::{EtcdCluster, Rival, Signal, TestNode};
use serde_json::json;

use crate::PROGRAM;
use crate::queue::{LOCK, claims_one_at_a_time, places, record};

fn node(cluster: &EtcdCluster) -> TestNode {
    TestNode::new(PROGRAM, "node-a", &cluster.endpoints())
}

#[test]
fn a_daemon_with_nothing_to_do_ends_at_once() {
    let cluster = EtcdCluster::start(1);
    for (signal, name) in [(Signal::TERM, "SIGTERM"), (Signal::INT, "SIGINT")] {
        let mut node = node(&cluster);
        node.start();
        node.wait_for_outcome("no_action");
        node.signal(signal);
        assert_eq!(node.exit_code(), Some(0), "{}", node.log_tail());
        let last = node.wait_for("the last word", |event| event.is("stopped"));
        assert_eq!(last.fields["reason"], name);
        assert!(!node.events().iter().any(|event| event.is("trouble")), "{}", node.log_tail());
    }
}

#[test]
fn a_waiting_daemon_gives_its_place_back_at_once() {
    let cluster = EtcdCluster::start(1);
    let rival = Rival::ask(&cluster, LOCK);
    let key = rival.wait_until_held();
    // So long a lease does not end within any test.
    let mut node = node(&cluster).with("lock_ttl_sec", 600);
    node.need_reboot();
    node.start();
    node.wait_for_outcome("lock_unavailable");
    assert_eq!(places(&cluster).len(), 2);
    node.signal(Signal::TERM);
    assert_eq!(node.exit_code(), Some(4), "{}", node.log_tail());
    let left: Vec<String> = places(&cluster).into_iter().map(|pair| pair.key).collect();
    assert_eq!(left, [key]);
    rival.release();
}

#[test]
fn an_armed_claim_outlives_its_daemon_and_the_next_one_goes_on_from_it() {
    let cluster = EtcdCluster::start(1);
    let mut node = node(&cluster).with_boots();
    let goes_down = json!([node.file("reboot.sh")]);
    node = node.with("reboot_command", json!(["true"]));
    node.need_reboot();
    node.start();
    node.wait_for("the command", |event| event.says("reboot_command", "state", "started"));
    node.signal(Signal::TERM);
    assert_eq!(node.exit_code(), Some(0), "{}", node.log_tail());
    let [claim] = &places(&cluster)[..] else { panic!("the claim is gone") };
    assert_eq!(claim.lease, None);
    assert_eq!((record(claim).phase, record(claim).attempts), (ClaimPhase::Armed, 1));

    node = node.with("reboot_command", goes_down);
    node.start();
    node.wait_for("the claim of the earlier life", |event| event.says("claim", "phase", "armed"));
    assert_eq!(node.exit_code(), None, "the node goes down: {}", node.log_tail());
    let [again] = &places(&cluster)[..] else { panic!("the claim is gone") };
    assert_eq!((&again.key, again.create_revision), (&claim.key, claim.create_revision));
    assert_eq!((record(again).phase, record(again).attempts), (ClaimPhase::Armed, 2));

    node.boot_anew();
    node.start();
    node.wait_for("the proof", |event| event.is("reboot_verified"));
    assert_eq!(claims_one_at_a_time(&cluster, node.journal()).len(), 1);
}

#[test]
fn a_node_that_is_not_proven_well_after_its_boot_keeps_its_claim() {
    let cluster = EtcdCluster::start(1);
    let mut node = node(&cluster).with_boots();
    node.need_reboot();
    node.start();
    assert_eq!(node.exit_code(), None, "the node goes down: {}", node.log_tail());

    node.answer_health(1);
    node.boot_anew();
    node.start();
    node.wait_for("the red script", |event| event.says("health_check", "phase", "post-reboot"));
    node.signal(Signal::TERM);
    node.exit_code().expect("an end in order");
    let [claim] = &places(&cluster)[..] else { panic!("the claim is gone") };
    assert_eq!((claim.lease, record(claim).phase), (None, ClaimPhase::Verifying));

    node.start();
    node.answer_health(0);
    node.wait_for("the proof", |event| event.is("reboot_verified"));
    assert_eq!(claims_one_at_a_time(&cluster, node.journal()).len(), 1);
}

#[test]
fn a_daemon_whose_etcd_hangs_ends_all_the_same() {
    let mut cluster = EtcdCluster::start(1);
    let rival = Rival::ask(&cluster, LOCK);
    rival.wait_until_held();
    let mut node = node(&cluster);
    node.need_reboot();
    node.start();
    node.wait_for_outcome("lock_unavailable");
    cluster.stop(0);
    node.signal(Signal::TERM);
    assert_eq!(node.exit_code(), Some(4), "{}", node.log_tail());
    node.wait_for("the last word", |event| event.is("stopped"));
}
