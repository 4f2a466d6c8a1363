//! The view: pause, cooldown, claims, slots and the place, all at one revision.

use crb_decide::{Cooldown, Pause, PeerState};
use crb_health::encode;
use crb_lock::{Commitment, CooldownRecord, LockError, PauseRecord};
use crb_store::Op;

use crate::support::{Fleet, Made as _, now};

behaviours! {
    a_view_needs_a_place_that_is_still_there,
    an_onlooker_needs_no_place,
    a_claim_that_the_node_did_not_know_of_is_told_before_anything_else,
    a_pause_is_told_even_if_it_cannot_be_read,
    a_cooldown_is_told_even_if_it_cannot_be_read,
    claims_of_others_are_out_whatever_they_say,
    the_smallest_number_of_slots_counts,
    everything_is_read_at_one_revision_however_much_it_is,
}

async fn a_view_needs_a_place_that_is_still_there(fleet: Fleet) {
    let node = fleet.member("a").await;
    let place = node.queued().await;
    assert_eq!(node.looks(&place).await.facts.place.unwrap().position, 0);
    fleet.delete(place.key.as_str()).await;
    assert_eq!(node.view(Some(&place), now()).await, Err(LockError::PlaceGone));
}

async fn an_onlooker_needs_no_place(fleet: Fleet) {
    let (node, peer) = (fleet.node("a"), fleet.member("b").await);
    peer.claims().await;
    let view = node.view(None, now()).await.unwrap();
    assert_eq!(view.facts.place, None);
    assert_eq!(view.facts.out, [peer.identity().node.clone()]);
    assert_eq!(view.queue.keys.len(), 1);
    assert!(
        peer.view(None, now()).await.unwrap().facts.out.is_empty(),
        "the node's own claim is not another's"
    );
}

async fn a_claim_that_the_node_did_not_know_of_is_told_before_anything_else(fleet: Fleet) {
    fleet.member("a").await.claims().await;
    let node = fleet.member("a").await;
    let place = node.queued().await;
    assert_eq!(node.view(Some(&place), now()).await, Err(LockError::LateCommit));
}

async fn a_pause_is_told_even_if_it_cannot_be_read(fleet: Fleet) {
    let node = fleet.member("a").await;
    let until = Some(now());
    let record = PauseRecord { by: "eve".into(), reason: "audit".into(), since: now(), until };
    fleet.put(fleet.keys.pause(), encode(&record)).await;
    let pause = node.view(None, now()).await.unwrap().facts.pause;
    assert_eq!(pause, Some(Pause { by: "eve".into(), reason: "audit".into(), until }));
    fleet.put(fleet.keys.pause(), "stop!").await;
    assert_eq!(node.view(None, now()).await.unwrap().facts.pause.unwrap().by, "an unknown hand");
}

async fn a_cooldown_is_told_even_if_it_cannot_be_read(fleet: Fleet) {
    let node = fleet.member("a").await;
    let record = CooldownRecord { node: "b".into(), started_at: now(), duration_sec: 60 };
    fleet.put(fleet.keys.cooldown(), encode(&record)).await;
    let cooldown = node.view(None, now()).await.unwrap().facts.cooldown;
    let until = Some("2026-11-22T12:01:00Z".parse().unwrap());
    assert_eq!(cooldown, Some(Cooldown { node: "b".into(), until }));
    fleet.put(fleet.keys.cooldown(), "[]").await;
    let cooldown = node.view(None, now()).await.unwrap().facts.cooldown;
    assert_eq!(cooldown, Some(Cooldown { node: "an unknown node".into(), until: None }));
}

async fn claims_of_others_are_out_whatever_they_say(fleet: Fleet) {
    let fleet = fleet.with_slots(3);
    let peer = fleet.member("b").await;
    peer.claims().await;
    let stranger = format!("{}/stranger", fleet.keys.lock());
    fleet.put(&stranger, "no record").await;
    let node = fleet.member("a").await;
    let view = node.looks(&node.queued().await).await;
    let names: Vec<String> = view.facts.out.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["b", "unknown-stranger"]);
    assert_eq!(view.facts.peers[&peer.identity().node], PeerState::Rebooting);
}

async fn the_smallest_number_of_slots_counts(fleet: Fleet) {
    let fleet = fleet.with_slots(5);
    let node = fleet.member("a").await;
    let slots = async || node.view(None, now()).await.unwrap().facts.slots;
    assert_eq!(slots().await, 5);
    let modest = fleet.member_with("b", |_, terms| terms.slots = 2).await;
    fleet.member_with("c", |_, terms| terms.slots = 9).await;
    assert_eq!(slots().await, 2);
    fleet.report_as_go_daemon("d", now()).await;
    assert_eq!(slots().await, 1, "a Go peer knows of no slots");
    fleet.member("d").await;
    assert_eq!(slots().await, 2, "it was replaced by one of ours");
    fleet.store.revoke(modest.presence().unwrap().lease.id()).await.unwrap();
    assert_eq!(slots().await, 5, "only the living are asked");
    let stranger = fleet.put_in_queue("").await;
    assert_eq!(slots().await, 1, "a hand with `etcdctl lock` knows of no slots");
    fleet.store.revoke(stranger).await.unwrap();
    assert_eq!(slots().await, 5);
    let broken = fleet.member_with("e", |_, terms| terms.slots = 0).await;
    assert_eq!(slots().await, 1);
    fleet.put(broken.alive_key(), "{}").await;
    assert_eq!(slots().await, 1, "what cannot be read may say 1");
}

async fn everything_is_read_at_one_revision_however_much_it_is(fleet: Fleet) {
    let node = fleet.member("a").await;
    let names: Vec<String> = (0..1_100).map(|index| format!("peer-{index:04}")).collect();
    for some in names.chunks(100) {
        let record = |name: &String| {
            let peer = fleet.node(name);
            let statement = crate::support::well();
            Op::put(peer.own_health().key(), encode(&peer.own_health().record(&statement, now())))
        };
        fleet.write(some.iter().map(record)).await;
    }
    let place = node.queued().await;
    let view = node.looks(&place).await;
    assert_eq!(view.facts.peers.len(), names.len());
    assert_eq!(node.commits(&place, &view).await.made().key, place.key);
    let other = fleet.member("b").await;
    let place = other.queued().await;
    let view = other.looks(&place).await;
    fleet.put(fleet.node("peer-1099").own_health().key(), "changed").await;
    assert_eq!(other.commits(&place, &view).await, Commitment::Refused);
}
