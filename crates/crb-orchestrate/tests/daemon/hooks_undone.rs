//! What `pre_reboot` hooks did is undone whatever happens: to the daemon, to the claim, to the command.

use crb_decide::{ClaimPhase, CommandEnd, DetectorVerdict, HookEnd, HookPhase, Outcome};
use crb_health::encode;
use crb_lock::PlaceRecord;
use crb_observe::What;
use crb_store::{Op, Store, Txn, WatchEvent};
use tokio::time::sleep;

use crate::support::{Bench, FAILS, braked, minutes, seconds};

use HookPhase::{PostReboot, PreReboot};

fn aborted(what: &What) -> bool {
    matches!(what, What::RebootAborted { .. })
}

fn drain_starts(what: &What) -> bool {
    matches!(what, What::HookStarted { phase: PreReboot, .. })
}

fn undrained(what: &What) -> bool {
    matches!(what, What::HookEnded { phase: PostReboot, end: HookEnd::Succeeded, .. })
}

fn undrain_fails(what: &What) -> bool {
    matches!(what, What::HookEnded { phase: PostReboot, end: HookEnd::Failed { .. }, .. })
}

/// A node that takes five minutes to be drained.
fn draining() -> Bench {
    let bench = Bench::default();
    bench.hooks.drains();
    bench.hooks.ends(PreReboot, "drain", HookEnd::Succeeded, minutes(5));
    bench
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_during_the_drain() {
    let bench = draining();
    let running = bench.start();
    bench.told(drain_starts).await;
    drop(running);
    assert_eq!(bench.claim(), Some(ClaimPhase::Committed));
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    let _running = bench.start();
    bench.told(aborted).await;
    assert_eq!(*bench.hooks.told.lock().unwrap(), [(PreReboot, false), (PostReboot, false)]);
    assert_eq!((bench.runs(), bench.queue()), (0, vec![]));
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_while_it_is_undone_it_is_undone_again() {
    let bench = draining();
    bench.hooks.ends(PreReboot, "drain", FAILS, seconds(1));
    bench.hooks.ends(PostReboot, "undrain", HookEnd::Succeeded, minutes(5));
    let running = bench.start();
    bench.told(|what| matches!(what, What::HookStarted { phase: PostReboot, .. })).await;
    drop(running);
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    let _running = bench.start();
    bench.told(aborted).await;
    assert_eq!(
        *bench.hooks.told.lock().unwrap(),
        [(PreReboot, false), (PostReboot, false), (PostReboot, false)]
    );
}

#[tokio::test(start_paused = true)]
async fn but_not_for_a_commit_before_which_no_hook_began() {
    let bench = draining();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    bench.left_behind("boot-1", ClaimPhase::Committed).await;
    let _running = bench.start();
    bench.told(aborted).await;
    assert_eq!(*bench.hooks.told.lock().unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn when_a_signal_ends_the_daemon_during_the_drain() {
    let bench = draining();
    let running = bench.start();
    bench.told(drain_starts).await;
    running.stop().await;
    let end = ["post-reboot undrain success", "released", "aborted", "SIGTERM"];
    let story = bench.story();
    assert_eq!(story[story.len() - 4..], end, "{story:?}");
    assert_eq!(bench.queue(), []);
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_is_ended_and_cannot_undo_it_in_time_leaves_that_to_the_next_one() {
    for (end, takes) in [(FAILS, seconds(1)), (HookEnd::Succeeded, minutes(5))] {
        let bench = draining();
        bench.hooks.ends(PostReboot, "undrain", end, takes);
        let running = bench.start();
        bench.told(drain_starts).await;
        let before = bench.elapsed();
        running.stop().await;
        assert!(bench.elapsed() <= before + seconds(65), "systemd does not wait for ever");
        assert_eq!(bench.claim(), Some(ClaimPhase::Committed));

        bench.props.detector.set([DetectorVerdict::NotNeeded]);
        bench.hooks.ends(PostReboot, "undrain", HookEnd::Succeeded, seconds(1));
        let _running = bench.start();
        bench.told(aborted).await;
        assert_eq!(bench.queue(), []);
    }
}

#[tokio::test(start_paused = true)]
async fn when_the_command_cannot_be_started() {
    let bench = draining();
    bench.props.command.set([Err(CommandEnd::NotStarted("no such file".to_owned()))]);
    bench.hooks.ends(PostReboot, "undrain", FAILS, seconds(1));
    let running = bench.start();
    bench.told(undrain_fails).await;
    assert_eq!(
        bench.claim(),
        Some(ClaimPhase::Committed),
        "whoever finds it must not run the command any more"
    );
    let stopped = running.stop().await;
    assert_eq!(stopped.last.unwrap().first_reason().code(), "post_reboot_hook_failed");

    bench.hooks.ends(PostReboot, "undrain", HookEnd::Succeeded, seconds(1));
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    let _running = bench.start();
    bench.told(aborted).await;
    assert_eq!((bench.runs(), bench.queue()), (1, vec![]));
}

#[tokio::test(start_paused = true)]
async fn while_it_cannot_be_undone_the_slot_is_held() {
    let bench = draining();
    bench.hooks.ends(PreReboot, "drain", FAILS, seconds(1));
    bench.hooks.ends(PostReboot, "undrain", FAILS, seconds(1));
    let _running = bench.start();
    sleep(minutes(60)).await;
    assert_eq!((bench.claim(), bench.runs()), (Some(ClaimPhase::Committed), 0));
    let health = bench.health().unwrap();
    assert_eq!((health.healthy, health.stage.as_str()), (false, "hooks"));
    bench.props.kill_switch.set([braked()]);
    bench.hooks.ends(PostReboot, "undrain", HookEnd::Succeeded, seconds(1));
    bench.outcome(Outcome::KillSwitchActive).await;
    sleep(minutes(1)).await;
    assert_eq!(bench.queue(), []);
    assert!(bench.health().unwrap().healthy);
}

#[tokio::test(start_paused = true)]
async fn when_an_operator_takes_the_claim_away_during_the_drain() {
    let bench = draining();
    let _running = bench.start();
    bench.told(drain_starts).await;
    bench.unlock().await;
    bench.props.kill_switch.set([braked()]);
    bench.told(undrained).await;
    sleep(minutes(2)).await;
    assert_eq!((bench.runs(), bench.queue()), (0, vec![]));
    assert!(bench.health().unwrap().healthy);
}

#[tokio::test(start_paused = true)]
async fn when_an_operator_takes_the_claim_away_of_a_machine_that_comes_back_later() {
    let bench = draining();
    let running = bench.start();
    bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
    drop(running);
    bench.unlock().await;
    bench.reboot();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    bench.hooks.ends(PostReboot, "undrain", FAILS, seconds(1));
    let _running = bench.start();
    bench.told(undrain_fails).await;
    sleep(minutes(10)).await;
    let health = bench.health().unwrap();
    assert_eq!((health.healthy, health.stage.as_str()), (false, "hooks"), "it is not back in service");
    bench.hooks.ends(PostReboot, "undrain", HookEnd::Succeeded, seconds(1));
    bench.told(undrained).await;
    sleep(minutes(1)).await;
    assert!(bench.health().unwrap().healthy);
    assert!(bench.hooks.told.lock().unwrap().ends_with(&[(PostReboot, true)]));
}

#[tokio::test(start_paused = true)]
async fn an_operator_who_takes_the_claim_away_of_a_node_that_is_not_back_in_service_frees_the_slot_alone() {
    let bench = draining();
    bench.reboot();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    bench.left_behind("boot-1", ClaimPhase::Armed).await;
    bench.hooks.ends(PostReboot, "undrain", FAILS, seconds(1));
    let _running = bench.start();
    bench.told(undrain_fails).await;
    bench.unlock().await;
    sleep(minutes(10)).await;
    assert_eq!(bench.queue(), []);
    assert!(!bench.health().unwrap().healthy);
    bench.hooks.ends(PostReboot, "undrain", HookEnd::Succeeded, seconds(1));
    bench.told(|what| matches!(what, What::LockLost { .. })).await;
    sleep(minutes(1)).await;
    assert!(bench.health().unwrap().healthy);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_noted_does_not_begin() {
    let bench = draining();
    *bench.hooks.notes_are_broken.lock().unwrap() = true;
    let running = bench.start();
    bench.told(aborted).await;
    assert_eq!((bench.runs(), bench.queue()), (0, vec![]));
    assert!(!bench.hooks.told.lock().unwrap().iter().any(|(phase, _)| *phase == PreReboot));
    let stopped = running.stop().await;
    assert_eq!(stopped.last.unwrap().first_reason().code(), "pre_reboot_hook_failed");
}

#[tokio::test(start_paused = true)]
async fn a_note_that_cannot_be_read_is_taken_for_one_of_hooks_that_ran() {
    let bench = draining();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    *bench.hooks.notes_are_broken.lock().unwrap() = true;
    let _running = bench.start();
    bench.outcome(Outcome::NoAction).await;
    assert_eq!(*bench.hooks.told.lock().unwrap(), [(PostReboot, false)]);
}

/// As when etcd was restored to a time at which the machine had not gone down yet.
#[tokio::test(start_paused = true)]
async fn a_node_that_is_back_never_takes_from_the_store_that_it_is_armed() {
    let bench = draining();
    bench.reboot();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    bench.left_behind("boot-1", ClaimPhase::Armed).await;
    bench.hooks.ends(PostReboot, "undrain", FAILS, seconds(1));
    let _running = bench.start();
    bench.told(undrain_fails).await;
    sleep(minutes(1)).await;
    let pairs = bench.store.pairs();
    let (key, pair) = pairs.iter().find(|(key, _)| bench.keys.queue().contains(key)).unwrap();
    let mut record: PlaceRecord = serde_json::from_slice(&pair.value).unwrap();
    record.phase = ClaimPhase::Armed;
    bench.store.txn(Txn::default().then([Op::put(key, encode(&record))])).await.unwrap();
    sleep(minutes(5)).await;
    let before = bench.store.history().len();
    bench.hooks.ends(PostReboot, "undrain", HookEnd::Succeeded, seconds(1));
    bench.told(undrained).await;
    sleep(minutes(1)).await;
    let history = bench.store.history();
    let puts = history[before..].iter().flat_map(|commit| &commit.changes).filter_map(|change| {
        let WatchEvent::Put(pair) = &change.event else { return None };
        bench.keys.queue().contains(&pair.key).then(|| serde_json::from_slice(&pair.value).unwrap())
    });
    let phases: Vec<ClaimPhase> = puts.map(|record: PlaceRecord| record.phase).collect();
    assert_eq!(phases, [ClaimPhase::Verifying]);
    assert_eq!(bench.queue(), []);
}
