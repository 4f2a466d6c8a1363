//! Settings that change while the node is at work: at any moment, and never by halves.

use std::sync::Arc;

use crb_decide::{ClaimPhase, CommandEnd, DetectorVerdict, Outcome};
use crb_observe::What;
use crb_windows::Windows;
use jiff::tz::TimeZone;
use tokio::time::{Instant, sleep};

use crate::support::{Bench, Fault, Props, RED, Running, braked, minutes, seconds};

/// A node that needs no reboot and looks once an hour.
fn resting() -> Bench {
    let mut bench = Bench::default();
    bench.plan.check_interval = minutes(60);
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    bench
}

fn shut() -> Windows {
    Windows::new(vec!["Mon 00:00-00:01".parse().unwrap()], vec![], TimeZone::UTC)
}

fn change(bench: &mut Bench, running: &Running, how: impl FnOnce(&mut Bench)) {
    how(bench);
    running.reload(bench);
}

#[tokio::test(start_paused = true)]
async fn a_node_at_rest_looks_at_once_and_with_the_new_detectors() {
    let bench = resting();
    let running = bench.start();
    bench.outcome(Outcome::NoAction).await;
    sleep(minutes(10)).await;
    let (other, asked) = (Arc::new(Props::default()), Instant::now());
    running.reins.take_over(bench.setup_of(&other), bench.terms.clone());
    bench.outcome(Outcome::Ready).await;
    assert_eq!(asked.elapsed(), seconds(0));
}

#[tokio::test(start_paused = true)]
async fn a_change_of_the_new_detector_wakes_and_one_of_the_old_does_not() {
    let bench = resting();
    let running = bench.start();
    bench.outcome(Outcome::NoAction).await;
    let other = Arc::new(Props::default());
    other.detector.set([DetectorVerdict::NotNeeded]);
    running.reins.take_over(bench.setup_of(&other), bench.terms.clone());
    sleep(minutes(1)).await;
    let looks =
        |props: &Props| props.looks.lock().unwrap().iter().filter(|look| **look == "detectors").count();
    let before = (looks(&bench.props), looks(&other));
    bench.props.stirred.notify_one();
    sleep(minutes(1)).await;
    assert_eq!((looks(&bench.props), looks(&other)), before);
    other.stirred.notify_one();
    sleep(minutes(1)).await;
    assert_eq!((looks(&bench.props), looks(&other)), (before.0, before.1 + 1));
}

#[tokio::test(start_paused = true)]
async fn a_reload_of_the_same_settings_makes_one_pass_and_no_write() {
    let bench = resting();
    let running = bench.start();
    bench.outcome(Outcome::NoAction).await;
    sleep(minutes(1)).await;
    let (writes, passes) = (bench.store.history().len(), bench.story().len());
    bench.events.forget();
    running.reins.wake();
    bench.outcome(Outcome::NoAction).await;
    running.reload(&bench);
    sleep(minutes(30)).await;
    assert_eq!((bench.store.history().len(), passes), (writes, 1));
    assert_eq!(bench.events.count(|what| matches!(what, What::RunOutcome { .. })), 2);
}

type Forbid = fn(&mut Bench);

/// Every step is a second long, and the change comes at every quarter of one.
#[tokio::test(start_paused = true)]
async fn what_forbids_the_reboot_holds_it_back_whenever_it_comes_before_the_command() {
    let forbids: [(&str, Forbid); 4] = [
        ("dry run", |bench| bench.plan.dry_run = true),
        ("windows", |bench| bench.plan.windows = shut()),
        ("kill switch", |bench| bench.props.kill_switch.set([braked()])),
        ("policy", |bench| bench.plan.policy.min_healthy_absolute = Some(3)),
    ];
    for (what, forbid) in forbids {
        for fault in [Fault::Slow(seconds(1)), Fault::SlowBack(seconds(1))] {
            let mut quarters = 0;
            loop {
                let mut bench = Bench::default();
                bench.line.set(fault);
                let running = bench.start();
                sleep(seconds(quarters) / 4).await;
                if bench.runs() > 0 {
                    break;
                }
                // Other stand-ins, so that nothing but the reload tells the node of them.
                bench.props = Arc::default();
                change(&mut bench, &running, forbid);
                sleep(minutes(10)).await;
                let told = format!("{what} after {quarters} quarters of {fault:?}: {:?}", bench.story());
                assert_eq!((bench.runs(), bench.claim()), (0, None), "{told}");
                quarters += 1;
            }
            assert!(quarters > 16, "{what}, {fault:?}: the command ran after {quarters} quarters");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_pass_that_other_settings_began_does_not_commit() {
    let bench = Bench::default();
    *bench.props.script_takes.lock().unwrap() = seconds(10);
    let running = bench.start();
    bench.told(|what| matches!(what, What::LockAcquired { .. })).await;
    sleep(seconds(9)).await;
    assert_eq!(bench.props.looks.lock().unwrap().last(), Some(&"post-lock"), "the last look is under way");
    let other = Arc::new(Props::default());
    other.set_script(RED);
    running.reins.take_over(bench.setup_of(&other), bench.terms.clone());
    bench.outcome(Outcome::HealthBlocked).await;
    sleep(minutes(10)).await;
    assert_eq!(bench.events.count(|what| matches!(what, What::RebootCommitted { .. })), 0);
}

#[tokio::test(start_paused = true)]
async fn a_claim_is_given_back_when_the_dry_run_comes_after_the_commit() {
    let mut bench = Bench::default();
    bench.line.set(Fault::Slow(seconds(1)));
    let running = bench.start();
    bench.told(|what| matches!(what, What::RebootCommitted { .. })).await;
    change(&mut bench, &running, |bench| bench.plan.dry_run = true);
    let aborted = |what: &What| matches!(what, What::RebootAborted { reason } if reason.contains("dry run"));
    bench.told(aborted).await;
    change(&mut bench, &running, |bench| bench.plan.dry_run = false);
    bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
}

#[tokio::test(start_paused = true)]
async fn fewer_slots_after_the_commit_give_the_claim_back_and_more_do_not() {
    for (before, after, given_back) in [(2, 1, true), (1, 2, false), (2, 2, false)] {
        let mut bench = Bench::default();
        bench.line.set(Fault::Slow(seconds(1)));
        bench.terms.slots = before;
        let running = bench.start();
        bench.told(|what| matches!(what, What::RebootCommitted { .. })).await;
        change(&mut bench, &running, |bench| bench.terms.slots = after);
        bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
        let aborted = bench.events.count(|what| matches!(what, What::RebootAborted { .. })) > 0;
        assert_eq!(aborted, given_back, "from {before} to {after}: {:?}", bench.story());
    }
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_that_comes_after_a_run_holds_the_claim_and_its_end_goes_on() {
    let mut bench = Bench::default();
    bench.props.command.set([Err(CommandEnd::Failed("ended with 1".to_owned()))]);
    let running = bench.start();
    bench.told(|what| matches!(what, What::RebootCommandEnded { .. })).await;
    change(&mut bench, &running, |bench| bench.plan.dry_run = true);
    sleep(minutes(24 * 60)).await;
    assert_eq!((bench.runs(), bench.claim()), (1, Some(ClaimPhase::Armed)));
    let asked = Instant::now();
    change(&mut bench, &running, |bench| bench.plan.dry_run = false);
    bench.told(|what| matches!(what, What::RebootCommandStarted { run: 2, .. })).await;
    assert!(asked.elapsed() < seconds(1), "{:?}", asked.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_is_taken_away_during_the_dry_run_leaves_the_node_stuck() {
    let mut bench = Bench::default();
    bench.plan.dry_run = true;
    bench.left_behind("boot-1", ClaimPhase::Armed).await;
    let running = bench.start();
    sleep(minutes(5)).await;
    bench.unlock().await;
    sleep(minutes(5)).await;
    change(&mut bench, &running, |bench| bench.plan.dry_run = false);
    sleep(minutes(60)).await;
    assert_eq!((bench.runs(), bench.health().unwrap().stage.as_str()), (0, "stuck"));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_verifies_asks_the_new_script_at_once_and_for_the_whole_time() {
    let mut bench = Bench::default();
    bench.reboot();
    bench.plan.post_stable = minutes(5);
    bench.left_behind("boot-1", ClaimPhase::Armed).await;
    let running = bench.start();
    sleep(minutes(4)).await;
    assert_eq!(bench.claim(), Some(ClaimPhase::Verifying));
    let other = Arc::new(Props::default());
    other.set_script(RED);
    running.reins.take_over(bench.setup_of(&other), bench.terms.clone());
    sleep(minutes(5)).await;
    assert_eq!(bench.claim(), Some(ClaimPhase::Verifying), "the green of the old script does not count");

    let asked = bench.elapsed();
    running.reload(&bench);
    let verified = bench.told(|what| matches!(what, What::RebootVerified { .. })).await;
    assert_eq!(verified.saturating_sub(asked), minutes(5), "from the reload on, and for the whole time");
}

#[tokio::test(start_paused = true)]
async fn the_published_health_follows_the_script_and_the_interval() {
    let mut bench = resting();
    bench.plan.health_interval = minutes(60);
    let running = bench.start();
    sleep(minutes(1)).await;
    assert!(bench.health().unwrap().healthy);
    let other = Arc::new(Props::default());
    other.set_script(RED);
    other.detector.set([DetectorVerdict::NotNeeded]);
    bench.plan.health_interval = seconds(10);
    running.reins.take_over(bench.setup_of(&other), bench.terms.clone());
    sleep(seconds(1)).await;
    assert!(!bench.health().unwrap().healthy);
    other.set_script(crb_decide::ScriptVerdict::Healthy);
    sleep(seconds(12)).await;
    assert!(bench.health().unwrap().healthy);
}

#[tokio::test(start_paused = true)]
async fn slots_and_policy_are_published_at_once_and_after_an_outage() {
    let mut bench = resting();
    let running = bench.start();
    bench.outcome(Outcome::NoAction).await;
    sleep(minutes(1)).await;
    let published = |bench: &Bench| {
        let alive = bench.alive().unwrap();
        (alive.slots, alive.policy)
    };
    change(&mut bench, &running, |bench| bench.terms.slots = 2);
    sleep(seconds(1)).await;
    assert_eq!(published(&bench), (2, String::new()));

    bench.line.set(Fault::Cut);
    change(&mut bench, &running, |bench| bench.terms.policy_digest = "other".to_owned());
    sleep(minutes(5)).await;
    bench.line.set(Fault::None);
    sleep(minutes(2)).await;
    assert_eq!(published(&bench), (2, "other".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_change_while_the_node_joins_is_published_after_it() {
    for quarters in 0..16 {
        let mut bench = resting();
        bench.line.set(Fault::Slow(seconds(1)));
        let running = bench.start();
        sleep(seconds(quarters) / 4).await;
        change(&mut bench, &running, |bench| bench.terms.slots = 4);
        sleep(seconds(20)).await;
        assert_eq!(bench.alive().unwrap().slots, 4, "after {quarters} quarters");
    }
}

#[tokio::test(start_paused = true)]
async fn a_storm_of_reloads_neither_blocks_the_reboot_nor_makes_two() {
    let bench = Bench::default();
    bench.line.set(Fault::Slow(seconds(1) / 10));
    let running = bench.start();
    let storm = async {
        loop {
            running.reload(&bench);
            sleep(seconds(5)).await;
        }
    };
    tokio::select! {
        () = storm => {}
        _ = bench.told(|what| matches!(what, What::RebootCommandStarted { .. })) => {}
    }
    assert_eq!(bench.runs(), 1);
    assert_eq!(bench.events.count(|what| matches!(what, What::RebootCommitted { .. })), 1);
}
