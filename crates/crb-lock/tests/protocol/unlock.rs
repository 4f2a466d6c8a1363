//! An operator takes a claim away: what she is shown, what she may do, and what it leaves behind.

use std::sync::Arc;

use crb_decide::{BootId, ClaimPhase, MachineId, NodeName};
use crb_health::{HealthRecord, Statement, encode};
use crb_lock::{
    Arming, Claim, Ending, Finish, GuardRecord, HistoryRecord, Operator, OperatorError, PlaceRecord,
    ShownClaim, Whereabouts,
};

use crate::support::{Fleet, Node, now, well};

behaviours! {
    a_claim_is_shown_with_all_that_an_operator_must_see,
    a_place_that_is_only_waited_in_is_no_claim,
    an_unlock_frees_the_slot_and_says_so,
    an_unlock_without_history_writes_none,
    what_may_still_go_down_is_unlocked_only_by_force,
    a_boot_is_told_from_the_one_in_which_the_command_ran,
    another_machine_under_the_name_says_nothing_of_the_claim,
    a_presence_that_cannot_be_read_is_taken_for_the_same_boot,
    a_claim_without_a_readable_record_is_unlocked_by_its_key,
    the_older_of_two_claims_is_shown_first,
    a_node_whose_claim_was_taken_away_finds_it_gone,
}

fn name(text: &str) -> NodeName {
    NodeName::try_new(text).unwrap()
}

async fn shown(fleet: &Fleet, node: &str) -> ShownClaim {
    fleet.operator().0.claim_of(&name(node)).await.unwrap().expect("a claim")
}

async fn unlock(fleet: &Fleet, shown: &ShownClaim, force: bool) -> Result<(), OperatorError> {
    fleet.operator().0.unlock(shown, "the disk is dead", force, now()).await
}

async fn in_phase(node: &Node, claim: &mut Claim, phase: ClaimPhase) {
    match phase {
        ClaimPhase::Committed => {}
        ClaimPhase::Armed => assert_eq!(node.arm(claim).await, Ok(Arming::Armed)),
        other => node.mark(claim, other, &Statement::unhealthy("there", "it is"), now()).await.unwrap(),
    }
}

async fn a_claim_is_shown_with_all_that_an_operator_must_see(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    in_phase(&node, &mut claim, ClaimPhase::Armed).await;
    let expected = ShownClaim {
        node: name("a"),
        key: claim.key.clone(),
        modified: claim.modified,
        record: Some(claim.record.clone()),
        whereabouts: Whereabouts::SameBoot,
        health: Some(node.reported(&fleet).await),
    };
    let (record, report) = (expected.record.as_ref().unwrap(), expected.health.as_ref().unwrap());
    assert_eq!((record.phase, record.attempts), (ClaimPhase::Armed, 1));
    assert_eq!((record.since, report.reported_at), (Some(now()), now()));
    assert_eq!(shown(&fleet, "a").await, expected);
}

async fn a_place_that_is_only_waited_in_is_no_claim(fleet: Fleet) {
    let (alice, _) = fleet.operator();
    assert_eq!(alice.claim_of(&name("a")).await, Ok(None));
    let _place = fleet.member("a").await.queued().await;
    assert_eq!(alice.claim_of(&name("a")).await, Ok(None));
}

async fn an_unlock_frees_the_slot_and_says_so(fleet: Fleet) {
    let (a, b) = (fleet.member("a").await, fleet.member("b").await);
    let mut claim = a.claims().await;
    in_phase(&a, &mut claim, ClaimPhase::Armed).await;
    fleet.delete(a.alive_key()).await;
    let seen = shown(&fleet, "a").await;
    assert_eq!(seen.whereabouts, Whereabouts::NotPresent);
    assert_eq!(unlock(&fleet, &seen, false).await, Ok(()));

    assert_eq!(fleet.pairs(&fleet.keys.queue()).await, []);
    assert_eq!(fleet.record::<GuardRecord>(&fleet.keys.guard()).await, GuardRecord { count: 2, out: vec![] });
    let health = HealthRecord {
        node: "a".to_owned(),
        healthy: false,
        stage: "unlocked".to_owned(),
        reason: "unlocked by alice: the disk is dead".to_owned(),
        reported_at: now(),
        boot_id: Some(BootId("first boot".to_owned())),
        version: Some("1.2.3".to_owned()),
    };
    assert_eq!(a.reported(&fleet).await, health);
    let history = fleet.keys.history(now(), &name("a"));
    let unlocked_at = fleet.pair(&fleet.keys.guard()).await.unwrap().mod_revision;
    for key in [history.as_str(), a.own_health().key()] {
        assert_eq!(fleet.pair(key).await.unwrap().mod_revision, unlocked_at, "in the same transaction");
    }
    let entry = HistoryRecord {
        node: "a".to_owned(),
        outcome: "unlocked".to_owned(),
        reason: "the disk is dead".to_owned(),
        by: "alice".to_owned(),
        committed_at: Some(now()),
        ended_at: now(),
        attempts: 1,
        boot_before: Some(BootId("first boot".to_owned())),
        boot_after: None,
    };
    assert_eq!(fleet.record::<HistoryRecord>(&history).await, entry);
    assert_eq!(b.view(None, now()).await.unwrap().facts.out, []);
}

async fn an_unlock_without_history_writes_none(fleet: Fleet) {
    let node = fleet.member("a").await;
    let _claim = node.claims().await;
    let silent = Operator::new(Arc::clone(&fleet.store), fleet.keys.clone(), "alice", None);
    let seen = shown(&fleet, "a").await;
    assert_eq!(silent.unlock(&seen, "", false, now()).await, Ok(()));
    assert_eq!(fleet.pairs(&fleet.keys.history_records()).await, []);
}

async fn what_may_still_go_down_is_unlocked_only_by_force(fleet: Fleet) {
    let (present, absent, force, gently) = (true, false, true, false);
    let table = [
        (ClaimPhase::Committed, present, gently, true),
        (ClaimPhase::Armed, present, gently, false),
        (ClaimPhase::Armed, present, force, true),
        (ClaimPhase::Armed, absent, gently, true),
        (ClaimPhase::Verifying, present, gently, false),
        (ClaimPhase::Stuck, present, gently, false),
        (ClaimPhase::Stuck, present, force, true),
        (ClaimPhase::Stuck, absent, gently, true),
    ];
    for (phase, is_present, is_forced, expected) in table {
        let node = fleet.member("a").await;
        node.own_health().insist(&well(), now()).await.unwrap();
        let mut claim = node.claims().await;
        in_phase(&node, &mut claim, phase).await;
        if !is_present {
            fleet.delete(node.alive_key()).await;
        }
        let seen = shown(&fleet, "a").await;
        let ran = phase != ClaimPhase::Committed;
        assert_eq!(seen.may_go_down(), ran.then_some(phase));
        let refused = OperatorError::MayGoDown { node: name("a"), phase };
        let answer = unlock(&fleet, &seen, is_forced).await;
        let case = format!("{phase:?}, present: {is_present}, forced: {is_forced}");
        assert_eq!(answer, if expected { Ok(()) } else { Err(refused) }, "{case}");
        assert_eq!(fleet.pair(&claim.key).await.is_none(), expected, "{case}");
        fleet.delete(&claim.key).await;
    }
}

async fn a_boot_is_told_from_the_one_in_which_the_command_ran(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    in_phase(&node, &mut claim, ClaimPhase::Armed).await;
    let back = fleet.node_with("a", |identity, _| identity.boot_id = BootId("second boot".to_owned()));
    back.join(false).await.unwrap();
    let seen = shown(&fleet, "a").await;
    assert_eq!((seen.whereabouts, seen.may_go_down()), (Whereabouts::Rebooted, None));
    assert_eq!(unlock(&fleet, &seen, false).await, Ok(()));
    let entry: HistoryRecord = fleet.record(&fleet.keys.history(now(), &name("a"))).await;
    assert_eq!(entry.boot_after, Some(BootId("second boot".to_owned())));
}

async fn another_machine_under_the_name_says_nothing_of_the_claim(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    in_phase(&node, &mut claim, ClaimPhase::Armed).await;
    fleet.delete(node.alive_key()).await;
    let twin = fleet.node_with("a", |identity, _| {
        identity.machine_id = MachineId("another machine".to_owned());
        identity.boot_id = BootId("boot of another machine".to_owned());
    });
    twin.join(false).await.unwrap();
    let seen = shown(&fleet, "a").await;
    assert_eq!((seen.whereabouts, seen.may_go_down()), (Whereabouts::NotPresent, Some(ClaimPhase::Armed)));
}

async fn a_presence_that_cannot_be_read_is_taken_for_the_same_boot(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    in_phase(&node, &mut claim, ClaimPhase::Armed).await;
    fleet.put(node.alive_key(), "here").await;
    assert_eq!(shown(&fleet, "a").await.whereabouts, Whereabouts::SameBoot);
}

async fn a_claim_without_a_readable_record_is_unlocked_by_its_key(fleet: Fleet) {
    let node = fleet.member("a").await;
    for value in ["by hand", r#"{"node":"a/b","acquired_at":"2026-11-22T12:00:00Z"}"#] {
        fleet.put(format!("{}/5f3c", fleet.keys.lock()), value).await;
        let seen = shown(&fleet, "unknown-5f3c").await;
        assert_eq!((&seen.record, seen.may_go_down()), (&None, None), "{value}");
        assert_eq!(unlock(&fleet, &seen, false).await, Ok(()));
        assert_eq!(fleet.pairs(&fleet.keys.queue()).await, []);
        assert_eq!(fleet.pairs(&fleet.keys.health_records()).await.len(), 1, "nobody joins the roster");
    }
    assert!(node.reported(&fleet).await.healthy);
}

async fn the_older_of_two_claims_is_shown_first(fleet: Fleet) {
    let fleet = fleet.with_slots(2);
    let claim = fleet.member("a").await.claims().await;
    let again = PlaceRecord { attempts: 2, ..claim.record.clone() };
    fleet.put(format!("{}/0", fleet.keys.lock()), encode(&again)).await;
    let first = shown(&fleet, "a").await;
    assert_eq!(first.key, claim.key);
    assert_eq!(unlock(&fleet, &first, false).await, Ok(()));
    assert_eq!(shown(&fleet, "a").await.record, Some(again));
}

async fn a_node_whose_claim_was_taken_away_finds_it_gone(fleet: Fleet) {
    let node = fleet.member("a").await;
    let mut claim = node.claims().await;
    let seen = shown(&fleet, "a").await;
    assert_eq!(unlock(&fleet, &seen, false).await, Ok(()));
    let unlocked = node.reported(&fleet).await;
    assert_eq!(node.arm(&mut claim).await, Ok(Arming::Gone));
    let finish = node.finish(&claim, Ending::Aborted, "", &well(), now()).await;
    assert_eq!(finish, Ok(Finish::AlreadyGone));
    assert_eq!(node.reported(&fleet).await, unlocked);
    node.own_health().publish(&well(), now()).await.unwrap();
    assert!(node.reported(&fleet).await.healthy);
}
