//! The store goes backwards, at every point of a node's way.

use std::sync::Arc;

use crb_decide::{ClaimPhase, Resume};
use crb_lock::{
    Acceptance, Arming, Claim, Commitment, Ending, Finish, GuardRecord, HoldRecord, LockError, PlaceRecord,
    Standing,
};
use crb_store::memory::MemoryStore;
use crb_store::{Op, Store, Txn};

use crate::support::{Fate, Fleet, Node, now, well};

/// The cluster of every store here, and one that takes its place.
const CLUSTERS: [u64; 2] = [1, 2];

fn fleet() -> (MemoryStore, Fleet) {
    let store = MemoryStore::new(CLUSTERS[0]);
    (store.clone(), Fleet::on(Arc::new(store), "memory"))
}

async fn attends(node: &Node) -> Standing {
    node.attend_to_store(now()).await.unwrap().standing
}

async fn holds(node: &Node) {
    let standing = attends(node).await;
    assert!(matches!(standing, Standing::Held(_)), "{standing:?}");
}

async fn accept(fleet: &Fleet, at: &Node) {
    let (operator, _) = fleet.operator();
    let shown = operator.holds().await.unwrap();
    let accepted = operator.accept_store(&shown, "known", &at.identity().node, now()).await;
    assert_eq!(accepted, Ok(Acceptance::Lifted));
}

/// Whom the guard calls out.
async fn out_by_the_guard(fleet: &Fleet) -> Vec<String> {
    let guard: GuardRecord = fleet.record(&fleet.keys.guard()).await;
    guard.out.iter().map(|out| out.node.to_string()).collect()
}

/// A member that has armed its claim, and so may have gone down.
async fn out(fleet: &Fleet) -> (Node, Claim) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Armed));
    (node, claim)
}

#[tokio::test(start_paused = true)]
async fn a_store_that_goes_on_is_saved_once_and_asked_for_nothing() {
    let (store, fleet) = fleet();
    let node = fleet.member("a").await;
    assert_eq!(attends(&node).await, Standing::Sound);
    let saved = node.memory.content().unwrap();
    let revisions = store.history().len();
    assert_eq!(attends(&node).await, Standing::Sound);
    assert_eq!((node.memory.content().unwrap(), store.history().len()), (saved, revisions));
}

#[tokio::test(start_paused = true)]
async fn whoever_notices_holds_the_fleet_until_an_operator_has_confirmed() {
    for cluster in CLUSTERS {
        let (store, fleet) = fleet();
        let node = fleet.member("a").await;
        let backup = store.backup();
        fleet.put("/other", "").await;
        assert_eq!(attends(&node).await, Standing::Sound);
        store.restore(&backup, cluster);

        holds(&node).await;
        let record: HoldRecord = fleet.record(&fleet.keys.hold(&node.identity().node)).await;
        assert_eq!(record.found.unwrap().cluster_id, cluster);
        assert!(record.remembered.unwrap().revision > record.found.unwrap().revision);
        let peer = fleet.member("b").await;
        let place = peer.queued().await;
        let view = peer.looks(&place).await;
        assert_eq!(view.facts.holds[0].node, "a");
        assert_eq!(peer.commits(&place, &view).await, Commitment::Refused, "who saw nothing holds too");
        holds(&node).await;

        accept(&fleet, &peer).await;
        let standing = attends(&node).await;
        assert!(matches!(standing, Standing::Accepted(_)), "{standing:?}");
        assert_eq!(attends(&node).await, Standing::Sound);
        let view = peer.looks(&place).await;
        assert!(matches!(peer.commits(&place, &view).await, Commitment::Made(_)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_knows_neither_commits_nor_arms_whatever_the_store_says() {
    let (store, fleet) = fleet();
    let node = fleet.member("a").await;
    let backup = store.backup();
    let mut claim = node.claims().await;
    let other = fleet.next_life(&node, "first boot");
    store.restore(&backup, CLUSTERS[0]);
    other.join(false).await.unwrap();
    assert_eq!(fleet.pairs(&fleet.keys.holds()).await, [], "not even its own hold is in the store yet");
    let place = other.queued().await;
    let view = other.looks(&place).await;
    assert_eq!(view.facts.holds[0].node, "a");
    let refused = other.commit(&place, &view, now()).await;
    assert!(matches!(refused, Err(LockError::StoreRegressed { .. })), "{refused:?}");
    assert_eq!(other.arm(&mut claim).await, Ok(Arming::Held));
}

#[tokio::test(start_paused = true)]
async fn an_arm_that_is_the_first_to_tell_does_not_let_the_command_run() {
    let (store, fleet) = fleet();
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    let backup = store.backup();
    fleet.put("/other", "").await;
    node.queue().await.unwrap();
    store.restore(&backup, CLUSTERS[0]);
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Held));
    assert_eq!(fleet.record::<PlaceRecord>(&claim.key).await.phase, ClaimPhase::Armed, "it was applied");
    // Nothing ran, so it is given back.
    let finished = node.finish(&claim, Ending::Aborted, "held", &well(), now()).await;
    assert_eq!(finished, Ok(Finish::Done));
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_the_store_lost_is_put_back_as_far_as_the_node_had_gone() {
    for cluster in CLUSTERS {
        let (store, fleet) = fleet();
        let empty = store.backup();
        let (node, claim) = out(&fleet).await;
        store.restore(&empty, cluster);

        let back = fleet.next_life(&node, "second boot");
        back.join(false).await.unwrap();
        holds(&back).await;
        let found = back.find_claims().await.unwrap();
        assert_eq!((found[0].key.as_str(), &found[0].record), (claim.key.as_str(), &claim.record));
        assert_eq!(back.resume(&found[0]), Resume::Verify);
        assert!(!back.reported(&fleet).await.healthy);
        assert_eq!(out_by_the_guard(&fleet).await, ["a"]);
        let put = |pair: Option<crb_store::KeyValue>| pair.unwrap().mod_revision;
        let guard = put(fleet.pair(&fleet.keys.guard()).await);
        assert_eq!(guard, put(fleet.pair(&claim.key).await), "in one transaction");
        assert_eq!(guard, put(fleet.pair(&fleet.keys.hold(&back.identity().node)).await));

        let finished = back.finish(&found[0], Ending::Released, "back", &well(), now()).await;
        assert_eq!(finished, Ok(Finish::Done));
        back.forget_claim(&claim.key).await.unwrap();
        assert_eq!(back.memory.content().unwrap().claim, None);
    }
}

/// An older claim of the same node comes back with the old data, and the one that it has now is lost.
#[tokio::test(start_paused = true)]
async fn a_claim_that_is_put_back_beside_an_older_one_is_called_out_beside_it() {
    let (store, fleet) = fleet();
    let node = fleet.member("a").await;
    let older = node.claims().await;
    let backup = store.backup();
    assert_eq!(node.finish(&older, Ending::Aborted, "held", &well(), now()).await, Ok(Finish::Done));
    let mut claim = node.claims().await;
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Armed));
    store.restore(&backup, CLUSTERS[0]);
    let back = fleet.next_life(&node, "second boot");
    back.join(false).await.unwrap();
    holds(&back).await;
    assert_eq!(back.find_claims().await.unwrap().len(), 2);
    assert_eq!(out_by_the_guard(&fleet).await, ["a", "a"]);
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_went_back_to_a_place_or_to_an_earlier_phase_is_put_forward_again() {
    for committed in [false, true] {
        let (store, fleet) = fleet();
        let node = fleet.member("a").await;
        let place = node.queued().await;
        let view = node.looks(&place).await;
        let waiting = store.backup();
        let Commitment::Made(mut claim) = node.commits(&place, &view).await else { panic!("refused") };
        let backup = if committed { store.backup() } else { waiting };
        assert_eq!(node.arm(&mut claim).await, Ok(Arming::Armed));
        store.restore(&backup, CLUSTERS[0]);
        holds(&node).await;
        let found = node.find_claims().await.unwrap();
        assert_eq!((&found[0].record, found.len()), (&claim.record, 1));
        assert_eq!(out_by_the_guard(&fleet).await, ["a"]);
        assert_eq!(node.resume(&found[0]), Resume::ArmAgain, "or it would be taken for one that never ran");
    }
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_an_operator_removed_is_not_put_back() {
    let (_, fleet) = fleet();
    let (node, claim) = out(&fleet).await;
    fleet.delete(&claim.key).await;
    let back = fleet.next_life(&node, "second boot");
    back.join(false).await.unwrap();
    assert_eq!(attends(&back).await, Standing::Sound);
    assert_eq!(back.find_claims().await, Ok(vec![]));
    back.forget_claims().await.unwrap();
    assert_eq!(back.memory.content().unwrap().claim, None);
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_the_store_lost_is_put_back_even_when_it_has_grown_past_what_the_node_remembers() {
    for compacted in [false, true] {
        let (store, fleet) = fleet();
        let peer = fleet.member("b").await;
        let before = store.backup();
        let (node, claim) = out(&fleet).await;
        peer.queue().await.unwrap();
        store.restore(&before, CLUSTERS[0]);
        holds(&peer).await;
        for _ in 0..20 {
            fleet.put("/other", "").await;
        }
        if compacted {
            store.compact(fleet.put("/other", "").await).unwrap();
        }
        let back = fleet.next_life(&node, "second boot");
        back.join(false).await.unwrap();
        assert_eq!(back.regression(), None);
        holds(&back).await;
        let found = back.find_claims().await.unwrap();
        assert_eq!(&found[0].record, &claim.record, "compacted: {compacted}");
        let told = back.regression().unwrap().to_string();
        assert!(told.starts_with("etcd knows nothing of its claim of revision"), "{told}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_claim_of_another_machine_in_the_memory_is_not_put_back() {
    let (store, fleet) = fleet();
    let empty = store.backup();
    let (node, _) = out(&fleet).await;
    let mut identity = node.identity().clone();
    identity.machine_id = crb_decide::MachineId("a copy of its disk".to_owned());
    store.restore(&empty, CLUSTERS[0]);
    let copy = Node::new(
        Arc::clone(&node.memory),
        Arc::clone(&node.line),
        fleet.keys.clone(),
        identity,
        node.terms().as_ref().clone(),
    );
    copy.join(false).await.unwrap();
    holds(&copy).await;
    assert_eq!(fleet.pairs(&fleet.keys.queue()).await, []);
}

#[tokio::test(start_paused = true)]
async fn while_the_claim_is_lost_no_step_takes_it_for_removed() {
    let (store, fleet) = fleet();
    let empty = store.backup();
    let (node, mut claim) = out(&fleet).await;
    store.restore(&empty, CLUSTERS[0]);
    let lost = node.refresh(&mut claim).await;
    assert!(matches!(lost, Err(LockError::StoreRegressed { .. })), "{lost:?}");
    node.join(false).await.unwrap();
    holds(&node).await;
    assert_eq!(node.refresh(&mut claim).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_hold_whose_answer_was_lost_is_put_again() {
    for fate in [Fate::Dropped, Fate::AnswerLost] {
        let (store, fleet) = fleet();
        let node = fleet.member("a").await;
        let backup = store.backup();
        fleet.put("/other", "").await;
        node.queue().await.unwrap();
        store.restore(&backup, CLUSTERS[0]);
        node.queue().await.unwrap();
        node.line.expect([fate]);
        assert!(node.attend_to_store(now()).await.is_err());
        assert!(node.regression().unwrap().held_at.is_none());
        holds(&node).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_ends_between_hold_and_note_puts_it_again_and_waits_on() {
    let (store, fleet) = fleet();
    let node = fleet.member("a").await;
    let backup = store.backup();
    fleet.put("/other", "").await;
    assert_eq!(attends(&node).await, Standing::Sound);
    let before = node.memory.content().unwrap();
    store.restore(&backup, CLUSTERS[0]);
    holds(&node).await;
    crb_lock::Memory::save(&*node.memory, &before).await.unwrap();
    let next = fleet.next_life(&node, "first boot");
    next.join(false).await.unwrap();
    // By now the store may have grown past what is remembered; the hold is in it all the same.
    assert_eq!(fleet.pairs(&fleet.keys.holds()).await.len(), 1);
    let view = next.view(None, now()).await.unwrap();
    assert_eq!(view.facts.holds[0].node, "a");
}

#[tokio::test(start_paused = true)]
async fn a_hold_outlives_its_node_and_is_confirmed_to_its_next_life() {
    let (store, fleet) = fleet();
    let node = fleet.member("a").await;
    let backup = store.backup();
    fleet.put("/other", "").await;
    node.queue().await.unwrap();
    store.restore(&backup, CLUSTERS[1]);
    holds(&node).await;
    let next = fleet.next_life(&node, "second boot");
    next.join(false).await.unwrap();
    holds(&next).await;
    accept(&fleet, &next).await;
    let after = fleet.next_life(&next, "third boot");
    after.join(false).await.unwrap();
    let standing = attends(&after).await;
    assert!(matches!(standing, Standing::Accepted(_)), "{standing:?}");
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_went_with_a_second_step_back_is_not_taken_for_confirmed() {
    let (store, fleet) = fleet();
    let node = fleet.member("a").await;
    let backup = store.backup();
    fleet.put("/other", "").await;
    node.queue().await.unwrap();
    for cluster in [CLUSTERS[0], CLUSTERS[0], CLUSTERS[1]] {
        store.restore(&backup, cluster);
        holds(&node).await;
        assert_eq!(fleet.pairs(&fleet.keys.holds()).await.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_comes_back_later_holds_the_fleet_again() {
    let (store, fleet) = fleet();
    let (early, late) = (fleet.member("a").await, fleet.member("b").await);
    let backup = store.backup();
    fleet.put("/other", "").await;
    for node in [&early, &late] {
        assert_eq!(attends(node).await, Standing::Sound);
    }
    store.restore(&backup, CLUSTERS[1]);
    holds(&early).await;
    accept(&fleet, &early).await;
    assert!(matches!(attends(&early).await, Standing::Accepted(_)));
    let back = fleet.next_life(&late, "second boot");
    back.join(false).await.unwrap();
    holds(&back).await;
    let place = early.queued().await;
    let view = early.looks(&place).await;
    assert_eq!(early.commits(&place, &view).await, Commitment::Refused);
}

#[tokio::test(start_paused = true)]
async fn a_commit_is_not_sent_and_an_arm_not_made_while_nothing_can_be_saved() {
    let (store, fleet) = fleet();
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    let deaf = {
        let memory = Arc::new(Deaf);
        let (store, keys) = (Arc::new(store.clone()), fleet.keys.clone());
        crb_lock::Coordinator::remembering(
            memory,
            store,
            keys,
            node.identity().clone(),
            node.terms().as_ref().clone(),
        )
    };
    deaf.join(false).await.unwrap();
    let armed = deaf.arm(&mut claim).await;
    assert!(matches!(armed, Err(LockError::NotSaved { .. })), "{armed:?}");
    assert_eq!(fleet.record::<PlaceRecord>(&claim.key).await.phase, ClaimPhase::Committed);
    store.txn(Txn::default().then([Op::delete(&claim.key)])).await.unwrap();
    let place = deaf.enqueue(now()).await.unwrap();
    let view = deaf.view(Some(&place), now()).await.unwrap();
    let committed = deaf.commit(&place, &view, now()).await;
    assert!(matches!(committed, Err(LockError::NotSaved { .. })), "{committed:?}");
    assert_eq!(fleet.pair(&place.key).await.unwrap().lease, Some(place.lease.id()));
}

/// A memory on a disk that is full.
struct Deaf;

#[async_trait::async_trait]
impl crb_lock::Memory for Deaf {
    fn load(&self) -> std::io::Result<Option<crb_lock::Remembered>> {
        Ok(None)
    }

    async fn save(&self, _: &crb_lock::Remembered) -> std::io::Result<()> {
        Err(std::io::Error::other("the disk is full"))
    }
}
