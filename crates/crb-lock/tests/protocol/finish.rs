//! Release and abort: what ends with a claim, what begins, and that each may be said twice.

use std::time::Duration;

use crb_decide::BootId;
use crb_health::{Published, Statement};
use crb_lock::{Arming, CooldownRecord, Ending, Finish, HistoryRecord, LockError, Terms};
use jiff::Timestamp;

use crate::support::{Fate, Fleet, Node, now, well};

behaviours! {
    a_release_frees_the_slot_and_says_so,
    a_release_begins_the_cooldown,
    an_abort_begins_no_cooldown,
    aborts_in_a_row_for_one_reason_share_an_entry,
    a_shared_entry_is_kept_as_long_as_is_configured_now,
    without_history_none_is_written,
    a_finish_that_was_lost_is_made_again,
    a_finish_whose_answer_was_lost_is_found_done,
    a_finish_that_comes_late_changes_nothing,
    a_finish_that_comes_late_does_not_end_a_claim_that_went_on,
    a_finish_that_comes_late_does_not_undo_what_was_reported_since,
    a_claim_that_an_operator_took_is_gone_already,
    a_finish_ends_what_an_unanswered_arm_has_changed,
    a_finish_ends_nothing_that_another_process_has_taken_up,
    a_finish_needs_no_presence_while_the_claim_is_as_it_was_seen,
    a_finish_of_what_is_gone_asks_for_no_lease,
    a_finish_does_not_end_the_claim_of_another_node,
    after_a_finish_the_node_publishes_its_health_again,
    the_next_in_the_queue_commits_after_a_release,
}

const DAY: Duration = Duration::from_secs(86_400);

async fn with_records(fleet: &Fleet, name: &str) -> Node {
    fleet
        .member_with(name, |_, terms| {
            terms.history_keep = Some(DAY);
            terms.cooldown = Duration::from_secs(300);
        })
        .await
}

async fn finish(node: &Node, claim: &crb_lock::Claim, ending: Ending) -> Finish {
    node.finish(claim, ending, "all is well", &well(), now()).await.unwrap()
}

async fn abort_at(node: &Node, claim: &crb_lock::Claim, time: Timestamp) -> Finish {
    node.finish(claim, Ending::Aborted, "drain failed", &well(), time).await.unwrap()
}

async fn a_release_frees_the_slot_and_says_so(fleet: Fleet) {
    with_records(&fleet, "a").await.claims().await;
    let node = fleet
        .member_with("a", |identity, terms| {
            identity.boot_id = BootId("second boot".to_owned());
            terms.history_keep = Some(DAY);
        })
        .await;
    let claim = node.find_claims().await.unwrap().remove(0);
    let guard = fleet.pair(&fleet.keys.guard()).await.unwrap();
    assert_eq!(finish(&node, &claim, Ending::Released).await, Finish::Done);

    assert_eq!(fleet.pairs(&fleet.keys.queue()).await, []);
    let raised = fleet.pair(&fleet.keys.guard()).await.unwrap();
    assert!(raised.mod_revision > guard.mod_revision);
    assert!(node.reported(&fleet).await.healthy);
    let health = fleet.pair(node.own_health().key()).await.unwrap();
    assert_eq!(health.mod_revision, raised.mod_revision, "in the same transaction");
    let key = fleet.keys.history(now(), &node.identity().node);
    let expected = HistoryRecord {
        node: "a".to_owned(),
        outcome: "released".to_owned(),
        reason: "all is well".to_owned(),
        by: "a".to_owned(),
        committed_at: Some(now()),
        ended_at: now(),
        attempts: 0,
        boot_before: Some(BootId("first boot".to_owned())),
        boot_after: Some(BootId("second boot".to_owned())),
    };
    assert_eq!(fleet.record::<HistoryRecord>(&key).await, expected);
    assert_eq!(fleet.lives_for(&key).await, DAY);
}

async fn a_release_begins_the_cooldown(fleet: Fleet) {
    let node = with_records(&fleet, "a").await;
    let claim = node.claims().await;
    assert_eq!(finish(&node, &claim, Ending::Released).await, Finish::Done);
    let expected = CooldownRecord { node: "a".to_owned(), started_at: now(), duration_sec: 300 };
    assert_eq!(fleet.record::<CooldownRecord>(&fleet.keys.cooldown()).await, expected);
    assert_eq!(fleet.lives_for(&fleet.keys.cooldown()).await, Duration::from_secs(300));
}

async fn an_abort_begins_no_cooldown(fleet: Fleet) {
    let node = with_records(&fleet, "a").await;
    let claim = node.claims().await;
    assert_eq!(finish(&node, &claim, Ending::Aborted).await, Finish::Done);
    assert_eq!(fleet.pair(&fleet.keys.cooldown()).await, None);
    assert_eq!(fleet.pairs(&fleet.keys.queue()).await, []);
    let key = fleet.keys.history(now(), &node.identity().node);
    assert_eq!(fleet.record::<HistoryRecord>(&key).await.outcome, "aborted");
}

async fn aborts_in_a_row_for_one_reason_share_an_entry(fleet: Fleet) {
    let node = with_records(&fleet, "a").await;
    let at = |minute| now() + jiff::SignedDuration::from_mins(minute);
    for (minute, reason) in [(0, "drain failed"), (1, "drain failed"), (2, "drain failed"), (3, "stopped")] {
        let claim = node.claims().await;
        assert_eq!(node.finish(&claim, Ending::Aborted, reason, &well(), at(minute)).await, Ok(Finish::Done));
    }
    let keys = [2, 3].map(|minute| fleet.keys.history(at(minute), &node.identity().node));
    let entries = fleet.pairs(&fleet.keys.history_records()).await;
    assert_eq!(entries.iter().map(|pair| &pair.key).collect::<Vec<_>>(), keys.iter().collect::<Vec<_>>());
    let shared: HistoryRecord = fleet.record(&keys[0]).await;
    assert_eq!(shared.reason, "drain failed (3 times since 2026-11-22T12:00:00Z)");
    assert_eq!(shared.ended_at, at(2));
    assert_eq!(fleet.record::<HistoryRecord>(&keys[1]).await.reason, "stopped");
    assert_eq!(fleet.lives_for(&keys[0]).await, DAY);
    assert_ne!(entries[0].lease, entries[1].lease, "each ends in its own time");

    let lease = entries[1].lease.unwrap();
    fleet.store.revoke(lease).await.unwrap();
    let claim = node.claims().await;
    assert_eq!(node.finish(&claim, Ending::Aborted, "stopped", &well(), at(4)).await, Ok(Finish::Done));
    let key = fleet.keys.history(at(4), &node.identity().node);
    assert_eq!(
        fleet.record::<HistoryRecord>(&key).await.reason,
        "stopped (2 times since 2026-11-22T12:03:00Z)"
    );
    assert_eq!(fleet.lives_for(&key).await, DAY, "by a lease of its own, for the first has ended");

    let claim = node.claims().await;
    assert_eq!(node.finish(&claim, Ending::Released, "stopped", &well(), at(5)).await, Ok(Finish::Done));
    assert_eq!(fleet.pairs(&fleet.keys.history_records()).await.len(), 3, "a release shares with nobody");
}

async fn a_shared_entry_is_kept_as_long_as_is_configured_now(fleet: Fleet) {
    let node = with_records(&fleet, "a").await;
    for (minute, days) in [(0, 1), (1, 3), (2, 2), (3, 2)] {
        let at = now() + jiff::SignedDuration::from_mins(minute);
        node.set_terms(Terms { history_keep: Some(DAY * days), ..(*node.terms()).clone() });
        let before = node.line.granted();
        let claim = node.claims().await;
        assert_eq!(abort_at(&node, &claim, at).await, Finish::Done);

        let entries = fleet.pairs(&fleet.keys.history_records()).await;
        assert_eq!(entries.len(), 1, "they share it still");
        assert_eq!(fleet.lives_for(&entries[0].key).await, DAY * days);
        let (for_the_place, for_the_entry) = (1, usize::from(minute < 3));
        assert_eq!(
            node.line.granted() - before,
            for_the_place + for_the_entry,
            "the last lease serves again"
        );
    }
}

async fn without_history_none_is_written(fleet: Fleet) {
    let node = fleet.member("a").await;
    let claim = node.claims().await;
    assert_eq!(finish(&node, &claim, Ending::Released).await, Finish::Done);
    assert_eq!(fleet.pairs(&fleet.keys.history_records()).await, []);
    assert_eq!(fleet.pair(&fleet.keys.cooldown()).await, None);
}

async fn a_finish_that_was_lost_is_made_again(fleet: Fleet) {
    let node = with_records(&fleet, "a").await;
    let claim = node.claims().await;
    node.line.expect([Fate::Dropped]);
    assert!(node.finish(&claim, Ending::Released, "", &well(), now()).await.is_err());
    assert!(fleet.pair(&claim.key).await.is_some());
    assert_eq!(finish(&node, &claim, Ending::Released).await, Finish::Done);
}

async fn a_finish_whose_answer_was_lost_is_found_done(fleet: Fleet) {
    let node = with_records(&fleet, "a").await;
    let claim = node.claims().await;
    node.line.expect([Fate::AnswerLost]);
    assert!(node.finish(&claim, Ending::Released, "", &well(), now()).await.is_err());
    let guard = fleet.pair(&fleet.keys.guard()).await;
    assert_eq!(finish(&node, &claim, Ending::Released).await, Finish::AlreadyGone);
    assert_eq!(fleet.pair(&fleet.keys.guard()).await, guard);
    assert_eq!(fleet.pairs(&fleet.keys.history_records()).await.len(), 1);
}

async fn a_finish_that_comes_late_changes_nothing(fleet: Fleet) {
    let node = with_records(&fleet, "a").await;
    let claim = node.claims().await;
    node.line.expect([Fate::Late]);
    assert!(node.finish(&claim, Ending::Aborted, "", &well(), now()).await.is_err());
    assert_eq!(finish(&node, &claim, Ending::Aborted).await, Finish::Done);
    let sick = Statement::unhealthy("heartbeat", "exit 1");
    node.own_health().publish(&sick, now()).await.unwrap();
    let again = node.claims().await;
    assert!(!node.line.deliver().await);
    assert!(!node.reported(&fleet).await.healthy);
    assert!(fleet.pair(&again.key).await.is_some());
}

async fn a_finish_that_comes_late_does_not_end_a_claim_that_went_on(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    node.line.expect([Fate::Late]);
    assert!(node.finish(&claim, Ending::Aborted, "", &well(), now()).await.is_err());
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Armed));
    assert!(!node.line.deliver().await);
    assert_eq!(node.find_claims().await, Ok(vec![claim]));
}

async fn a_finish_that_comes_late_does_not_undo_what_was_reported_since(fleet: Fleet) {
    let node = fleet.member("a").await;
    let claim = node.claims().await;
    node.line.expect([Fate::Late]);
    assert!(node.finish(&claim, Ending::Released, "", &well(), now()).await.is_err());
    let sick = Statement::unhealthy("stuck", "disk full");
    node.own_health().insist(&sick, now()).await.unwrap();
    assert!(!node.line.deliver().await);
    assert_eq!(node.reported(&fleet).await.reason, "disk full");
}

async fn a_claim_that_an_operator_took_is_gone_already(fleet: Fleet) {
    let node = with_records(&fleet, "a").await;
    let claim = node.claims().await;
    fleet.delete(&claim.key).await;
    assert_eq!(finish(&node, &claim, Ending::Released).await, Finish::AlreadyGone);
    assert_eq!(fleet.pairs(&fleet.keys.history_records()).await, []);
    assert_eq!(fleet.pair(&fleet.keys.cooldown()).await, None);
}

async fn a_finish_ends_what_an_unanswered_arm_has_changed(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    node.line.expect([Fate::AnswerLost]);
    let _again = node.arm(&mut claim).await.unwrap();
    assert_eq!(finish(&node, &claim, Ending::Aborted).await, Finish::Done);
    assert_eq!(fleet.pairs(&fleet.keys.queue()).await, []);
}

async fn a_finish_ends_nothing_that_another_process_has_taken_up(fleet: Fleet) {
    let node = fleet.member("a").await;
    let seen = node.claims().await;
    let successor = fleet.node("a");
    successor.join(false).await.unwrap();
    let mut claim = successor.find_claims().await.unwrap().remove(0);
    assert_eq!(successor.arm(&mut claim).await, Ok(Arming::Armed));
    for _ in 0..2 {
        let refused = node.finish(&seen, Ending::Aborted, "", &well(), now()).await.unwrap_err();
        assert!(matches!(refused, LockError::NotPresent { .. }), "{refused}");
    }
    assert_eq!(successor.find_claims().await, Ok(vec![claim]));
}

async fn a_finish_needs_no_presence_while_the_claim_is_as_it_was_seen(fleet: Fleet) {
    let node = fleet.member("a").await;
    let claim = node.claims().await;
    let last = fleet.node("a");
    assert!(last.is_absent());
    assert_eq!(finish(&last, &claim, Ending::Aborted).await, Finish::Done);
}

async fn a_finish_of_what_is_gone_asks_for_no_lease(fleet: Fleet) {
    let node = with_records(&fleet, "a").await;
    let claim = node.claims().await;
    fleet.delete(&claim.key).await;
    assert_eq!(finish(&node, &claim, Ending::Released).await, Finish::AlreadyGone);
    assert_eq!(node.line.granted(), 2, "for the presence and for the place");
}

async fn a_finish_does_not_end_the_claim_of_another_node(fleet: Fleet) {
    let (node, other) = (fleet.member("a").await, fleet.member("b").await);
    let claim = other.claims().await;
    assert_eq!(finish(&node, &claim, Ending::Aborted).await, Finish::AlreadyGone);
    assert!(fleet.pair(&claim.key).await.is_some());
}

async fn after_a_finish_the_node_publishes_its_health_again(fleet: Fleet) {
    let node = fleet.member("a").await;
    let sick = Statement::unhealthy("heartbeat", "exit 1");
    for is_taken in [false, true] {
        let claim = node.claims().await;
        assert_eq!(node.own_health().publish(&sick, now()).await, Ok(Published::Held));
        if is_taken {
            fleet.delete(&claim.key).await;
        }
        finish(&node, &claim, Ending::Aborted).await;
        assert_eq!(node.own_health().publish(&sick, now()).await, Ok(Published::Put));
        node.own_health().publish(&well(), now()).await.unwrap();
    }
}

async fn the_next_in_the_queue_commits_after_a_release(fleet: Fleet) {
    let (first, second) = (fleet.member("a").await, fleet.member("b").await);
    let claim = first.claims().await;
    let place = second.queued().await;
    let stale = second.looks(&place).await;
    assert_eq!(finish(&first, &claim, Ending::Released).await, Finish::Done);
    assert_eq!(second.commits(&place, &stale).await, crb_lock::Commitment::Refused);
    let fresh = second.looks(&place).await;
    assert_eq!((fresh.facts.out.len(), fresh.facts.place.as_ref().unwrap().position), (0, 0));
    assert!(matches!(second.commits(&place, &fresh).await, crb_lock::Commitment::Made(_)));
}
