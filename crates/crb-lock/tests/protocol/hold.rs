//! The hold of one node: it holds everybody, until an operator who was shown it lifts it.

use crb_decide::{ClaimPhase, NodeName};
use crb_health::encode;
use crb_lock::{
    Acceptance, Arming, Commitment, HistoryRecord, HoldRecord, Holds, Operator, PlaceRecord, StorePoint,
};

use crate::support::{Fleet, now};

behaviours! {
    a_hold_of_any_node_refuses_every_commit_and_the_view_tells_of_it,
    a_hold_of_any_node_refuses_every_arm,
    a_hold_that_cannot_be_read_holds_too,
    accepting_lifts_all_holds_moves_the_guard_and_is_remembered,
    accepting_lifts_nothing_when_there_is_a_hold_that_was_not_shown,
    accepting_lifts_nothing_when_a_hold_has_changed,
    accepting_twice_is_accepting_once,
    there_are_more_holds_than_a_transaction_has_operations,
}

fn hold_of(node: &str) -> HoldRecord {
    HoldRecord {
        node: node.to_owned(),
        since: now(),
        reason: "it was wiped".to_owned(),
        remembered: Some(StorePoint { cluster_id: 1, revision: 9 }),
        found: Some(StorePoint { cluster_id: 2, revision: 3 }),
    }
}

async fn put_hold(fleet: &Fleet, node: &str) {
    fleet.put(format!("{}{node}", prefix(fleet)), encode(&hold_of(node))).await;
}

fn prefix(fleet: &Fleet) -> String {
    let crb_store::KeyRange::Prefix(prefix) = fleet.keys.holds() else { panic!("holds are a prefix") };
    prefix
}

async fn accepts(operator: &Operator, shown: &Holds) -> Acceptance {
    let at = NodeName::try_new("a").unwrap();
    operator.accept_store(shown, "restored from Monday", &at, now()).await.unwrap()
}

async fn a_hold_of_any_node_refuses_every_commit_and_the_view_tells_of_it(fleet: Fleet) {
    let node = fleet.member("a").await;
    let place = node.queued().await;
    let view = node.looks(&place).await;
    assert_eq!(view.facts.holds, []);
    put_hold(&fleet, "b").await;
    assert_eq!(node.commits(&place, &view).await, Commitment::Refused);
    let view = node.looks(&place).await;
    let hold = crb_decide::Hold { node: "b".to_owned(), reason: "it was wiped".to_owned() };
    assert_eq!(view.facts.holds, [hold]);
    assert_eq!(node.commits(&place, &view).await, Commitment::Refused);
}

async fn a_hold_of_any_node_refuses_every_arm(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    put_hold(&fleet, "b").await;
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Held));
    assert_eq!(fleet.record::<PlaceRecord>(&claim.key).await.phase, ClaimPhase::Committed);
    let (operator, _) = fleet.operator();
    let shown = operator.holds().await.unwrap();
    assert_eq!(accepts(&operator, &shown).await, Acceptance::Lifted);
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Armed));
}

async fn a_hold_that_cannot_be_read_holds_too(fleet: Fleet) {
    let node = fleet.member("a").await;
    fleet.put(format!("{}b", prefix(&fleet)), "").await;
    let view = node.view(None, now()).await.unwrap();
    assert_eq!(view.facts.holds[0].node, "b");
    let (operator, _) = fleet.operator();
    let shown = operator.holds().await.unwrap();
    assert_eq!(shown.holds, [("b".to_owned(), None)]);
    assert_eq!(accepts(&operator, &shown).await, Acceptance::Lifted);
}

async fn accepting_lifts_all_holds_moves_the_guard_and_is_remembered(fleet: Fleet) {
    let (operator, _) = fleet.operator();
    for node in ["a", "b"] {
        put_hold(&fleet, node).await;
    }
    let shown = operator.holds().await.unwrap();
    let expected = ["a", "b"].map(|node| (node.to_owned(), Some(hold_of(node))));
    assert_eq!(shown.holds, expected);
    assert_eq!(accepts(&operator, &shown).await, Acceptance::Lifted);
    assert_eq!(fleet.pairs(&fleet.keys.holds()).await, []);
    assert!(fleet.pair(&fleet.keys.guard()).await.is_some());
    let history = fleet.pairs(&fleet.keys.history_records()).await;
    let entry: HistoryRecord = serde_json::from_slice(&history[0].value).unwrap();
    assert_eq!((entry.outcome.as_str(), entry.by.as_str()), ("store_accepted", "alice"));
    assert_eq!(entry.reason, "restored from Monday");
}

async fn accepting_lifts_nothing_when_there_is_a_hold_that_was_not_shown(fleet: Fleet) {
    let (operator, _) = fleet.operator();
    put_hold(&fleet, "a").await;
    let shown = operator.holds().await.unwrap();
    put_hold(&fleet, "b").await;
    assert_eq!(accepts(&operator, &shown).await, Acceptance::Changed);
    assert_eq!(fleet.pairs(&fleet.keys.holds()).await.len(), 2);
    assert_eq!(fleet.pair(&fleet.keys.guard()).await, None);
}

async fn accepting_lifts_nothing_when_a_hold_has_changed(fleet: Fleet) {
    let (operator, _) = fleet.operator();
    put_hold(&fleet, "a").await;
    put_hold(&fleet, "b").await;
    let shown = operator.holds().await.unwrap();
    put_hold(&fleet, "b").await;
    assert_eq!(accepts(&operator, &shown).await, Acceptance::Changed);
    assert_eq!(fleet.pairs(&fleet.keys.holds()).await.len(), 2);
}

async fn accepting_twice_is_accepting_once(fleet: Fleet) {
    let (operator, _) = fleet.operator();
    put_hold(&fleet, "a").await;
    let shown = operator.holds().await.unwrap();
    assert_eq!(accepts(&operator, &shown).await, Acceptance::Lifted);
    let guard = fleet.pair(&fleet.keys.guard()).await;
    assert_eq!(accepts(&operator, &shown).await, Acceptance::Changed);
    let none = operator.holds().await.unwrap();
    assert_eq!(accepts(&operator, &none).await, Acceptance::Changed);
    assert_eq!(fleet.pair(&fleet.keys.guard()).await, guard);
}

async fn there_are_more_holds_than_a_transaction_has_operations(fleet: Fleet) {
    let (operator, _) = fleet.operator();
    for number in 0..300 {
        put_hold(&fleet, &format!("node-{number}")).await;
    }
    let shown = operator.holds().await.unwrap();
    assert_eq!(shown.holds.len(), 300);
    assert_eq!(accepts(&operator, &shown).await, Acceptance::Lifted);
    assert_eq!(fleet.pairs(&fleet.keys.holds()).await, []);
}
