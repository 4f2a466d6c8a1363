//! Join: one machine under one name, and presence that is noticed when it goes.

use std::time::Duration;

use crb_decide::{BootId, MachineId};
use crb_health::AliveRecord;
use crb_lock::{LockError, Terms};
use crb_store::StoreError;

use crate::support::{Fate, Fleet};

behaviours! {
    joining_publishes_the_node_for_as_long_as_its_lease,
    joining_replaces_the_record_of_the_same_machine,
    joining_refuses_a_name_that_another_machine_bears,
    joining_refuses_a_name_under_an_unreadable_record,
    of_two_machines_that_join_at_once_one_is_refused,
    a_join_that_was_not_answered_leaves_nothing_and_is_made_again,
    a_lost_presence_is_noticed_and_joined_again,
    a_presence_is_renewed_while_it_is_kept,
    whether_a_reboot_is_required_is_put_on_change_alone,
    other_terms_are_put_on_change_alone,
    a_change_that_was_not_answered_asks_for_a_new_join,
    a_presence_that_another_hand_wrote_is_lost,
}

async fn joining_publishes_the_node_for_as_long_as_its_lease(fleet: Fleet) {
    let node = fleet.node("a");
    assert!(node.is_absent());
    let joined = node.join(true).await.unwrap();
    let pair = fleet.pair(&node.alive_key()).await.unwrap();
    assert_eq!((pair.lease, pair.mod_revision), (Some(joined.lease.id()), joined.revision));
    let expected = AliveRecord {
        machine_id: MachineId("machine of a".to_owned()),
        boot_id: BootId("first boot".to_owned()),
        slots: 1,
        policy: "digest".to_owned(),
        reboot_required: true,
        version: "1.2.3".to_owned(),
    };
    assert_eq!(fleet.record::<AliveRecord>(&node.alive_key()).await, expected);
    assert_eq!(node.presence().unwrap().revision, joined.revision);
}

async fn joining_replaces_the_record_of_the_same_machine(fleet: Fleet) {
    let before = fleet.node("a").join(false).await.unwrap();
    let after = fleet.node_with("a", |identity, _| identity.boot_id = BootId("second boot".to_owned()));
    let joined = after.join(false).await.unwrap();
    assert!(joined.revision > before.revision);
    assert_eq!(fleet.record::<AliveRecord>(&after.alive_key()).await.boot_id.0, "second boot");
    fleet.store.revoke(before.lease.id()).await.unwrap();
    let pair = fleet.pair(&after.alive_key()).await;
    assert_eq!(pair.unwrap().lease, Some(joined.lease.id()), "the new presence outlives the old lease");
}

async fn joining_refuses_a_name_that_another_machine_bears(fleet: Fleet) {
    let first = fleet.member("a").await;
    let second =
        fleet.node_with("a", |identity, _| identity.machine_id = MachineId("another machine".to_owned()));
    let refused = second.join(false).await.unwrap_err();
    assert_eq!(refused, LockError::NameTaken { machine_id: "machine of a".to_owned() });
    assert!(second.is_absent());
    assert_eq!(fleet.record::<AliveRecord>(&first.alive_key()).await.machine_id.0, "machine of a");
}

async fn joining_refuses_a_name_under_an_unreadable_record(fleet: Fleet) {
    let node = fleet.node("a");
    fleet.put(node.alive_key(), "{").await;
    assert!(matches!(node.join(false).await, Err(LockError::NameTaken { .. })));
    assert!(node.is_absent());
}

async fn of_two_machines_that_join_at_once_one_is_refused(fleet: Fleet) {
    let machine =
        |id: &str| fleet.node_with("a", |identity, _| identity.machine_id = MachineId(id.to_owned()));
    let (one, two) = (machine("one"), machine("two"));
    let (first, second) = tokio::join!(one.join(false), two.join(false));
    assert_ne!(first.is_ok(), second.is_ok());
    assert_ne!(one.is_absent(), two.is_absent());
}

async fn a_join_that_was_not_answered_leaves_nothing_and_is_made_again(fleet: Fleet) {
    for fate in [Fate::Dropped, Fate::AnswerLost] {
        let node = fleet.node("a");
        node.line.expect([fate]);
        assert!(node.join(false).await.is_err());
        assert!(node.is_absent());
        assert_eq!(fleet.pair(&node.alive_key()).await, None, "{fate:?}");
        node.join(false).await.unwrap();
        assert!(!node.is_absent());
        fleet.delete(node.alive_key()).await;
    }
}

async fn a_lost_presence_is_noticed_and_joined_again(fleet: Fleet) {
    let node = fleet.node_with("a", |_, terms| terms.presence_ttl = Duration::from_secs(3));
    let joined = node.join(false).await.unwrap();
    let mut told = node.follow_presence();
    fleet.store.revoke(joined.lease.id()).await.unwrap();
    let lost = node.keep_presence(&joined).await;
    assert_eq!(lost, LockError::Store(StoreError::LeaseNotFound(joined.lease.id())));
    assert!(node.is_absent());
    assert!(told.borrow_and_update().is_none());
    node.join(false).await.unwrap();
    assert!(!node.is_absent());
}

async fn a_presence_is_renewed_while_it_is_kept(fleet: Fleet) {
    let node = fleet.node_with("a", |_, terms| terms.presence_ttl = Duration::from_secs(2));
    let unkept = fleet.node_with("b", |_, terms| terms.presence_ttl = Duration::from_secs(4));
    let joined = node.join(false).await.unwrap();
    unkept.join(false).await.unwrap();
    let ending = unkept.alive_key();
    tokio::select! {
        lost = node.keep_presence(&joined) => panic!("{lost}"),
        () = fleet.gone(&ending) => {}
    }
    assert!(unkept.is_absent());
    assert_eq!(node.presence().unwrap().revision, joined.revision);
    assert!(fleet.pair(&node.alive_key()).await.is_some());
}

async fn whether_a_reboot_is_required_is_put_on_change_alone(fleet: Fleet) {
    let node = fleet.node("a");
    let joined = node.join(false).await.unwrap();
    node.publish_reboot_required(false).await.unwrap();
    assert_eq!(node.presence().unwrap().revision, joined.revision);
    node.publish_reboot_required(true).await.unwrap();
    assert!(fleet.record::<AliveRecord>(&node.alive_key()).await.reboot_required);
    let pair = fleet.pair(&node.alive_key()).await.unwrap();
    assert_eq!(pair.lease, Some(joined.lease.id()));
    assert_eq!(node.presence().unwrap().revision, pair.mod_revision, "the fence moves with it");
}

async fn other_terms_are_put_on_change_alone(fleet: Fleet) {
    let node = fleet.node("a");
    node.set_terms(Terms { slots: 2, ..node.terms().as_ref().clone() });
    assert!(matches!(node.publish_terms().await, Err(LockError::NotPresent { .. })));
    node.join(true).await.unwrap();
    let published = async || fleet.record::<AliveRecord>(&node.alive_key()).await;
    assert_eq!(published().await.slots, 2, "who joins goes by the terms of the moment");

    node.set_terms(Terms { slots: 3, policy_digest: "other".to_owned(), ..node.terms().as_ref().clone() });
    node.publish_terms().await.unwrap();
    let record = published().await;
    assert_eq!((record.slots, record.policy.as_str(), record.reboot_required), (3, "other", true));
    let fence = node.presence().unwrap().revision;
    assert_eq!(fleet.pair(&node.alive_key()).await.unwrap().mod_revision, fence);

    node.set_terms(Terms { cooldown: Duration::from_secs(1), ..node.terms().as_ref().clone() });
    node.publish_terms().await.unwrap();
    assert_eq!(node.presence().unwrap().revision, fence, "what nobody else is to know was put");
}

async fn a_change_that_was_not_answered_asks_for_a_new_join(fleet: Fleet) {
    let node = fleet.node("a");
    for fate in [Fate::Dropped, Fate::AnswerLost] {
        node.join(false).await.unwrap();
        node.line.expect([fate]);
        assert!(node.publish_reboot_required(true).await.is_err());
        assert!(node.is_absent(), "{fate:?}");
    }
    node.join(true).await.unwrap();
    assert!(!node.is_absent());
}

async fn a_presence_that_another_hand_wrote_is_lost(fleet: Fleet) {
    let node = fleet.node("a");
    let joined = node.join(false).await.unwrap();
    fleet.delete(node.alive_key()).await;
    let keeping = async {
        let lost = node.keep_presence(&joined).await;
        assert!(matches!(lost, LockError::NotPresent { .. }), "{lost}");
    };
    let publishing = async {
        let refused = node.publish_reboot_required(true).await.unwrap_err();
        assert!(matches!(refused, LockError::NotPresent { .. }), "{refused}");
    };
    tokio::join!(keeping, publishing);
    assert!(node.is_absent());
}

#[tokio::test(start_paused = true)]
async fn a_presence_counts_as_lost_from_when_its_lease_may_have_ended() {
    let fleet = Fleet::in_memory();
    let node = fleet.member("a").await;
    let joined = node.presence().unwrap();
    node.line.cut();
    let begin = tokio::time::Instant::now();
    let lost = node.keep_presence(&joined).await;
    assert!(matches!(lost, LockError::Store(StoreError::Unanswered { .. })), "{lost}");
    assert_eq!(begin.elapsed(), Duration::from_secs(60));
    assert!(node.is_absent());
}
