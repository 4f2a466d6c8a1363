//! An operator pauses the fleet, and lets it go on.

use std::time::Duration;

use crb_decide::Pause;
use crb_lock::{Arming, Commitment, OperatorError, PauseBefore, PauseRecord};
use jiff::SignedDuration;

use crate::support::{Fleet, now};

behaviours! {
    a_pause_stands_until_someone_resumes,
    a_pause_with_an_end_lives_as_long,
    a_pause_that_would_be_over_is_refused,
    a_pause_replaces_another_and_gives_it_back,
    what_cannot_be_read_is_replaced_and_ended_all_the_same,
    nothing_commits_and_nothing_arms_in_a_pause,
    a_follower_learns_of_each_pause_and_of_its_end,
}

fn record(reason: &str) -> PauseRecord {
    PauseRecord { by: "alice".to_owned(), reason: reason.to_owned(), since: now(), until: None }
}

async fn a_pause_stands_until_someone_resumes(fleet: Fleet) {
    let (alice, _) = fleet.operator();
    let key = fleet.keys.pause();
    assert_eq!(alice.resume().await, Ok(PauseBefore::Nothing));
    assert_eq!(alice.pause("storage works", None, now()).await, Ok(PauseBefore::Nothing));
    assert_eq!(fleet.record::<PauseRecord>(&key).await, record("storage works"));
    assert_eq!(fleet.pair(&key).await.unwrap().lease, None);
    assert_eq!(alice.resume().await, Ok(PauseBefore::Pause(record("storage works"))));
    assert_eq!(fleet.pair(&key).await, None);
}

async fn a_pause_with_an_end_lives_as_long(fleet: Fleet) {
    let (alice, _) = fleet.operator();
    let until = now() + SignedDuration::from_millis(599_100);
    assert_eq!(alice.pause("storage works", Some(until), now()).await, Ok(PauseBefore::Nothing));
    let key = fleet.keys.pause();
    assert_eq!(fleet.record::<PauseRecord>(&key).await.until, Some(until));
    assert_eq!(fleet.lives_for(&key).await, Duration::from_secs(600));
}

async fn a_pause_that_would_be_over_is_refused(fleet: Fleet) {
    let (alice, _) = fleet.operator();
    for until in [now(), now() - SignedDuration::from_secs(1)] {
        let refused = alice.pause("storage works", Some(until), now()).await;
        assert_eq!(refused, Err(OperatorError::PauseIsOver { until }));
    }
    assert_eq!(fleet.pair(&fleet.keys.pause()).await, None);
}

async fn a_pause_replaces_another_and_gives_it_back(fleet: Fleet) {
    let (alice, _) = fleet.operator();
    let until = now() + SignedDuration::from_secs(600);
    alice.pause("first", Some(until), now()).await.unwrap();
    let first = PauseRecord { until: Some(until), ..record("first") };
    assert_eq!(alice.pause("second", None, now()).await, Ok(PauseBefore::Pause(first)));
    assert_eq!(fleet.pair(&fleet.keys.pause()).await.unwrap().lease, None, "nothing ends the second");
}

async fn what_cannot_be_read_is_replaced_and_ended_all_the_same(fleet: Fleet) {
    let (alice, _) = fleet.operator();
    fleet.put(fleet.keys.pause(), "stop!").await;
    assert_eq!(alice.pause("mine", None, now()).await, Ok(PauseBefore::Unreadable));
    assert_eq!(fleet.record::<PauseRecord>(&fleet.keys.pause()).await, record("mine"));
    fleet.put(fleet.keys.pause(), "stop!").await;
    assert_eq!(alice.resume().await, Ok(PauseBefore::Unreadable));
    assert_eq!(fleet.pair(&fleet.keys.pause()).await, None);
}

async fn nothing_commits_and_nothing_arms_in_a_pause(fleet: Fleet) {
    let fleet = fleet.with_slots(2);
    let (alice, _) = fleet.operator();
    let (a, b) = (fleet.member("a").await, fleet.member("b").await);
    let mut claim = a.claims().await;
    let place = b.queued().await;
    let view = b.looks(&place).await;
    alice.pause("storage works", None, now()).await.unwrap();
    assert_eq!(a.arm(&mut claim).await, Ok(Arming::Paused));
    assert_eq!(b.commits(&place, &view).await, Commitment::Refused);
    alice.resume().await.unwrap();
    assert_eq!(a.arm(&mut claim).await, Ok(Arming::Armed));
    let view = b.looks(&place).await;
    assert!(matches!(b.commits(&place, &view).await, Commitment::Made(_)));
}

async fn a_follower_learns_of_each_pause_and_of_its_end(fleet: Fleet) {
    let (alice, _) = fleet.operator();
    alice.pause("first", None, now()).await.unwrap();
    let onlooker = fleet.node("onlooker");
    let (mut seen, mut watch) = onlooker.follow_signs().await.unwrap();
    let pause = |reason: &str| Some(Pause { by: "alice".to_owned(), reason: reason.to_owned(), until: None });
    assert_eq!(seen.pause, pause("first"));
    alice.pause("second", None, now()).await.unwrap();
    watch.next(&mut seen).await.unwrap();
    assert_eq!(seen.pause, pause("second"));
    fleet.put(fleet.keys.pause(), "stop!").await;
    watch.next(&mut seen).await.unwrap();
    assert!(seen.pause.as_ref().is_some_and(|pause| pause.reason.contains("cannot be read")), "{seen:?}");
    alice.resume().await.unwrap();
    watch.next(&mut seen).await.unwrap();
    assert_eq!(seen.pause, None);
}
