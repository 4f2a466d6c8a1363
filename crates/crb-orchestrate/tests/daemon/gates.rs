//! What is asked, in which order, and that each no ends the way to a reboot.

use crb_decide::{DetectorVerdict, KillSwitchSeen, Outcome};
use crb_health::ScriptPhase;
use crb_windows::Windows;
use jiff::tz::TimeZone;
use tokio::time::sleep;

use crate::support::{Bench, RED, braked, minutes, seconds};

#[tokio::test(start_paused = true)]
async fn every_gate_is_asked_before_the_lock_and_under_it_and_the_command_runs_when_armed() {
    let bench = Bench::default();
    let _running = bench.start();
    sleep(minutes(1)).await;
    let looks = bench.props.looks.lock().unwrap();
    let asked: Vec<&str> = looks.iter().copied().filter(|look| *look != "heartbeat").collect();
    let before = ["kill_switch", "detectors", "pre-lock"];
    let under = ["kill_switch", "detectors", "post-lock"];
    assert_eq!(asked, [&before[..], &under[..], &["kill_switch", "marker", "command"][..]].concat());
    let story = ["attempt", "acquired", "ready", "commit", "armed", "command"];
    assert_eq!(bench.story(), story);
}

#[tokio::test(start_paused = true)]
async fn each_no_ends_the_pass_with_its_outcome_and_the_lock_free() {
    type Set = fn(&Bench);
    let table: [(Set, Outcome); 9] = [
        (|bench| bench.props.kill_switch.set([braked()]), Outcome::KillSwitchActive),
        (|bench| bench.props.kill_switch.set([KillSwitchSeen::Absent, braked()]), Outcome::KillSwitchActive),
        (|bench| bench.props.detector.set([DetectorVerdict::NotNeeded]), Outcome::NoAction),
        (|bench| bench.props.detector.set([DetectorVerdict::Unknown("exit 127".into())]), Outcome::NoAction),
        (
            |bench| bench.props.detector.set([DetectorVerdict::Needed, DetectorVerdict::NotNeeded]),
            Outcome::RecheckCleared,
        ),
        (
            |bench| {
                bench
                    .props
                    .detector
                    .set([DetectorVerdict::Needed, DetectorVerdict::Unknown("timed out".to_owned())]);
            },
            Outcome::NoAction,
        ),
        (|bench| bench.props.set_script(RED), Outcome::HealthBlocked),
        (|bench| bench.props.set_script_in(ScriptPhase::PreLock, RED), Outcome::HealthBlocked),
        (|bench| bench.props.set_script_in(ScriptPhase::PostLock, RED), Outcome::HealthBlocked),
    ];
    for (row, (set, outcome)) in table.into_iter().enumerate() {
        let bench = Bench::default();
        set(&bench);
        let running = bench.start();
        bench.outcome(outcome).await;
        sleep(minutes(10)).await;
        assert_eq!(bench.queue(), [], "row {row}");
        assert_eq!(bench.runs(), 0, "row {row}");
        assert_eq!(running.stop().await.exit_code(), outcome.into(), "row {row}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_switch_between_commit_and_command_gives_the_claim_back() {
    let bench = Bench::default();
    bench.props.kill_switch.set([KillSwitchSeen::Absent, KillSwitchSeen::Absent, braked()]);
    let _running = bench.start();
    sleep(minutes(10)).await;
    let story = ["attempt", "acquired", "ready", "commit", "released", "aborted", "kill_switch_present"];
    assert_eq!(bench.story(), story);
    assert_eq!(bench.queue(), []);
    assert!(bench.health().unwrap().healthy);
}

#[tokio::test(start_paused = true)]
async fn a_closed_window_is_waited_for_to_the_second() {
    let mut bench = Bench::default();
    bench.plan.windows = Windows::new(vec!["* 01:00-02:00".parse().unwrap()], vec![], TimeZone::UTC);
    let _running = bench.start();
    bench.outcome(Outcome::WindowOutsideAllow).await;
    let ready = bench.outcome(Outcome::Ready).await;
    assert!(ready >= minutes(60) && ready <= minutes(60) + seconds(1), "{ready:?}");
}

#[tokio::test(start_paused = true)]
async fn a_reason_that_goes_away_is_noticed_without_a_restart() {
    let bench = Bench::default();
    bench.props.set_script(RED);
    let _running = bench.start();
    sleep(minutes(30)).await;
    assert_eq!(bench.runs(), 0);
    bench.props.set_script(crb_decide::ScriptVerdict::Healthy);
    bench.outcome(Outcome::Ready).await;
    sleep(seconds(1)).await;
    assert_eq!(bench.runs(), 1);
}
