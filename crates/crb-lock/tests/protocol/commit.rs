//! Commit: what it puts, and who may commit beside whom.

use std::time::Duration;

use crb_decide::ClaimPhase;
use crb_lock::{Commitment, GuardRecord, LockError, PlaceRecord};
use crb_store::{KeyRange, StoreError};
use jiff::SignedDuration;

use crate::support::{Fleet, Made as _, now};

behaviours! {
    a_commit_takes_the_lease_off_the_key_and_keeps_its_place,
    a_commit_says_that_the_node_is_about_to_reboot,
    a_commit_raises_the_guard,
    a_claim_outlives_the_lease_and_the_presence_of_its_node,
    a_node_that_is_not_present_does_not_commit,
    one_claim_excludes_another_at_one_slot,
    of_two_that_commit_on_the_same_view_only_one_does,
    of_two_that_commit_at_once_only_one_does,
}

async fn a_commit_takes_the_lease_off_the_key_and_keeps_its_place(fleet: Fleet) {
    let node = fleet.member("a").await;
    let place = node.queued().await;
    let view = node.looks(&place).await;
    let claim = node.commits(&place, &view).await.made();
    let pair = fleet.pair(&place.key).await.unwrap();
    assert_eq!(pair.lease, None);
    assert_eq!(pair.create_revision, place.created);
    assert_eq!((claim.key.as_str(), claim.modified), (pair.key.as_str(), pair.mod_revision));
    let expected = PlaceRecord {
        phase: ClaimPhase::Committed,
        since: Some(now()),
        deadline: Some(now() + SignedDuration::from_secs(1_800)),
        ..place.record.clone()
    };
    assert_eq!(claim.record, expected);
    assert_eq!(fleet.record::<PlaceRecord>(&place.key).await, expected);
}

async fn a_commit_says_that_the_node_is_about_to_reboot(fleet: Fleet) {
    let node = fleet.member("a").await;
    let claim = node.claims().await;
    let report = node.reported(&fleet).await;
    assert_eq!((report.healthy, report.stage.as_str()), (false, "rebooting"));
    let revision = fleet.pair(node.own_health().key()).await.unwrap().mod_revision;
    assert_eq!(revision, claim.modified, "in the same transaction");
}

async fn a_commit_raises_the_guard(fleet: Fleet) {
    for count in [1, 2] {
        let fleet = fleet.clone().with_slots(count);
        let claim = fleet.member(&format!("node-{count}")).await.claims().await;
        let guard = fleet.pair(&fleet.keys.guard()).await.unwrap();
        assert_eq!(guard.mod_revision, claim.modified, "in the same transaction");
        assert_eq!(fleet.record::<GuardRecord>(&guard.key).await.count, u64::from(count));
    }
}

async fn a_claim_outlives_the_lease_and_the_presence_of_its_node(fleet: Fleet) {
    let node = fleet
        .member_with("a", |_, terms| {
            terms.lock_ttl = Duration::from_secs(2);
            terms.presence_ttl = Duration::from_secs(2);
        })
        .await;
    let place = node.queued().await;
    let view = node.looks(&place).await;
    let claim = node.commits(&place, &view).await.made();
    fleet.gone(&node.alive_key()).await;
    fleet.store.revoke(place.lease.id()).await.unwrap();
    let lost = fleet.store.keep_alive(place.lease.id()).await;
    assert_eq!(lost, Err(StoreError::LeaseNotFound(place.lease.id())));
    assert!(fleet.pair(&claim.key).await.is_some());
}

async fn a_node_that_is_not_present_does_not_commit(fleet: Fleet) {
    let node = fleet.node("a");
    let place = node.queued().await;
    let view = node.looks(&place).await;
    let refused = node.commit(&place, &view, now()).await.unwrap_err();
    assert!(matches!(refused, LockError::NotPresent { .. }), "{refused}");
    assert_eq!(fleet.pair(&fleet.keys.guard()).await, None);
}

async fn one_claim_excludes_another_at_one_slot(fleet: Fleet) {
    let (first, second) = (fleet.member("a").await, fleet.member("b").await);
    first.claims().await;
    let place = second.queued().await;
    let facts = second.looks(&place).await.facts;
    assert_eq!((facts.out.len(), facts.slots), (1, 1));
    assert_eq!(facts.place.unwrap().position, 1);
}

async fn of_two_that_commit_on_the_same_view_only_one_does(fleet: Fleet) {
    let fleet = fleet.with_slots(2);
    let (first, second) = (fleet.member("a").await, fleet.member("b").await);
    let (ahead, behind) = (first.queued().await, second.queued().await);
    let (one, other) = (first.looks(&ahead).await, second.looks(&behind).await);
    second.commits(&behind, &other).await.made();
    assert_eq!(first.commits(&ahead, &one).await, Commitment::Refused);
    assert_eq!(fleet.pair(&ahead.key).await.unwrap().lease, Some(ahead.lease.id()));
    let fresh = first.looks(&ahead).await;
    assert_eq!(fresh.facts.out, [second.identity().node.clone()]);
    first.commits(&ahead, &fresh).await.made();
}

async fn of_two_that_commit_at_once_only_one_does(fleet: Fleet) {
    let fleet = fleet.with_slots(2);
    let (first, second) = (fleet.member("a").await, fleet.member("b").await);
    let (ahead, behind) = (first.queued().await, second.queued().await);
    let (one, other) = (first.looks(&ahead).await, second.looks(&behind).await);
    let (one, other) = tokio::join!(first.commits(&ahead, &one), second.commits(&behind, &other));
    assert_ne!(one == Commitment::Refused, other == Commitment::Refused);
    let keys = fleet.store.page(&KeyRange::prefix(fleet.keys.lock()), None, 0, None).await.unwrap().items;
    assert_eq!(keys.iter().filter(|pair| pair.lease.is_none()).count(), 1);
}
