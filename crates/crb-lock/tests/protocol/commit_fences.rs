//! Every fence of the commit, each broken alone.

use std::time::Duration;

use crb_health::{Published, Statement};
use crb_lock::{Commitment, Place, View};
use crb_store::Op;

use crate::support::{Fleet, Node, now, well};

behaviours! {
    refuses_when_the_guard_was_put,
    refuses_when_a_peer_reported,
    refuses_when_a_node_came_onto_the_roster,
    refuses_when_its_own_health_changed,
    refuses_when_the_fleet_was_paused,
    refuses_when_a_cooldown_began,
    refuses_when_its_own_presence_was_put_again,
    refuses_when_its_own_presence_ended,
    refuses_when_a_peer_counts_on_fewer_slots,
    refuses_when_the_place_is_gone,
    refuses_when_the_place_was_taken_anew,
    refuses_when_the_place_has_another_lease,
    refuses_when_the_place_has_no_lease_and_no_record,
    refuses_on_the_view_of_another_place,
    refuses_on_the_view_of_an_onlooker,
    after_a_refusal_the_node_publishes_its_health_again,
}

/// A node at the head of the queue, with a view, and a peer.
async fn at_the_head(fleet: &Fleet) -> (Node, Place, View) {
    fleet.member("peer").await;
    let node = fleet.member("a").await;
    let place = node.queued().await;
    let view = node.looks(&place).await;
    (node, place, view)
}

/// Asserts that the commit is refused and changes nothing.
async fn refuses(fleet: &Fleet, (node, place, view): (Node, Place, View)) -> Node {
    let guard = fleet.pair(&fleet.keys.guard()).await;
    let queue = fleet.pairs(&fleet.keys.queue()).await;
    assert_eq!(node.commits(&place, &view).await, Commitment::Refused);
    assert_eq!(fleet.pair(&fleet.keys.guard()).await, guard);
    assert_eq!(fleet.pairs(&fleet.keys.queue()).await, queue);
    node
}

async fn refuses_when_the_guard_was_put(fleet: Fleet) {
    let head = at_the_head(&fleet).await;
    fleet.put(fleet.keys.guard(), "1").await;
    assert!(!refuses(&fleet, head).await.is_absent());
}

async fn refuses_when_a_peer_reported(fleet: Fleet) {
    let head = at_the_head(&fleet).await;
    fleet.report_as_go_daemon("peer", now()).await;
    refuses(&fleet, head).await;
}

async fn refuses_when_a_node_came_onto_the_roster(fleet: Fleet) {
    let head = at_the_head(&fleet).await;
    fleet.member("newcomer").await;
    refuses(&fleet, head).await;
}

async fn refuses_when_its_own_health_changed(fleet: Fleet) {
    let head = at_the_head(&fleet).await;
    let sick = Statement::unhealthy("heartbeat", "exit 1");
    assert_eq!(head.0.own_health().publish(&sick, now()).await, Ok(Published::Put));
    refuses(&fleet, head).await;
}

async fn refuses_when_the_fleet_was_paused(fleet: Fleet) {
    let head = at_the_head(&fleet).await;
    fleet.put(fleet.keys.pause(), "").await;
    refuses(&fleet, head).await;
}

async fn refuses_when_a_cooldown_began(fleet: Fleet) {
    let head = at_the_head(&fleet).await;
    fleet.put(fleet.keys.cooldown(), "").await;
    refuses(&fleet, head).await;
}

async fn refuses_when_its_own_presence_was_put_again(fleet: Fleet) {
    let head = at_the_head(&fleet).await;
    let successor = fleet.member("a").await;
    assert!(refuses(&fleet, head).await.is_absent(), "or it would try in vain for good");
    assert!(!successor.is_absent());
}

async fn refuses_when_its_own_presence_ended(fleet: Fleet) {
    let head = at_the_head(&fleet).await;
    fleet.store.revoke(head.0.presence().unwrap().lease.id()).await.unwrap();
    assert!(refuses(&fleet, head).await.is_absent());
}

async fn refuses_when_a_peer_counts_on_fewer_slots(fleet: Fleet) {
    let fleet = fleet.with_slots(2);
    let head = at_the_head(&fleet).await;
    let modest = fleet.node_with("peer", |_, terms| terms.slots = 1);
    modest.join(false).await.unwrap();
    refuses(&fleet, head).await;
}

async fn refuses_when_the_place_is_gone(fleet: Fleet) {
    let head = at_the_head(&fleet).await;
    fleet.store.revoke(head.1.lease.id()).await.unwrap();
    refuses(&fleet, head).await;
}

async fn refuses_when_the_place_was_taken_anew(fleet: Fleet) {
    let head = at_the_head(&fleet).await;
    let pair = fleet.pair(&head.1.key).await.unwrap();
    fleet.delete(&head.1.key).await;
    fleet.write([Op::put_leased(&head.1.key, pair.value, head.1.lease.id())]).await;
    refuses(&fleet, head).await;
}

async fn refuses_when_the_place_has_another_lease(fleet: Fleet) {
    let head = at_the_head(&fleet).await;
    let lease = fleet.store.grant(Duration::from_secs(60)).await.unwrap();
    let pair = fleet.pair(&head.1.key).await.unwrap();
    fleet.write([Op::put_leased(&head.1.key, pair.value, lease)]).await;
    refuses(&fleet, head).await;
}

async fn refuses_when_the_place_has_no_lease_and_no_record(fleet: Fleet) {
    let head = at_the_head(&fleet).await;
    fleet.put(&head.1.key, "").await;
    refuses(&fleet, head).await;
}

async fn refuses_on_the_view_of_another_place(fleet: Fleet) {
    let (node, place, view) = at_the_head(&fleet).await;
    fleet.put_in_queue("").await;
    assert_eq!(node.leave(&place).await, Ok(None));
    let behind = node.queued().await;
    refuses(&fleet, (node, behind, view)).await;
}

async fn refuses_on_the_view_of_an_onlooker(fleet: Fleet) {
    let (node, place, _) = at_the_head(&fleet).await;
    let view = node.view(None, now()).await.unwrap();
    refuses(&fleet, (node, place, view)).await;
}

async fn after_a_refusal_the_node_publishes_its_health_again(fleet: Fleet) {
    let (node, place, view) = at_the_head(&fleet).await;
    fleet.put(fleet.keys.pause(), "").await;
    assert_eq!(node.commits(&place, &view).await, Commitment::Refused);
    assert_eq!(node.own_health().publish(&well(), now()).await, Ok(Published::Unchanged));
}
