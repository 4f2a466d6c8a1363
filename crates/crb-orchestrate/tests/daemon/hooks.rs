//! Hooks before and after a reboot that takes place.

use crb_decide::{ClaimPhase, DetectorVerdict, HookEnd, HookPhase, OnFailure, Outcome, ScriptVerdict};
use crb_health::ScriptPhase;
use crb_observe::What;
use tokio::time::sleep;

use crate::support::{Bench, FAILS, RED, braked, minutes, seconds};

use HookPhase::{PostReboot, PreReboot};

fn verified(what: &What) -> bool {
    matches!(what, What::RebootVerified { .. })
}

fn command(what: &What) -> bool {
    matches!(what, What::RebootCommandStarted { .. })
}

fn aborted(what: &What) -> bool {
    matches!(what, What::RebootAborted { .. })
}

fn draining() -> Bench {
    let bench = Bench::default();
    bench.hooks.drains();
    bench
}

#[tokio::test(start_paused = true)]
async fn a_node_is_drained_under_its_claim_and_back_in_service_before_it_gives_it_back() {
    let bench = draining();
    let running = bench.start();
    bench.told(command).await;
    let story = ["attempt", "acquired", "ready", "commit", "pre-reboot drain success", "armed", "command"];
    assert_eq!(bench.story(), story);
    drop(running);

    bench.events.forget();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    bench.reboot();
    let _running = bench.start();
    bench.outcome(Outcome::NoAction).await;
    let story =
        ["armed", "verifying", "post-reboot undrain success", "released", "verified", "no_reboot_required"];
    assert_eq!(bench.story(), story);
    assert_eq!(*bench.hooks.told.lock().unwrap(), [(PreReboot, false), (PostReboot, true)]);

    let last = bench.hooks.notes.last().unwrap();
    assert_eq!(last.boot_id.0, "boot-2");
    assert_eq!(last.boot_before.unwrap().0, "boot-1");
    assert_eq!((last.detectors.as_slice(), last.attempts), (&["marker".to_owned()][..], 1));
    assert!(last.committed_at.unwrap() <= last.back_at && last.back_at <= last.verified_at);
    let ran: Vec<_> =
        last.hooks.iter().map(|run| (run.phase, run.hook.as_str(), run.result.as_str())).collect();
    assert_eq!(ran, [(PreReboot, "drain", "success"), (PostReboot, "undrain", "success")]);
    assert!(bench.store.pairs().contains_key(&last.history.unwrap()));
    assert_eq!(crb_orchestrate::RebootNotes::read(&*bench.hooks).unwrap(), None, "the note is forgotten");
}

#[tokio::test(start_paused = true)]
async fn a_drain_may_take_longer_than_the_lock_lives_for_everything_is_asked_anew_behind_it() {
    let bench = draining();
    bench.hooks.ends(PreReboot, "drain", HookEnd::Succeeded, minutes(20));
    let _running = bench.start();
    let at = bench.told(command).await;
    assert!(at >= minutes(20) && at < minutes(21), "{at:?}");
    let looks = bench.props.looks.lock().unwrap();
    let behind = looks.iter().rposition(|look| *look == "post-lock").unwrap();
    assert_eq!(looks[behind..], ["post-lock", "kill_switch", "marker", "command"], "{looks:?}");
    assert_eq!(looks.iter().filter(|look| **look == "post-lock").count(), 2);
}

#[tokio::test(start_paused = true)]
async fn without_hooks_nothing_is_asked_twice() {
    let bench = Bench::default();
    let _running = bench.start();
    bench.told(command).await;
    let looks = bench.props.looks.lock().unwrap();
    assert_eq!(looks.iter().filter(|look| **look == "post-lock").count(), 1, "{looks:?}");
}

#[tokio::test(start_paused = true)]
async fn what_closes_during_the_drain_calls_the_reboot_off_and_the_node_is_taken_back_into_service() {
    type Close = fn(&Bench);
    let table: [(&str, Close); 4] = [
        ("kill_switch_present", |bench| bench.props.kill_switch.set([braked()])),
        ("script_failed", |bench| bench.props.set_script_in(ScriptPhase::PostLock, RED)),
        ("recheck_cleared", |bench| bench.props.detector.set([DetectorVerdict::NotNeeded])),
        ("detector_failed", |bench| bench.props.detector.set([DetectorVerdict::Unknown("broken".into())])),
    ];
    for (reason, close) in table {
        let bench = draining();
        bench.hooks.ends(PreReboot, "drain", HookEnd::Succeeded, minutes(5));
        let _running = bench.start();
        bench.told(|what| matches!(what, What::HookStarted { .. })).await;
        close(&bench);
        bench.told(aborted).await;
        let story = bench.story();
        let end: Vec<&str> = story.iter().rev().take(5).rev().map(String::as_str).collect();
        assert_eq!(
            end,
            [reason, "committed", "post-reboot undrain success", "released", "aborted"],
            "{story:?}"
        );
        assert_eq!((bench.runs(), bench.queue()), (0, vec![]));
        assert_eq!(*bench.hooks.told.lock().unwrap(), [(PreReboot, false), (PostReboot, false)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_falls_ill_during_the_drain_calls_it_off() {
    let bench = draining();
    let peer = bench.peer("peer").await;
    bench.hooks.ends(PreReboot, "drain", HookEnd::Succeeded, minutes(5));
    let _running = bench.start();
    bench.told(|what| matches!(what, What::HookStarted { .. })).await;
    peer.say_healthy(false).await;
    bench.told(aborted).await;
    assert!(bench.story().contains(&"peer_unhealthy".to_owned()), "{:?}", bench.story());
    assert_eq!(bench.runs(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_fails_calls_the_reboot_off_or_is_passed_over() {
    let ends = [
        FAILS,
        HookEnd::Killed { signal: 9 },
        HookEnd::TimedOut { after: minutes(5) },
        HookEnd::NotRunnable { error: "no such file".to_owned() },
    ];
    for end in ends {
        let bench = draining();
        bench.hooks.ends(PreReboot, "drain", end.clone(), seconds(1));
        let running = bench.start();
        bench.told(aborted).await;
        assert_eq!((bench.runs(), bench.queue()), (0, vec![]), "{end}");
        assert_eq!(*bench.hooks.told.lock().unwrap(), [(PreReboot, false), (PostReboot, false)]);
        assert!(bench.health().unwrap().healthy);
        let stopped = running.stop().await;
        let reason = stopped.last.unwrap().first_reason().clone();
        assert_eq!(reason.code(), "pre_reboot_hook_failed");
        assert!(reason.to_string().ends_with(&end.to_string()), "{reason}");

        let bench = draining();
        *bench.hooks.pre.lock().unwrap() = vec![("drain", OnFailure::Continue), ("sync", OnFailure::Block)];
        bench.hooks.ends(PreReboot, "drain", end, seconds(1));
        let _running = bench.start();
        bench.told(command).await;
        assert_eq!(*bench.hooks.told.lock().unwrap(), [(PreReboot, false), (PreReboot, false)]);
    }
}

#[tokio::test(start_paused = true)]
async fn of_several_hooks_none_runs_behind_one_that_blocks() {
    let bench = draining();
    *bench.hooks.pre.lock().unwrap() = vec![("first", OnFailure::Block), ("second", OnFailure::Block)];
    bench.hooks.ends(PreReboot, "first", FAILS, seconds(1));
    let _running = bench.start();
    bench.told(aborted).await;
    assert!(!bench.story().iter().any(|what| what.contains("second")), "{:?}", bench.story());
}

#[tokio::test(start_paused = true)]
async fn a_node_that_is_not_back_in_service_holds_its_slot_and_says_so_until_it_is() {
    let bench = draining();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    bench.reboot();
    bench.left_behind("boot-1", ClaimPhase::Armed).await;
    *bench.hooks.post.lock().unwrap() = vec![("start", OnFailure::Block), ("undrain", OnFailure::Block)];
    bench.hooks.ends(PostReboot, "undrain", FAILS, seconds(1));
    let _running = bench.start();
    sleep(minutes(60)).await;
    assert_eq!(bench.claim(), Some(ClaimPhase::Verifying));
    let health = bench.health().unwrap();
    assert_eq!((health.healthy, health.stage.as_str()), (false, "hooks"));
    assert!(health.reason.contains("undrain") && health.reason.contains("ended with 1"), "{health:?}");
    let tries = bench.events.count(|what| matches!(what, What::HookEnded { hook, .. } if hook == "undrain"));
    assert!((50..200).contains(&tries), "with backoff: {tries}");
    let started = bench.events.count(|what| matches!(what, What::HookEnded { hook, .. } if hook == "start"));
    assert_eq!(started, 1, "what has succeeded is not run again");
    assert!(
        !bench.props.looks.lock().unwrap().contains(&"post-reboot"),
        "the script is asked behind the hooks"
    );

    bench.hooks.ends(PostReboot, "undrain", HookEnd::Succeeded, seconds(1));
    bench.props.set_script_in(ScriptPhase::PostReboot, RED);
    sleep(minutes(2)).await;
    assert_eq!(bench.health().unwrap().stage, "post-reboot", "what holds it now is told");
    bench.props.set_script(ScriptVerdict::Healthy);
    bench.told(verified).await;
    assert_eq!(bench.queue(), []);
}

#[tokio::test(start_paused = true)]
async fn a_hook_after_the_boot_whose_failure_is_passed_over_holds_nothing() {
    let bench = draining();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    bench.reboot();
    bench.left_behind("boot-1", ClaimPhase::Armed).await;
    *bench.hooks.post.lock().unwrap() = vec![("warm", OnFailure::Continue)];
    bench.hooks.ends(PostReboot, "warm", FAILS, seconds(1));
    let _running = bench.start();
    let at = bench.told(verified).await;
    assert!(at < minutes(1), "{at:?}");
    assert_eq!(bench.hooks.notes.last().unwrap().hooks[0].result, "failed");
}

#[tokio::test(start_paused = true)]
async fn in_a_dry_run_no_hook_runs() {
    let mut bench = draining();
    bench.plan.dry_run = true;
    let _running = bench.start();
    bench.outcome(Outcome::Ready).await;
    sleep(minutes(60)).await;
    assert_eq!(*bench.hooks.told.lock().unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn whoever_hands_events_on_is_waited_for_before_each_run_of_the_command() {
    let bench = Bench::default();
    let _running = bench.start();
    bench.told(command).await;
    assert_eq!(*bench.hooks.settled.lock().unwrap(), 1);
    sleep(minutes(60)).await;
    assert_eq!((bench.runs(), *bench.hooks.settled.lock().unwrap()), (3, 3));
}
