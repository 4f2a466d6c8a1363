//! What the machine remembers of the reboot commands that ran in this boot, when the daemon or the claim is gone.

use std::sync::{Arc, Mutex};

use crb_decide::{ClaimPhase, CommandEnd, DetectorVerdict, Outcome};
use crb_health::HealthRecord;
use crb_observe::What;
use crb_store::KeyValue;
use tokio::time::sleep;

use crate::support::{Bench, Fault, ME, MarkerFault, minutes, name, seconds};

fn command(what: &What) -> bool {
    matches!(what, What::RebootCommandStarted { .. })
}

fn lost(what: &What) -> bool {
    matches!(what, What::LockLost { .. })
}

fn noted_runs(bench: &Bench) -> Option<u32> {
    bench.props.marker.lock().unwrap().as_ref().map(|run| run.runs)
}

/// What is seen from now on of a node that holds still: nothing, neither that it is healthy nor that it queues.
fn stirrings(bench: &Bench) -> Arc<Mutex<Vec<&'static str>>> {
    let (health, queue) = (bench.keys.health(&name(ME)), bench.keys.queue());
    let seen = Arc::<Mutex<Vec<_>>>::default();
    let log = Arc::clone(&seen);
    bench.store.on_commit(move |_, pairs| {
        let says = |pair: &KeyValue| serde_json::from_slice::<HealthRecord>(&pair.value).unwrap();
        if pairs.get(&health).is_some_and(|pair| says(pair).healthy) {
            log.lock().unwrap().push("it says that it is healthy");
        }
        if pairs.keys().any(|key| queue.contains(key)) {
            log.lock().unwrap().push("it queues");
        }
    });
    seen
}

fn says_that_it_is_stuck(bench: &Bench) {
    let health = bench.health().unwrap();
    assert_eq!((health.healthy, health.stage.as_str()), (false, "stuck"), "{health:?}");
}

#[tokio::test(start_paused = true)]
async fn every_run_is_noted_before_it_begins() {
    let bench = Bench::default();
    let _running = bench.start();
    bench.told(command).await;
    let run = bench.props.marker.lock().unwrap().clone().unwrap();
    assert_eq!((run.boot_id.0.as_str(), run.runs), ("boot-1", 1));
    assert!(bench.store.pairs().contains_key(&run.claim), "{run:?}");
    sleep(minutes(60)).await;
    assert_eq!((bench.claim(), noted_runs(&bench)), (Some(ClaimPhase::Stuck), Some(3)));
    let looks = bench.props.looks.lock().unwrap();
    let order: Vec<&str> =
        looks.iter().copied().filter(|look| ["marker", "command"].contains(look)).collect();
    assert_eq!(order, ["marker", "command", "marker", "command", "marker", "command"]);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_cannot_be_noted_does_not_happen_and_the_claim_is_given_back() {
    let bench = Bench::default();
    *bench.props.marker_fault.lock().unwrap() = MarkerFault::ReadOnly;
    let _running = bench.start();
    let aborted = |what: &What| match what {
        What::RebootAborted { reason } => {
            assert_eq!(
                reason,
                "the reboot command could not be started: its run could not be noted: /run/marker is not to be \
                 had"
            );
            true
        }
        _ => false,
    };
    bench.told(aborted).await;
    assert_eq!((bench.runs(), bench.queue()), (0, vec![]));
    *bench.props.marker_fault.lock().unwrap() = MarkerFault::None;
    bench.told(command).await;
}

#[tokio::test(start_paused = true)]
async fn a_later_run_that_cannot_be_noted_counts_as_a_failed_one() {
    let bench = Bench::default();
    let _running = bench.start();
    bench.told(command).await;
    *bench.props.marker_fault.lock().unwrap() = MarkerFault::ReadOnly;
    sleep(minutes(60)).await;
    assert_eq!((bench.runs(), bench.claim()), (1, Some(ClaimPhase::Stuck)));
    let not_started =
        |what: &What| matches!(what, What::RebootCommandEnded { end: CommandEnd::NotStarted(_), .. });
    assert_eq!(bench.events.count(not_started), 2);
}

#[tokio::test(start_paused = true)]
async fn a_command_that_could_not_be_started_is_forgotten_again() {
    let bench = Bench::default();
    bench.props.command.set([Err(CommandEnd::NotStarted("no such file".to_owned()))]);
    let running = bench.start();
    bench.told(|what| matches!(what, What::RebootAborted { .. })).await;
    assert_eq!(noted_runs(&bench), None);
    running.stop().await;
    bench.events.forget();
    bench.props.command.set([Ok(())]);
    let _again = bench.start();
    bench.told(command).await;
}

#[tokio::test(start_paused = true)]
async fn runs_are_counted_over_all_daemons_of_a_boot() {
    for (noted, left) in [(1, 2), (2, 1), (3, 0), (4, 0)] {
        for phase in [ClaimPhase::Armed, ClaimPhase::Committed] {
            let bench = Bench::default();
            bench.left_behind("boot-1", phase).await;
            bench.ran_before("boot-1", noted);
            let _running = bench.start();
            sleep(minutes(60)).await;
            assert_eq!((bench.runs(), bench.claim()), (left, Some(ClaimPhase::Stuck)), "{noted}, {phase:?}");
            says_that_it_is_stuck(&bench);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_is_killed_after_every_run_runs_the_command_thrice_in_all() {
    let bench = Bench::default();
    for run in 1..=3 {
        let running = bench.start();
        bench.told(command).await;
        bench.events.forget();
        drop(running);
        assert_eq!(noted_runs(&bench), Some(run));
    }
    for _ in 0..3 {
        let running = bench.start();
        sleep(minutes(60)).await;
        assert_eq!((bench.runs(), bench.claim()), (0, Some(ClaimPhase::Stuck)));
        says_that_it_is_stuck(&bench);
        drop(running);
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_that_ran_the_command_and_finds_its_claim_gone_is_stuck_until_it_boots_anew() {
    let bench = Bench::default();
    let running = bench.start();
    bench.told(command).await;
    drop(running);
    bench.unlock().await;
    bench.events.forget();
    bench.line.set(Fault::Slow(seconds(1)));
    *bench.props.script_takes.lock().unwrap() = seconds(1);
    let stirrings = stirrings(&bench);
    for _ in 0..2 {
        let running = bench.start();
        bench.told(lost).await;
        sleep(minutes(24 * 60)).await;
        says_that_it_is_stuck(&bench);
        assert_eq!(bench.runs(), 0);
        drop(running);
        bench.events.forget();
    }
    assert_eq!(*stirrings.lock().unwrap(), [""; 0]);
    bench.line.set(Fault::None);
    bench.reboot();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    let _running = bench.start();
    bench.outcome(Outcome::NoAction).await;
    sleep(minutes(1)).await;
    assert!(bench.health().unwrap().healthy);
    assert_eq!(noted_runs(&bench), None, "the marker of another boot is removed");
    bench.props.detector.set([DetectorVerdict::Needed]);
    bench.told(command).await;
}

#[tokio::test(start_paused = true)]
async fn a_node_whose_etcd_is_away_at_start_holds_still_until_it_knows() {
    let bench = Bench::default();
    bench.ran_before("boot-1", 1);
    bench.line.set(Fault::Cut);
    let stirrings = stirrings(&bench);
    let _running = bench.start();
    sleep(minutes(30)).await;
    bench.line.set(Fault::None);
    bench.told(lost).await;
    sleep(minutes(30)).await;
    says_that_it_is_stuck(&bench);
    assert_eq!(*stirrings.lock().unwrap(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_marker_that_cannot_be_read_is_taken_for_one_of_this_boot_and_said() {
    let said = |what: &What| match what {
        What::Trouble { component: "recovery", error } => error.contains("/run/marker is not to be had"),
        _ => false,
    };
    for claim in [Some("boot-1"), Some("boot-0"), None] {
        let bench = Bench::default();
        *bench.props.marker_fault.lock().unwrap() = MarkerFault::Unreadable;
        if let Some(boot) = claim {
            bench.left_behind(boot, ClaimPhase::Armed).await;
        }
        let _running = bench.start();
        bench.told(said).await;
        sleep(minutes(60)).await;
        says_that_it_is_stuck(&bench);
        assert_eq!((bench.runs(), bench.claim()), (0, claim.map(|_| ClaimPhase::Stuck)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_claim_of_another_boot_is_not_released_by_a_node_that_ran_the_command_in_this_one() {
    for phase in [ClaimPhase::Armed, ClaimPhase::Verifying, ClaimPhase::Stuck] {
        let bench = Bench::default();
        bench.left_behind("boot-0", phase).await;
        bench.ran_before("boot-1", 1);
        let running = bench.start();
        sleep(minutes(60)).await;
        assert_eq!((bench.runs(), bench.claim()), (0, Some(ClaimPhase::Stuck)), "{phase:?}");
        says_that_it_is_stuck(&bench);
        drop(running);

        bench.reboot();
        bench.props.detector.set([DetectorVerdict::NotNeeded]);
        let _back = bench.start();
        bench.told(|what| matches!(what, What::RebootVerified { .. })).await;
        assert_eq!(bench.queue(), []);
    }
}

#[tokio::test(start_paused = true)]
async fn a_marker_of_another_boot_that_cannot_be_removed_holds_nothing_back() {
    let bench = Bench::default();
    bench.ran_before("boot-0", 3);
    *bench.props.marker_fault.lock().unwrap() = MarkerFault::ReadOnly;
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    let _running = bench.start();
    bench.told(|what| matches!(what, What::Trouble { component: "reboot", .. })).await;
    bench.outcome(Outcome::NoAction).await;
    sleep(minutes(1)).await;
    assert!(bench.health().unwrap().healthy);
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_after_the_command_ran_holds_the_claim_and_runs_nothing() {
    let mut bench = Bench::default();
    bench.left_behind("boot-1", ClaimPhase::Armed).await;
    bench.ran_before("boot-1", 1);
    bench.plan.dry_run = true;
    let _running = bench.start();
    sleep(minutes(60)).await;
    assert_eq!((bench.runs(), bench.claim()), (0, Some(ClaimPhase::Armed)));
    bench.unlock().await;
    bench.told(lost).await;
    sleep(minutes(1)).await;
    says_that_it_is_stuck(&bench);
}
