//! Arm: what it proves right before the command.

use std::time::Duration;

use crb_decide::{BootId, ClaimPhase, Resume};
use crb_health::encode;
use crb_lock::{Arming, LockError, PlaceRecord};

use crate::support::{Fate, Fleet};

behaviours! {
    arming_puts_the_phase_and_counts_the_attempts,
    arming_puts_the_boot_that_is_about_to_end,
    arming_is_refused_while_the_fleet_is_paused,
    arming_is_refused_when_an_operator_took_the_claim,
    arming_is_refused_when_another_process_of_the_node_has_joined,
    a_node_that_is_not_present_does_not_arm,
    after_a_new_join_the_node_arms,
    an_arm_that_was_lost_is_made_again,
    an_arm_whose_answer_was_lost_is_made_again,
    an_arm_that_comes_late_does_not_undo_a_later_one,
}

async fn arming_puts_the_phase_and_counts_the_attempts(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    for attempts in 1..=3 {
        assert_eq!(node.arm(&mut claim).await, Ok(Arming::Armed));
        let pair = fleet.pair(&claim.key).await.unwrap();
        assert_eq!((pair.lease, pair.mod_revision), (None, claim.modified));
        let record: PlaceRecord = fleet.record(&claim.key).await;
        assert_eq!((record.phase, record.attempts), (ClaimPhase::Armed, attempts));
        assert_eq!(record, claim.record);
    }
}

async fn arming_puts_the_boot_that_is_about_to_end(fleet: Fleet) {
    let node = fleet.member("a").await;
    let made = node.claims().await;
    let unknown = PlaceRecord { boot_id: None, phase: ClaimPhase::Armed, ..made.record };
    fleet.put(&made.key, encode(&unknown)).await;
    let mut claim = node.find_claims().await.unwrap().remove(0);
    assert_eq!(node.resume(&claim), Resume::ArmAgain);
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Armed));
    let next_boot = BootId("second boot".to_owned());
    let back = fleet.node_with("a", |identity, _| identity.boot_id = next_boot);
    assert_eq!(back.resume(&claim), Resume::Verify, "or every boot would be ended by the next arm");
}

async fn arming_is_refused_while_the_fleet_is_paused(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    fleet.put(fleet.keys.pause(), "").await;
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Paused));
    assert_eq!(fleet.record::<PlaceRecord>(&claim.key).await.phase, ClaimPhase::Committed);
    fleet.delete(fleet.keys.pause()).await;
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Armed));
}

async fn arming_is_refused_when_an_operator_took_the_claim(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    fleet.delete(&claim.key).await;
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Gone));
    assert_eq!(fleet.pair(&claim.key).await, None);
}

async fn arming_is_refused_when_another_process_of_the_node_has_joined(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    fleet.node("a").join(false).await.unwrap();
    let refused = node.arm(&mut claim).await.unwrap_err();
    assert!(matches!(refused, LockError::NotPresent { .. }), "{refused}");
    assert!(node.is_absent());
}

async fn a_node_that_is_not_present_does_not_arm(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    fleet.store.revoke(node.presence().unwrap().lease.id()).await.unwrap();
    let mut stranger = fleet.node("a");
    for node in [&mut stranger, &mut { node }] {
        let refused = node.arm(&mut claim).await.unwrap_err();
        assert!(matches!(refused, LockError::NotPresent { .. }), "{refused}");
    }
    assert_eq!(fleet.record::<PlaceRecord>(&claim.key).await.phase, ClaimPhase::Committed);
}

async fn after_a_new_join_the_node_arms(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    fleet.store.revoke(node.presence().unwrap().lease.id()).await.unwrap();
    node.join(false).await.unwrap();
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Armed));
}

async fn an_arm_that_was_lost_is_made_again(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    node.line.expect([Fate::Dropped]);
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Again));
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Armed));
    assert_eq!(claim.record.attempts, 1);
}

async fn an_arm_whose_answer_was_lost_is_made_again(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    node.line.expect([Fate::AnswerLost]);
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Again));
    assert_eq!(
        node.arm(&mut claim).await,
        Ok(Arming::Again),
        "the claim has changed, by whom must be seen first"
    );
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Armed));
    assert_eq!(claim.record.attempts, 2, "each of them may have been followed by a run");
}

async fn an_arm_that_comes_late_does_not_undo_a_later_one(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    node.line.expect([Fate::Late]);
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Again));
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Armed));
    assert!(!node.line.deliver().await);
    assert_eq!(fleet.pair(&claim.key).await.unwrap().mod_revision, claim.modified);
}

#[tokio::test(start_paused = true)]
async fn an_answer_after_more_than_two_seconds_does_not_allow_the_command() {
    let fleet = Fleet::in_memory();
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    for (milliseconds, expected) in [(2_001, Arming::Again), (2_000, Arming::Armed)] {
        node.line.expect([Fate::Slow(Duration::from_millis(milliseconds))]);
        assert_eq!(node.arm(&mut claim).await, Ok(expected), "after {milliseconds} ms");
    }
}
