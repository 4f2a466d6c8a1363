//! A commit that was not answered: found out before anything else happens, and never applied after it was given up.

use crb_lock::{Commitment, Place, View};
use crb_store::Revision;

use crate::support::{Fate, Fleet, Made as _, Node, now};

behaviours! {
    a_commit_that_was_lost_is_refused,
    a_commit_whose_answer_was_lost_is_made,
    a_commit_given_up_can_never_be_applied,
    a_commit_given_up_by_an_unanswered_fence_can_never_be_applied,
    a_commit_that_arrives_while_it_is_being_settled_is_made,
    a_commit_is_settled_however_long_the_store_is_away,
    a_commit_whose_place_has_ended_meanwhile_is_refused,
    a_commit_whose_presence_has_ended_meanwhile_is_refused,
    a_commit_whose_presence_has_ended_after_it_is_made,
    a_new_join_while_a_commit_is_settled_is_kept,
    a_refusal_over_an_own_claim_is_a_commit_that_was_made,
    after_it_was_given_up_a_commit_can_be_made_on_a_new_view,
}

async fn at_the_head(fleet: &Fleet) -> (Node, Place, View) {
    let node = fleet.member("a").await;
    let place = node.queued().await;
    let view = node.looks(&place).await;
    (node, place, view)
}

async fn guard(fleet: &Fleet) -> Revision {
    fleet.pair(&fleet.keys.guard()).await.map_or(Revision::NEVER, |pair| pair.mod_revision)
}

async fn a_commit_that_was_lost_is_refused(fleet: Fleet) {
    let (node, place, view) = at_the_head(&fleet).await;
    node.line.expect([Fate::Dropped]);
    assert_eq!(node.commits(&place, &view).await, Commitment::Refused);
    assert_eq!(guard(&fleet).await, Revision::NEVER);
    assert_eq!(fleet.pair(&place.key).await.unwrap().lease, Some(place.lease.id()));
}

async fn a_commit_whose_answer_was_lost_is_made(fleet: Fleet) {
    let (node, place, view) = at_the_head(&fleet).await;
    node.line.expect([Fate::AnswerLost]);
    let claim = node.commits(&place, &view).await.made();
    assert_eq!(claim.modified, fleet.pair(&place.key).await.unwrap().mod_revision);
    assert_eq!(claim.record.since, Some(now()));
    assert!(!node.is_absent());
}

async fn a_commit_given_up_can_never_be_applied(fleet: Fleet) {
    let (node, place, view) = at_the_head(&fleet).await;
    node.line.expect([Fate::Late]);
    assert_eq!(node.commits(&place, &view).await, Commitment::Refused);
    assert!(!node.line.deliver().await);
    assert_eq!(fleet.pair(&place.key).await.unwrap().lease, Some(place.lease.id()));
    assert_eq!(guard(&fleet).await, Revision::NEVER);
}

async fn a_commit_given_up_by_an_unanswered_fence_can_never_be_applied(fleet: Fleet) {
    let (node, place, view) = at_the_head(&fleet).await;
    node.line.expect([Fate::Late, Fate::AnswerLost]);
    assert_eq!(node.commits(&place, &view).await, Commitment::Refused);
    assert!(node.is_absent(), "it has to join again, for its presence was put by it knows not whom");
    assert!(!node.line.deliver().await);
    node.join(false).await.unwrap();
    let view = node.looks(&place).await;
    node.commits(&place, &view).await.made();
}

async fn a_commit_that_arrives_while_it_is_being_settled_is_made(fleet: Fleet) {
    let (node, place, view) = at_the_head(&fleet).await;
    node.line.expect([Fate::Late, Fate::Late]);
    let arriving = async {
        node.line.has_lost(2).await;
        assert!(node.line.deliver().await, "the commit");
    };
    let (outcome, ()) = tokio::join!(node.commits(&place, &view), arriving);
    assert_eq!(outcome.made().key, place.key);
    assert!(!node.line.deliver().await, "the fence that was on its way");
    assert!(!node.is_absent());
}

async fn a_commit_is_settled_however_long_the_store_is_away(fleet: Fleet) {
    for fate in [Fate::Dropped, Fate::AnswerLost] {
        let (node, place, view) = at_the_head(&fleet).await;
        node.line.expect([fate]);
        node.line.cut();
        let mending = async {
            node.line.has_lost(3).await;
            node.line.mend();
        };
        let (outcome, ()) = tokio::join!(node.commits(&place, &view), mending);
        assert_eq!(outcome == Commitment::Refused, fate == Fate::Dropped, "{fate:?}");
        node.leave(&place).await.unwrap();
    }
}

async fn a_commit_whose_place_has_ended_meanwhile_is_refused(fleet: Fleet) {
    let (node, place, view) = at_the_head(&fleet).await;
    node.line.expect([Fate::Late]);
    node.line.cut();
    let ending = async {
        node.line.has_lost(2).await;
        fleet.store.revoke(place.lease.id()).await.unwrap();
        node.line.mend();
    };
    let (outcome, ()) = tokio::join!(node.commits(&place, &view), ending);
    assert_eq!(outcome, Commitment::Refused);
    assert!(!node.line.deliver().await);
}

async fn a_commit_whose_presence_has_ended_meanwhile_is_refused(fleet: Fleet) {
    let (node, place, view) = at_the_head(&fleet).await;
    let presence = node.presence().unwrap().lease.id();
    node.line.expect([Fate::Late]);
    node.line.cut();
    let ending = async {
        node.line.has_lost(2).await;
        fleet.store.revoke(presence).await.unwrap();
        node.line.mend();
    };
    let (outcome, ()) = tokio::join!(node.commits(&place, &view), ending);
    assert_eq!(outcome, Commitment::Refused);
    assert!(node.is_absent());
    assert!(!node.line.deliver().await);
}

async fn a_commit_whose_presence_has_ended_after_it_is_made(fleet: Fleet) {
    let (node, place, view) = at_the_head(&fleet).await;
    let presence = node.presence().unwrap().lease.id();
    node.line.expect([Fate::AnswerLost]);
    node.line.cut();
    let ending = async {
        node.line.has_lost(2).await;
        fleet.store.revoke(presence).await.unwrap();
        node.line.mend();
    };
    let (outcome, ()) = tokio::join!(node.commits(&place, &view), ending);
    assert_eq!(outcome.made().key, place.key);
}

async fn a_new_join_while_a_commit_is_settled_is_kept(fleet: Fleet) {
    let (node, place, view) = at_the_head(&fleet).await;
    node.line.expect([Fate::Late]);
    node.line.cut();
    let joining = async {
        node.line.has_lost(2).await;
        node.line.mend();
        node.join(false).await.unwrap()
    };
    let (outcome, joined) = tokio::join!(node.commits(&place, &view), joining);
    assert_eq!(outcome, Commitment::Refused);
    assert_eq!(node.presence().unwrap().revision, joined.revision);
    assert!(!node.line.deliver().await);
}

async fn a_refusal_over_an_own_claim_is_a_commit_that_was_made(fleet: Fleet) {
    let (node, place, view) = at_the_head(&fleet).await;
    let first = node.commits(&place, &view).await.made();
    assert_eq!(node.commits(&place, &view).await.made(), first);
}

async fn after_it_was_given_up_a_commit_can_be_made_on_a_new_view(fleet: Fleet) {
    let (node, place, view) = at_the_head(&fleet).await;
    node.line.expect([Fate::Dropped]);
    assert_eq!(node.commits(&place, &view).await, Commitment::Refused);
    let view = node.looks(&place).await;
    node.commits(&place, &view).await.made();
}
