//! An operator's pause: told at once by every daemon, obeyed at once by those that it concerns, and its end, too.

use std::time::Duration;

use crb_decide::{DetectorVerdict, Outcome, Pause};
use crb_lock::PauseRecord;
use crb_observe::What;
use crb_store::Op;
use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use crate::support::{Bench, Fault, minutes, seconds};

/// Nothing passes meanwhile but what is not waited for.
const AT_ONCE: Duration = Duration::from_millis(1);

fn record(reason: &str) -> PauseRecord {
    PauseRecord {
        by: "ann@desk".to_owned(),
        reason: reason.to_owned(),
        since: Timestamp::UNIX_EPOCH,
        until: None,
    }
}

fn said(reason: &str) -> Pause {
    Pause { by: "ann@desk".to_owned(), reason: reason.to_owned(), until: None }
}

async fn pauses(bench: &Bench, reason: &str) -> Instant {
    bench.by_hand(Op::put(bench.keys.pause(), serde_json::to_vec(&record(reason)).unwrap())).await;
    Instant::now()
}

async fn resumes(bench: &Bench) -> Instant {
    bench.by_hand(Op::delete(bench.keys.pause())).await;
    Instant::now()
}

fn starts(what: &What) -> bool {
    matches!(what, What::RebootCommandStarted { .. })
}

/// The pauses that were told, and the ends of pauses.
fn story(bench: &Bench) -> Vec<What> {
    let events = bench.events.events().into_iter().map(|event| event.what);
    events.filter(|what| matches!(what, What::Paused { .. } | What::Resumed { .. })).collect()
}

#[tokio::test(start_paused = true)]
async fn a_node_at_rest_tells_of_each_pause_and_its_end_at_once_and_asks_nothing() {
    let bench = Bench::default();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    let _running = bench.start();
    bench.outcome(Outcome::NoAction).await;
    let passes = || bench.events.count(|what| matches!(what, What::RunOutcome { .. }));
    let (before, writes) = (passes(), bench.store.history().len());
    pauses(&bench, "first").await;
    sleep(AT_ONCE).await;
    assert_eq!(story(&bench), [What::Paused { pause: said("first") }]);
    pauses(&bench, "second").await;
    resumes(&bench).await;
    sleep(AT_ONCE).await;
    let rest = [What::Paused { pause: said("second") }, What::Resumed { pause: said("second") }];
    assert_eq!(story(&bench)[1..], rest);
    assert_eq!((passes(), bench.store.history().len()), (before, writes + 3));
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_starts_in_a_pause_says_so_and_says_it_once() {
    let bench = Bench::default();
    pauses(&bench, "works").await;
    let _running = bench.start();
    bench.outcome(Outcome::KillSwitchActive).await;
    sleep(minutes(60)).await;
    assert_eq!(story(&bench), [What::Paused { pause: said("works") }]);
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_in_the_queue_and_its_end_wakes_at_once() {
    let bench = Bench::default();
    bench.by_hand(Op::put(bench.keys.pause(), "{}")).await;
    let _running = bench.start();
    bench.outcome(Outcome::KillSwitchActive).await;
    // Again and again, for what wakes must not wear off.
    for _ in 0..3 {
        sleep(minutes(30)).await;
        assert_eq!((bench.queue().len(), bench.runs()), (1, 0));
        pauses(&bench, "another").await;
    }
    let resumed = resumes(&bench).await;
    bench.told(starts).await;
    assert!(resumed.elapsed() < AT_ONCE, "{:?}", resumed.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_pause_shows_at_once_in_the_outcome_of_a_node_that_waits_at_the_head() {
    let bench = Bench::default();
    let peer = bench.peer("peer").await;
    peer.say_healthy(false).await;
    let _running = bench.start();
    bench.outcome(Outcome::HealthBlocked).await;
    let paused = pauses(&bench, "works").await;
    bench.outcome(Outcome::KillSwitchActive).await;
    assert!(paused.elapsed() < AT_ONCE, "{:?}", paused.elapsed());
    bench.events.forget();
    let resumed = resumes(&bench).await;
    bench.outcome(Outcome::HealthBlocked).await;
    assert!(resumed.elapsed() < AT_ONCE, "{:?}", resumed.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_comes_while_the_script_runs_under_the_lock_is_told_at_once_and_nothing_commits() {
    let bench = Bench::default();
    *bench.props.script_takes.lock().unwrap() = seconds(20);
    let _running = bench.start();
    bench.told(|what| matches!(what, What::LockAcquired { .. })).await;
    sleep(seconds(5)).await;
    let paused = pauses(&bench, "works").await;
    bench.told(|what| matches!(what, What::Paused { .. })).await;
    assert!(paused.elapsed() < AT_ONCE, "{:?}", paused.elapsed());
    bench.outcome(Outcome::KillSwitchActive).await;
    assert!(paused.elapsed() <= seconds(15), "it is the same pass: {:?}", paused.elapsed());
    assert!(!bench.story().contains(&"commit".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_pause_between_commit_and_arm_gives_the_claim_back_at_once() {
    let bench = Bench::default();
    let peer = bench.peer("peer").await;
    peer.say_healthy(false).await;
    let _running = bench.start();
    bench.outcome(Outcome::HealthBlocked).await;
    // The commit is applied, and its answer is a second on its way.
    peer.say_healthy(true).await;
    bench.line.set(Fault::SlowBack(seconds(1)));
    while bench.claim().is_none() {
        sleep(AT_ONCE).await;
    }
    bench.line.set(Fault::None);
    let paused = pauses(&bench, "works").await;
    bench
        .told(|what| matches!(what, What::RebootAborted { reason } if reason == "the fleet was paused"))
        .await;
    assert!(paused.elapsed() <= seconds(1) + AT_ONCE, "{:?}", paused.elapsed());
    bench.outcome(Outcome::KillSwitchActive).await;
    assert!(paused.elapsed() <= seconds(1) + AT_ONCE, "{:?}", paused.elapsed());
    assert_eq!((bench.claim(), bench.runs()), (None, 0));
    let resumed = resumes(&bench).await;
    bench.told(starts).await;
    assert!(resumed.elapsed() < AT_ONCE, "{:?}", resumed.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_pause_holds_the_second_run_back_and_its_end_lets_it_go_at_once() {
    let mut bench = Bench::default();
    bench.plan.backoff_min = minutes(5);
    bench.plan.backoff_max = minutes(60);
    let _running = bench.start();
    bench.told(starts).await;
    pauses(&bench, "works").await;
    // The machine is given up after ten minutes, and then it is tried to arm again.
    sleep(minutes(40)).await;
    let paused = |what: &What| matches!(what, What::Trouble { error, .. } if error.contains("paused"));
    assert!(bench.events.count(paused) > 0);
    assert_eq!(bench.runs(), 1);
    let resumed = resumes(&bench).await;
    let second = |what: &What| matches!(what, What::RebootCommandStarted { run: 2, .. });
    bench.told(second).await;
    assert!(resumed.elapsed() < AT_ONCE, "{:?}", resumed.elapsed());
}
