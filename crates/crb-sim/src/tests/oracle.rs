//! A proof that cannot fail proves nothing: with a set-up that is broken on purpose the oracle must object.

use crb_decide::NodeName;
use crb_store::{Op, Store, Txn};

use super::*;
use crate::Violation;

/// Peers that are unhealthy or silent are put up with, so that nothing but the lock protects.
fn tolerant(nodes: usize) -> FleetSpec {
    let mut spec = FleetSpec::new(nodes);
    spec.plan.policy.max_unhealthy = 10;
    spec
}

fn names(names: &[&str]) -> Vec<NodeName> {
    names.iter().map(|name| NodeName::try_new(name).unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn sees_a_second_machine_go_down_after_a_foreign_hand_took_the_claim_of_the_first() {
    let lab = Lab::new(tolerant(3));
    let script = async {
        lab.machine(0).down().await;
        let delete = Op::Delete { range: lab.keys.queue() };
        lab.store.txn(Txn::default().then([delete])).await.unwrap();
        pass(minutes(60)).await;
    };
    let violation = lab.run(script).await.unwrap_err();
    let SimError::Violated(Violation::TooManyAway { slots: 1, nodes }) = violation else {
        panic!("{violation:?}");
    };
    assert_eq!(nodes.len(), 2);
    assert!(nodes.contains(lab.machine(0).name()));
}

#[tokio::test(start_paused = true)]
async fn sees_a_second_key_without_a_lease() {
    let lab = Lab::new(tolerant(3));
    let script = async {
        lab.machine(0).down().await;
        let put = Op::put(format!("{}/foreign", lab.keys.lock()), "no record");
        lab.store.txn(Txn::default().then([put])).await.unwrap();
        pass(minutes(60)).await;
    };
    let violation = lab.run(script).await.unwrap_err();
    let SimError::Violated(Violation::TooManyClaims { slots: 1, claims, .. }) = violation else {
        panic!("{violation:?}");
    };
    assert_eq!(claims.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn sees_a_queue_that_was_broken_before_it_came() {
    let lab = Lab::new(tolerant(1));
    let key = |leaf| Op::put(format!("{}/{leaf}", lab.keys.lock()), "no record");
    lab.store.txn(Txn::default().then([key("a"), key("b")])).await.unwrap();
    let violation = lab.run(std::future::pending()).await.unwrap_err();
    assert!(matches!(violation, SimError::Violated(Violation::TooManyClaims { .. })), "{violation:?}");
}

#[tokio::test(start_paused = true)]
async fn sees_a_machine_go_down_by_its_command_without_a_claim() {
    let lab = Lab::new(tolerant(3));
    let script = async {
        pass(Duration::from_secs(1)).await;
        lab.machine(2).end_power(Duration::ZERO, Cause::Command);
        pass(minutes(60)).await;
    };
    let expected = Violation::Uncovered { node: names(&["node-3"]).remove(0) };
    assert_eq!(lab.run(script).await, Err(expected.into()));
}

#[tokio::test(start_paused = true)]
async fn minds_no_machine_that_fails_by_itself() {
    let lab = Lab::new(tolerant(3));
    let script = async {
        lab.machine(0).down().await;
        lab.machine(1).cut_power();
        lab.machine(2).cut_power();
    };
    let summary = lab.finish(script).await;
    assert_eq!((summary.most_out_at_once, summary.most_down_at_once), (1, 1));
}
