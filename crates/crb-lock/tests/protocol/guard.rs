//! The guard: its value tells who is out and until when, whoever comes and goes at once.

use crb_lock::{Ending, Finish, GuardRecord, OutNode};
use jiff::SignedDuration;

use crate::support::{Fate, Fleet, Node, now, well};

behaviours! {
    a_commit_adds_its_node_and_an_end_takes_it_off,
    an_end_that_comes_after_another_commit_changes_nothing,
    an_end_that_comes_after_another_end_changes_nothing,
    what_an_earlier_version_put_is_counted_on_and_read_from_the_queue,
    a_follower_learns_from_each_put_who_is_out,
    a_follower_of_an_earlier_version_reads_the_queue,
}

fn out(node: &Node) -> OutNode {
    let deadline = now() + SignedDuration::from_secs(1_800);
    OutNode { node: node.identity().node.clone(), since: Some(now()), deadline: Some(deadline) }
}

async fn two_out(fleet: &Fleet) -> [(Node, crb_lock::Claim); 2] {
    let fleet = fleet.clone().with_slots(2);
    let (a, b) = (fleet.member("a").await, fleet.member("b").await);
    let claims = [a.claims().await, b.claims().await];
    let [first, second] = claims;
    [(a, first), (b, second)]
}

async fn guard(fleet: &Fleet) -> (u64, Vec<OutNode>) {
    let GuardRecord { count, out } = fleet.record(&fleet.keys.guard()).await;
    (count, out)
}

async fn finish(node: &Node, claim: &crb_lock::Claim) -> Result<Finish, crb_lock::LockError> {
    node.finish(claim, Ending::Released, "", &well(), now()).await
}

async fn a_commit_adds_its_node_and_an_end_takes_it_off(fleet: Fleet) {
    let [(a, first), (b, second)] = two_out(&fleet).await;
    assert_eq!(guard(&fleet).await, (2, vec![out(&a), out(&b)]));
    assert_eq!(finish(&a, &first).await, Ok(Finish::Done));
    assert_eq!(guard(&fleet).await, (3, vec![out(&b)]));
    assert_eq!(finish(&b, &second).await, Ok(Finish::Done));
    assert_eq!(guard(&fleet).await, (4, vec![]));
}

async fn an_end_that_comes_after_another_commit_changes_nothing(fleet: Fleet) {
    let fleet = fleet.clone().with_slots(2);
    let (a, b) = (fleet.member("a").await, fleet.member("b").await);
    let first = a.claims().await;
    a.line.expect([Fate::Late]);
    assert!(finish(&a, &first).await.is_err());
    let _second = b.claims().await;
    assert!(!a.line.deliver().await);
    assert_eq!(guard(&fleet).await, (2, vec![out(&a), out(&b)]));
    assert_eq!(finish(&a, &first).await, Ok(Finish::Done));
    assert_eq!(guard(&fleet).await, (3, vec![out(&b)]));
}

async fn an_end_that_comes_after_another_end_changes_nothing(fleet: Fleet) {
    let [(a, first), (b, second)] = two_out(&fleet).await;
    a.line.expect([Fate::Late]);
    assert!(finish(&a, &first).await.is_err());
    assert_eq!(finish(&b, &second).await, Ok(Finish::Done));
    assert!(!a.line.deliver().await);
    assert_eq!(guard(&fleet).await, (3, vec![out(&a)]));
}

async fn what_an_earlier_version_put_is_counted_on_and_read_from_the_queue(fleet: Fleet) {
    let [(a, first), (b, second)] = two_out(&fleet).await;
    fleet.put(fleet.keys.guard(), "7").await;
    assert_eq!(finish(&a, &first).await, Ok(Finish::Done));
    assert_eq!(guard(&fleet).await, (8, vec![out(&b)]));
    fleet.put(fleet.keys.guard(), "9").await;
    let again = a.claims().await;
    assert_eq!(guard(&fleet).await, (10, vec![out(&b), out(&a)]));
    for (node, claim) in [(&a, &again), (&b, &second)] {
        assert_eq!(finish(node, claim).await, Ok(Finish::Done));
    }
    assert_eq!(guard(&fleet).await, (12, vec![]));
}

async fn a_follower_learns_from_each_put_who_is_out(fleet: Fleet) {
    let onlooker = fleet.node("onlooker");
    let (mut seen, mut watch) = onlooker.follow_signs().await.unwrap();
    assert_eq!(onlooker.out_by(&seen.guard).await, Ok(vec![]));
    let a = fleet.member("a").await;
    let claim = a.claims().await;
    onlooker.line.cut();
    watch.next(&mut seen).await.unwrap();
    assert_eq!(seen.guard.revision, claim.modified);
    assert_eq!(onlooker.out_by(&seen.guard).await, Ok(vec![out(&a)]));
    assert_eq!(finish(&a, &claim).await, Ok(Finish::Done));
    watch.next(&mut seen).await.unwrap();
    assert_eq!(onlooker.out_by(&seen.guard).await, Ok(vec![]));
}

async fn a_follower_of_an_earlier_version_reads_the_queue(fleet: Fleet) {
    let [(a, _), (b, _)] = two_out(&fleet).await;
    let _waiting = fleet.member("c").await.queued().await;
    fleet.put(fleet.keys.guard(), "7").await;
    let (seen, _watch) = a.follow_signs().await.unwrap();
    assert_eq!(a.out_by(&seen.guard).await, Ok(vec![out(&a), out(&b)]));
}
