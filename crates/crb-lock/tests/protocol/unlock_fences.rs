//! Every fence of the unlock, each broken alone.

use std::time::Duration;

use crb_decide::NodeName;
use crb_health::Statement;
use crb_lock::{Arming, Claim, Ending, Finish, GuardRecord, OperatorError, ShownClaim};
use crb_store::Op;

use crate::support::{Fate, Fleet, Node, now, well};

behaviours! {
    refuses_when_the_claim_went_on_since_it_was_shown,
    refuses_when_the_claim_ended_since_it_was_shown,
    refuses_when_the_node_is_present_that_was_not,
    refuses_when_the_node_is_gone_that_was_present,
    one_that_comes_late_does_not_end_a_claim_that_went_on,
    one_that_comes_late_does_not_end_the_claim_of_a_node_that_came_back,
    one_that_comes_late_does_not_undo_what_was_reported_since,
    one_that_comes_late_does_not_forget_who_went_out_since,
    one_that_comes_late_does_not_touch_a_key_that_a_stranger_leased,
    one_whose_answer_was_lost_is_found_done,
    an_unlock_and_the_end_of_another_claim_at_once_are_both_made,
}

async fn out(fleet: &Fleet) -> (Node, Claim, ShownClaim) {
    let node = fleet.member("a").await;
    let claim = node.claims().await;
    let shown = fleet.operator().0.claim_of(&name("a")).await.unwrap().expect("a claim");
    (node, claim, shown)
}

fn name(text: &str) -> NodeName {
    NodeName::try_new(text).unwrap()
}

fn changed() -> Result<(), OperatorError> {
    Err(OperatorError::ClaimChanged { node: name("a") })
}

async fn unlock(fleet: &Fleet, shown: &ShownClaim) -> Result<(), OperatorError> {
    fleet.operator().0.unlock(shown, "", false, now()).await
}

/// Lets an unlock of `shown` be on its way while `meanwhile` happens, and says whether it was applied.
async fn late(fleet: &Fleet, shown: &ShownClaim, meanwhile: impl Future<Output = ()>) -> bool {
    let (alice, line) = fleet.operator();
    line.expect([Fate::Late]);
    assert!(alice.unlock(shown, "", false, now()).await.is_err());
    meanwhile.await;
    line.deliver().await
}

async fn refuses_when_the_claim_went_on_since_it_was_shown(fleet: Fleet) {
    let (node, mut claim, shown) = out(&fleet).await;
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Armed));
    assert_eq!(unlock(&fleet, &shown).await, changed());
    assert!(fleet.pair(&claim.key).await.is_some());
}

async fn refuses_when_the_claim_ended_since_it_was_shown(fleet: Fleet) {
    let (node, claim, shown) = out(&fleet).await;
    node.finish(&claim, Ending::Aborted, "", &well(), now()).await.unwrap();
    let gone = OperatorError::ClaimGone { node: name("a") };
    assert_eq!(unlock(&fleet, &shown).await, Err(gone));
    assert!(node.reported(&fleet).await.healthy);
}

async fn refuses_when_the_node_is_present_that_was_not(fleet: Fleet) {
    let (node, claim, _) = out(&fleet).await;
    fleet.delete(node.alive_key()).await;
    let shown = fleet.operator().0.claim_of(&name("a")).await.unwrap().expect("a claim");
    node.join(false).await.unwrap();
    assert_eq!(unlock(&fleet, &shown).await, changed());
    assert!(fleet.pair(&claim.key).await.is_some());
}

async fn refuses_when_the_node_is_gone_that_was_present(fleet: Fleet) {
    let (node, claim, shown) = out(&fleet).await;
    fleet.delete(node.alive_key()).await;
    assert_eq!(unlock(&fleet, &shown).await, changed());
    assert!(fleet.pair(&claim.key).await.is_some());
}

async fn one_that_comes_late_does_not_end_a_claim_that_went_on(fleet: Fleet) {
    let (node, mut claim, shown) = out(&fleet).await;
    let meanwhile = async { assert_eq!(node.arm(&mut claim).await, Ok(Arming::Armed)) };
    assert!(!late(&fleet, &shown, meanwhile).await);
    assert_eq!(node.find_claims().await, Ok(vec![claim]));
}

async fn one_that_comes_late_does_not_end_the_claim_of_a_node_that_came_back(fleet: Fleet) {
    let (node, claim, _) = out(&fleet).await;
    fleet.delete(node.alive_key()).await;
    let shown = fleet.operator().0.claim_of(&name("a")).await.unwrap().expect("a claim");
    let meanwhile = async { assert!(node.join(false).await.is_ok()) };
    assert!(!late(&fleet, &shown, meanwhile).await);
    assert_eq!(node.find_claims().await, Ok(vec![claim]));
}

async fn one_that_comes_late_does_not_undo_what_was_reported_since(fleet: Fleet) {
    let (node, claim, shown) = out(&fleet).await;
    let sick = Statement::unhealthy("stuck", "disk full");
    let meanwhile = async { assert!(node.own_health().insist(&sick, now()).await.is_ok()) };
    assert!(!late(&fleet, &shown, meanwhile).await);
    assert_eq!(node.reported(&fleet).await.reason, "disk full");
    assert!(fleet.pair(&claim.key).await.is_some());
}

async fn one_that_comes_late_does_not_forget_who_went_out_since(fleet: Fleet) {
    let fleet = fleet.with_slots(2);
    let (_, _, shown) = out(&fleet).await;
    let second = fleet.member("b").await;
    let meanwhile = async { assert_eq!(second.claims().await.record.attempts, 0) };
    assert!(!late(&fleet, &shown, meanwhile).await);
    assert_eq!(unlock(&fleet, &shown).await, Ok(()));
    let guard: GuardRecord = fleet.record(&fleet.keys.guard()).await;
    let names: Vec<&str> = guard.out.iter().map(|out| out.node.as_str()).collect();
    assert_eq!((guard.count, names), (3, vec!["b"]));
}

async fn one_that_comes_late_does_not_touch_a_key_that_a_stranger_leased(fleet: Fleet) {
    let (_, claim, shown) = out(&fleet).await;
    let lease = fleet.store.grant(Duration::from_secs(600)).await.unwrap();
    let put = Op::put_leased(&claim.key, "mine", lease);
    let meanwhile = async { assert!(fleet.write([put]).await > claim.modified) };
    assert!(!late(&fleet, &shown, meanwhile).await);
    assert!(fleet.pair(&claim.key).await.is_some());
}

async fn one_whose_answer_was_lost_is_found_done(fleet: Fleet) {
    let (_, _, shown) = out(&fleet).await;
    let (alice, line) = fleet.operator();
    line.expect([Fate::AnswerLost]);
    let lost = alice.unlock(&shown, "", false, now()).await.unwrap_err();
    assert!(matches!(lost, OperatorError::Store(_)), "{lost}");
    let gone = OperatorError::ClaimGone { node: name("a") };
    assert_eq!(alice.unlock(&shown, "", false, now()).await, Err(gone));
    assert_eq!(fleet.pairs(&fleet.keys.history_records()).await.len(), 1);
}

async fn an_unlock_and_the_end_of_another_claim_at_once_are_both_made(fleet: Fleet) {
    let fleet = fleet.with_slots(2);
    let (_, _, shown) = out(&fleet).await;
    let second = fleet.member("b").await;
    let claim = second.claims().await;
    let (statement, time) = (well(), now());
    let end = second.finish(&claim, Ending::Released, "", &statement, time);
    let (unlocked, finished) = tokio::join!(unlock(&fleet, &shown), end);
    assert_eq!((unlocked, finished), (Ok(()), Ok(Finish::Done)));
    let expected = GuardRecord { count: 4, out: vec![] };
    assert_eq!(fleet.record::<GuardRecord>(&fleet.keys.guard()).await, expected);
}
