//! Claims that are found, marked, and gone on with.

use crb_decide::{BootId, ClaimPhase, MachineId, NodeName, Resume};
use crb_health::{Published, Statement, encode};
use crb_lock::{LockError, PlaceRecord};

use crate::support::{Fate, Fleet, Node, now, well};

behaviours! {
    a_node_finds_its_claim_under_any_lease_id,
    a_node_finds_neither_waiters_nor_claims_of_others,
    a_claim_under_a_name_written_otherwise_is_found_all_the_same,
    a_claim_is_not_overlooked_for_a_member_that_lags_behind,
    another_machine_under_the_same_name_takes_no_claim_for_its_own,
    a_claim_is_gone_on_with_by_its_phase_and_boot,
    marking_puts_the_phase_and_what_the_node_says,
    marking_is_made_again_over_an_unanswered_step,
    marking_tells_that_the_claim_is_gone,
    while_a_claim_is_marked_no_heartbeat_speaks_for_the_node,
}

fn rebooted(fleet: &Fleet) -> Node {
    fleet.node_with("a", |identity, _| identity.boot_id = BootId("second boot".to_owned()))
}

async fn a_node_finds_its_claim_under_any_lease_id(fleet: Fleet) {
    let claim = fleet.member("a").await.claims().await;
    assert_eq!(rebooted(&fleet).find_claims().await, Ok(vec![claim.clone()]));
    let moved = format!("{}/0", fleet.keys.lock());
    let value = fleet.pair(&claim.key).await.unwrap().value;
    fleet.delete(&claim.key).await;
    fleet.put(&moved, value).await;
    let found = rebooted(&fleet).find_claims().await.unwrap();
    assert_eq!(found.iter().map(|claim| claim.key.as_str()).collect::<Vec<_>>(), [moved]);
}

async fn a_node_finds_neither_waiters_nor_claims_of_others(fleet: Fleet) {
    let fleet = fleet.with_slots(2);
    fleet.member("b").await.claims().await;
    fleet.member("a").await.queued().await;
    fleet.put(format!("{}/stranger", fleet.keys.lock()), "").await;
    assert_eq!(rebooted(&fleet).find_claims().await, Ok(vec![]));
}

async fn a_claim_under_a_name_written_otherwise_is_found_all_the_same(fleet: Fleet) {
    let node = fleet.member("a").await;
    let claim = node.claims().await;
    let record = PlaceRecord { node: " a ".to_owned(), ..claim.record };
    fleet.put(&claim.key, encode(&record)).await;
    assert_eq!(node.find_claims().await.unwrap()[0].record, record);
    let place = node.queued().await;
    let view = node.view(Some(&place), now()).await;
    assert_eq!(view, Err(LockError::LateCommit), "else it would be nobody's claim, and count for nothing");
}

/// A node that takes such an answer for true forgets that it is out, waits in the queue behind those who wait for
/// its claim, and none of them ever goes.
async fn a_claim_is_not_overlooked_for_a_member_that_lags_behind(fleet: Fleet) {
    let claim = fleet.member("a").await.claims().await;
    let node = rebooted(&fleet);
    node.join(false).await.unwrap();
    node.line.lag(true);
    let found = node.find_claims().await;
    assert!(found.is_err(), "{found:?}");
    node.line.lag(false);
    assert_eq!(node.find_claims().await, Ok(vec![claim]));
}

async fn another_machine_under_the_same_name_takes_no_claim_for_its_own(fleet: Fleet) {
    let node = fleet.member("a").await;
    node.claims().await;
    // While the machine boots its presence ends, and nothing keeps a clone of it from joining.
    fleet.store.revoke(node.presence().unwrap().lease.id()).await.unwrap();
    let clone =
        fleet.member_with("a", |identity, _| identity.machine_id = MachineId("clone".to_owned())).await;
    assert_eq!(clone.find_claims().await, Ok(vec![]));
    let place = clone.queued().await;
    let facts = clone.looks(&place).await.facts;
    assert_eq!(facts.out, [NodeName::try_new("a").unwrap()]);
    assert_eq!(facts.place.unwrap().position, 1);
}

async fn a_claim_is_gone_on_with_by_its_phase_and_boot(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    let back = rebooted(&fleet);
    assert_eq!((node.resume(&claim), back.resume(&claim)), (Resume::Abort, Resume::Verify));
    claim.record.phase = ClaimPhase::Armed;
    assert_eq!((node.resume(&claim), back.resume(&claim)), (Resume::ArmAgain, Resume::Verify));
    claim.record.boot_id = None;
    assert_eq!(back.resume(&claim), Resume::ArmAgain, "a boot that is not known may be this one");
}

async fn marking_puts_the_phase_and_what_the_node_says(fleet: Fleet) {
    fleet.member("a").await.claims().await;
    let back = rebooted(&fleet);
    back.join(false).await.unwrap();
    let mut claim = back.find_claims().await.unwrap().remove(0);
    let unproven = Statement::unhealthy("post-reboot", "not proven yet");
    back.mark(&mut claim, ClaimPhase::Verifying, &unproven, now()).await.unwrap();
    let pair = fleet.pair(&claim.key).await.unwrap();
    assert_eq!((pair.lease, pair.mod_revision), (None, claim.modified));
    let record: PlaceRecord = fleet.record(&claim.key).await;
    assert_eq!(record, claim.record);
    assert_eq!(record.phase, ClaimPhase::Verifying);
    assert_eq!(record.boot_id, Some(BootId("first boot".to_owned())), "the boot from before stays in it");
    let report = back.reported(&fleet).await;
    assert_eq!((report.healthy, report.reason.as_str()), (false, "not proven yet"));
    assert_eq!(report.boot_id, Some(BootId("second boot".to_owned())));
}

async fn marking_is_made_again_over_an_unanswered_step(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    let stuck = Statement::unhealthy("stuck", "still up");
    node.line.expect([Fate::AnswerLost, Fate::AnswerLost]);
    let _again = node.arm(&mut claim).await.unwrap();
    assert!(node.mark(&mut claim, ClaimPhase::Stuck, &stuck, now()).await.is_err());
    node.mark(&mut claim, ClaimPhase::Stuck, &stuck, now()).await.unwrap();
    let record: PlaceRecord = fleet.record(&claim.key).await;
    assert_eq!((record.phase, record.attempts), (ClaimPhase::Stuck, 1));
    assert_eq!(record, claim.record);
}

async fn marking_tells_that_the_claim_is_gone(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    fleet.delete(&claim.key).await;
    let marked = node.mark(&mut claim, ClaimPhase::Stuck, &well(), now()).await;
    assert_eq!(marked, Err(LockError::PlaceGone));
    assert_eq!(fleet.pair(&claim.key).await, None);
    assert_eq!(node.refresh(&mut claim).await, Err(LockError::PlaceGone));
}

async fn while_a_claim_is_marked_no_heartbeat_speaks_for_the_node(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    assert_eq!(node.own_health().publish(&well(), now()).await, Ok(Published::Held));
    let stuck = Statement::unhealthy("stuck", "still up");
    node.mark(&mut claim, ClaimPhase::Stuck, &stuck, now()).await.unwrap();
    assert_eq!(node.own_health().publish(&well(), now()).await, Ok(Published::Held));
    assert_eq!(node.reported(&fleet).await.stage, "stuck");
}
