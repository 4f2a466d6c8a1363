//! The queue: who is ahead, who moves up, and who leaves.

use std::time::Duration;

use crb_decide::{BootId, ClaimPhase, MachineId};
use crb_health::{Published, Statement};
use crb_lock::{LockError, PlaceRecord};
use crb_store::WatchEvent;

use crate::support::{Fate, Fleet, Node, now, well};

behaviours! {
    a_place_tells_what_the_go_daemon_tells_and_more,
    the_order_of_enqueueing_is_the_position,
    a_place_counts_all_ahead_and_names_the_first,
    a_stranger_ahead_counts_whatever_the_key_says,
    a_place_ends_with_its_lease_and_the_next_moves_up,
    an_enqueue_that_was_not_answered_leaves_nothing_behind,
    a_place_of_an_earlier_process_is_not_in_the_way,
    leaving_frees_the_place_at_once,
    leaving_returns_the_claim_that_a_dropped_commit_left,
    a_commit_that_comes_after_the_node_has_left_is_not_applied,
    who_waits_is_told_by_a_few_keys_whether_it_still_does,
    a_waiter_is_woken_by_the_key_ahead,
    the_head_is_woken_by_whatever_its_view_is_made_of,
}

async fn position(node: &Node, place: &crb_lock::Place) -> u32 {
    node.looks(place).await.facts.place.unwrap().position
}

async fn a_place_tells_what_the_go_daemon_tells_and_more(fleet: Fleet) {
    let node = fleet.member("a").await;
    let place = node.queued().await;
    assert_eq!(place.key, fleet.keys.place(place.lease.id()));
    let pair = fleet.pair(&place.key).await.unwrap();
    assert_eq!((pair.lease, pair.create_revision), (Some(place.lease.id()), place.created));
    let expected = PlaceRecord {
        node: "a".to_owned(),
        pid: 4711,
        acquired_at: now(),
        machine_id: Some(MachineId("machine of a".to_owned())),
        boot_id: Some(BootId("first boot".to_owned())),
        phase: ClaimPhase::Waiting,
        since: None,
        deadline: None,
        attempts: 0,
    };
    assert_eq!(fleet.record::<PlaceRecord>(&place.key).await, expected);
    assert_eq!(place.record, expected);
}

async fn the_order_of_enqueueing_is_the_position(fleet: Fleet) {
    let nodes = [fleet.member("c").await, fleet.member("a").await, fleet.member("b").await];
    let mut places = vec![];
    for node in &nodes {
        places.push(node.queued().await);
    }
    for (index, (node, place)) in nodes.iter().zip(&places).enumerate() {
        assert_eq!(position(node, place).await as usize, index);
    }
    let queue = nodes[0].queue().await.unwrap();
    assert_eq!(queue.keys.iter().map(|key| key.node().to_string()).collect::<Vec<_>>(), ["c", "a", "b"]);
    let ahead = nodes[2].looks(&places[2]).await.facts.place.unwrap().ahead;
    assert_eq!(ahead.iter().map(ToString::to_string).collect::<Vec<_>>(), ["c", "a"]);
}

async fn a_place_counts_all_ahead_and_names_the_first(fleet: Fleet) {
    for name in ["a", "b", "c", "d", "e", "f", "g"] {
        fleet.member(name).await.queued().await;
    }
    let node = fleet.member("h").await;
    let place = node.queued().await;
    let seat = node.looks(&place).await.facts.place.unwrap();
    assert_eq!(seat.position, 7);
    assert_eq!(seat.ahead.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a", "b", "c", "d", "e"]);
}

async fn a_stranger_ahead_counts_whatever_the_key_says(fleet: Fleet) {
    let values = ["", r#"{"node":"","acquired_at":"2026-11-22T12:00:00Z"}"#, r#"{"node":17}"#];
    let mut leases = vec![];
    for value in values {
        leases.push(fleet.put_in_queue(value).await);
    }
    let node = fleet.member("a").await;
    let place = node.queued().await;
    let seat = node.looks(&place).await.facts.place.unwrap();
    let names: Vec<String> = leases.iter().map(|lease| format!("unknown-{lease}")).collect();
    assert_eq!(seat.ahead.iter().map(ToString::to_string).collect::<Vec<_>>(), names);
    assert_eq!(seat.position, 3);
    for lease in leases {
        fleet.store.revoke(lease).await.unwrap();
    }
    assert_eq!(position(&node, &place).await, 0);
}

async fn a_place_ends_with_its_lease_and_the_next_moves_up(fleet: Fleet) {
    let dead = fleet.member_with("a", |_, terms| terms.lock_ttl = Duration::from_secs(1)).await;
    let next = fleet.member("b").await;
    let (first, second) = (dead.queued().await, next.queued().await);
    fleet.gone(&first.key).await;
    assert!(!first.lease.is_live());
    assert_eq!(dead.view(Some(&first), now()).await, Err(LockError::PlaceGone));
    assert_eq!(position(&next, &second).await, 0);
}

async fn an_enqueue_that_was_not_answered_leaves_nothing_behind(fleet: Fleet) {
    let node = fleet.member("a").await;
    for fate in [Fate::Dropped, Fate::AnswerLost] {
        node.line.expect([fate]);
        assert!(node.enqueue(now()).await.is_err());
        assert_eq!(fleet.pairs(&fleet.keys.queue()).await, [], "{fate:?}");
    }
    node.line.expect([Fate::Late]);
    assert!(node.enqueue(now()).await.is_err());
    node.line.deliver_in_vain().await;
    assert_eq!(fleet.pairs(&fleet.keys.queue()).await, []);
}

async fn a_place_of_an_earlier_process_is_not_in_the_way(fleet: Fleet) {
    fleet.member("a").await.queued().await;
    let (again, other) = (fleet.member("a").await, fleet.member("b").await);
    let (place, behind) = (again.queued().await, other.queued().await);
    assert_eq!(position(&again, &place).await, 0);
    assert_eq!(position(&other, &behind).await, 2);
}

async fn leaving_frees_the_place_at_once(fleet: Fleet) {
    let (node, next) = (fleet.member("a").await, fleet.member("b").await);
    let (place, behind) = (node.queued().await, next.queued().await);
    assert_eq!(node.leave(&place).await, Ok(None));
    assert_eq!(fleet.pair(&place.key).await, None);
    assert_eq!(position(&next, &behind).await, 0);
    assert_eq!(node.leave(&place).await, Ok(None), "and may be said twice");
}

/// A commit that is dropped while its answer is awaited, with the line cut so that it cannot be settled.
async fn dropped_commit(node: &Node, place: &crb_lock::Place, fate: Fate) {
    let view = node.looks(place).await;
    node.line.expect([fate]);
    node.line.cut();
    tokio::select! {
        outcome = node.commit(place, &view, now()) => panic!("settled over a cut line: {outcome:?}"),
        () = node.line.has_lost(2) => {}
    }
    node.line.mend();
}

async fn leaving_returns_the_claim_that_a_dropped_commit_left(fleet: Fleet) {
    let node = fleet.member("a").await;
    let place = node.queued().await;
    dropped_commit(&node, &place, Fate::AnswerLost).await;
    let claim = node.leave(&place).await.unwrap().expect("the claim");
    assert_eq!((claim.key.as_str(), claim.record.phase), (place.key.as_str(), ClaimPhase::Committed));
    assert_eq!(node.own_health().publish(&well(), now()).await, Ok(Published::Held));
}

async fn a_commit_that_comes_after_the_node_has_left_is_not_applied(fleet: Fleet) {
    let node = fleet.member("a").await;
    let place = node.queued().await;
    dropped_commit(&node, &place, Fate::Late).await;
    assert_eq!(node.leave(&place).await, Ok(None));
    assert!(!node.line.deliver().await);
    assert_eq!(fleet.pairs(&fleet.keys.queue()).await, []);
    let sick = Statement::unhealthy("heartbeat", "exit 1");
    assert_eq!(
        node.own_health().publish(&sick, now()).await,
        Ok(Published::Put),
        "it speaks for itself again"
    );
}

async fn who_waits_is_told_by_a_few_keys_whether_it_still_does(fleet: Fleet) {
    let nodes = [fleet.member("a").await, fleet.member("b").await, fleet.member("c").await];
    let [first, second, place] = [nodes[0].queued().await, nodes[1].queued().await, nodes[2].queued().await];
    let node = &nodes[2];
    let ahead = [first.key.clone(), second.key.clone()];
    let (stands, revision) = node.stands_behind(&place, &ahead).await.unwrap();
    assert!(stands && revision >= place.created);
    nodes[0].leave(&first).await.unwrap();
    assert!(!node.stands_behind(&place, &ahead).await.unwrap().0, "one of them has gone");
    assert!(node.stands_behind(&place, &ahead[1..]).await.unwrap().0);
    assert!(node.stands_behind(&place, &[]).await.unwrap().0, "behind nobody");
    fleet.put(&place.key, serde_json::to_vec(&place.record).unwrap()).await;
    assert_eq!(node.stands_behind(&place, &[]).await, Err(LockError::LateCommit));
    fleet.delete(&place.key).await;
    assert_eq!(node.stands_behind(&place, &[]).await, Err(LockError::PlaceGone));
}

async fn a_waiter_is_woken_by_the_key_ahead(fleet: Fleet) {
    let (first, second) = (fleet.member("a").await, fleet.member("b").await);
    let (ahead, place) = (first.queued().await, second.queued().await);
    let seen = second.looks(&place).await.revision;
    let mut watch = second.watch_turn(Some(&ahead.key), seen).await.unwrap();
    first.leave(&ahead).await.unwrap();
    let batch = watch.next().await.unwrap();
    assert!(matches!(&batch.events[..], [WatchEvent::Delete { key, .. }] if *key == ahead.key));
}

async fn the_head_is_woken_by_whatever_its_view_is_made_of(fleet: Fleet) {
    let node = fleet.member("a").await;
    let place = node.queued().await;
    let mut seen = node.looks(&place).await.revision;
    let keys = &fleet.keys;
    let changes = [keys.pause(), keys.cooldown(), keys.guard(), format!("{}/stranger", keys.lock())];
    for key in changes {
        let mut watch = node.watch_turn(None, seen).await.unwrap();
        fleet.put(key.as_str(), "").await;
        seen = fleet.delete(key.as_str()).await;
        assert_eq!(watch.next().await.unwrap().events[0].key(), key);
    }
    let mut watch = node.watch_turn(None, seen).await.unwrap();
    let peer = fleet.node("b");
    peer.join(false).await.unwrap();
    assert_eq!(watch.next().await.unwrap().events[0].key(), peer.alive_key());
    peer.own_health().publish(&well(), now()).await.unwrap();
    assert_eq!(watch.next().await.unwrap().events[0].key(), peer.own_health().key());
}
