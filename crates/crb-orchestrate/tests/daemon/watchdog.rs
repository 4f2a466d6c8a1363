//! The watchdog: hears of a daemon that works, however slow everything around it is, and not of one that hangs.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crb_decide::{ClaimPhase, DetectorVerdict, HookEnd, HookPhase, Outcome};
use crb_observe::What;
use crb_orchestrate::Watchdog;
use tokio::time::{Instant, sleep};

use crate::support::{Bench, FAILS, Fault, ME, RED, braked, minutes, seconds};

const PATIENCE: Duration = Duration::from_secs(300);

/// As long as one step may take on the bench.
const AT_MOST: Duration = Duration::from_secs(119);

/// Notes when it was told.
struct Ear {
    patience: Duration,
    told: Mutex<Vec<Instant>>,
    is_deaf: Mutex<bool>,
}

impl Ear {
    fn new() -> Arc<Self> {
        Self::with_patience(PATIENCE)
    }

    fn with_patience(patience: Duration) -> Arc<Self> {
        Arc::new(Self { patience, told: Mutex::default(), is_deaf: Mutex::default() })
    }

    fn times(&self) -> usize {
        self.told.lock().unwrap().len()
    }

    /// The longest that it heard nothing, up to now.
    fn longest_silence(&self) -> Duration {
        let told = self.told.lock().unwrap();
        let ends = told.iter().skip(1).copied().chain([Instant::now()]);
        told.iter().zip(ends).map(|(from, to)| to.duration_since(*from)).max().expect("it was told nothing")
    }
}

impl Watchdog for Ear {
    fn patience(&self) -> Duration {
        self.patience
    }

    fn tell_alive(&self) -> Result<(), String> {
        if *self.is_deaf.lock().unwrap() {
            return Err("it does not listen".to_owned());
        }
        self.told.lock().unwrap().push(Instant::now());
        Ok(())
    }
}

fn complaint(what: &What) -> bool {
    matches!(what, What::Trouble { component: "watchdog", .. })
}

fn idle() -> Bench {
    let bench = Bench::default();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    bench
}

#[tokio::test(start_paused = true)]
async fn an_idle_daemon_is_heard_in_time_and_not_more_often_than_is_of_use() {
    let (bench, ear) = (idle(), Ear::new());
    let _running = bench.start_watched(ear.clone());
    sleep(minutes(24 * 60)).await;
    assert!(ear.longest_silence() <= PATIENCE / 2, "{:?}", ear.longest_silence());
    assert!(ear.times() <= 24 * 60 / 5 * 4 + 1, "{}", ear.times());
}

#[tokio::test(start_paused = true)]
async fn where_nothing_else_wakes_the_daemon_a_timer_does() {
    let (mut bench, ear) = (idle(), Ear::with_patience(seconds(2)));
    bench.plan.health_interval = minutes(60);
    let _running = bench.start_watched(ear.clone());
    sleep(minutes(60)).await;
    assert!(ear.longest_silence() <= seconds(1), "{:?}", ear.longest_silence());
}

/// What may keep the loop for long, and rightly.
#[tokio::test(start_paused = true)]
async fn whatever_takes_long_by_its_nature_takes_no_word_away() {
    type Case = (&'static str, fn(&mut Bench));
    let cases: [Case; 14] = [
        ("a script as slow as it may be", |bench| *bench.props.script_takes.lock().unwrap() = AT_MOST),
        ("a detector as slow as it may be", |bench| *bench.props.detector_takes.lock().unwrap() = AT_MOST),
        ("a command as slow as it may be", |bench| *bench.props.command_takes.lock().unwrap() = AT_MOST),
        ("a hook before the reboot as slow as it may be", |bench| {
            bench.hooks.drains();
            bench.hooks.ends(HookPhase::PreReboot, "drain", HookEnd::Succeeded, AT_MOST);
        }),
        ("a hook that fails to undo, as slow as it may be", |bench| {
            bench.hooks.drains();
            bench.hooks.ends(HookPhase::PreReboot, "drain", FAILS, AT_MOST);
            bench.hooks.ends(HookPhase::PostReboot, "undrain", FAILS, AT_MOST);
        }),
        ("a kill switch that stays", |bench| bench.props.kill_switch.set([braked()])),
        ("a presence of hours", |bench| bench.terms.presence_ttl = minutes(4 * 60)),
        ("a command that ran before and took nothing down", |bench| bench.ran_before("boot-1", 1)),
        ("a rest of a day", |bench| bench.plan.check_interval = minutes(24 * 60)),
        ("a backoff of hours", |bench| {
            (bench.plan.backoff_min, bench.plan.backoff_max) = (minutes(90), minutes(90));
            bench.props.set_script(RED);
        }),
        ("a machine that takes hours to go down", |bench| bench.plan.reboot_timeout = minutes(90)),
        ("a node that is stuck", |_| {}),
        ("etcd away from the start", |bench| bench.line.set(Fault::Cut)),
        ("calls as slow as they may be", |bench| bench.line.set(Fault::Slow(seconds(5)))),
    ];
    for (what, arrange) in cases {
        let (mut bench, ear) = (Bench::default(), Ear::new());
        arrange(&mut bench);
        is_vouched_for(&bench, &ear, what).await;
    }
}

/// What an earlier life of the node left in etcd, and keeps this one at it.
#[tokio::test(start_paused = true)]
async fn whatever_a_claim_is_held_for_takes_no_word_away() {
    type Case = (&'static str, &'static str, ClaimPhase, fn(&mut Bench));
    let cases: [Case; 6] = [
        ("to be green for hours", "boot-0", ClaimPhase::Armed, |bench| {
            bench.plan.post_stable = minutes(5 * 60);
            *bench.props.script_takes.lock().unwrap() = AT_MOST;
        }),
        ("to become green", "boot-0", ClaimPhase::Armed, |bench| bench.props.set_script(RED)),
        ("to be undrained", "boot-0", ClaimPhase::Armed, |bench| {
            bench.hooks.drains();
            bench.hooks.ends(HookPhase::PostReboot, "undrain", FAILS, AT_MOST);
        }),
        ("to run its command once more", "boot-1", ClaimPhase::Armed, |bench| {
            bench.props.kill_switch.set([braked()]);
        }),
        ("to be no dry run", "boot-1", ClaimPhase::Armed, |bench| bench.plan.dry_run = true),
        ("for an operator", "boot-1", ClaimPhase::Stuck, |_| {}),
    ];
    for (what, boot, phase, arrange) in cases {
        let (mut bench, ear) = (Bench::default(), Ear::new());
        arrange(&mut bench);
        bench.left_behind(boot, phase).await;
        is_vouched_for(&bench, &ear, what).await;
        assert!(bench.claim().is_some() || what == "to be green for hours", "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_waited_for_takes_no_word_away() {
    let (bench, ear) = (Bench::default(), Ear::new());
    let peer = bench.peer("peer").await;
    peer.goes_out().await;
    is_vouched_for(&bench, &ear, "a peer that is out").await;

    let (bench, ear) = (Bench::default(), Ear::new());
    let _other = bench.peer(ME).await;
    is_vouched_for(&bench, &ear, "a machine of the same name").await;
}

async fn is_vouched_for(bench: &Bench, ear: &Arc<Ear>, what: &str) {
    let _running = bench.start_watched(ear.clone());
    sleep(minutes(6 * 60)).await;
    assert!(ear.longest_silence() <= PATIENCE / 2, "{what}: {:?}", ear.longest_silence());
    assert_eq!(bench.events.count(complaint), 0, "{what}");
}

#[tokio::test(start_paused = true)]
async fn a_step_of_which_nobody_says_what_became_of_it_is_tried_again_and_vouched_for() {
    let (bench, ear) = (Bench::default(), Ear::new());
    let _running = bench.start_watched(ear.clone());
    bench.told(|what| matches!(what, What::LockAcquired { .. })).await;
    bench.line.set(Fault::Deaf);
    sleep(minutes(40)).await;
    assert_eq!(bench.queue().len(), 1, "it does not give up either");
    assert!(ear.longest_silence() <= PATIENCE / 2, "{:?}", ear.longest_silence());
}

#[tokio::test(start_paused = true)]
async fn what_began_under_longer_times_is_waited_for_by_those() {
    let (mut bench, ear) = (idle(), Ear::new());
    bench.plan.longest_step = minutes(60);
    *bench.props.script_takes.lock().unwrap() = minutes(59);
    let running = bench.start_watched(ear.clone());
    sleep(minutes(5)).await;
    bench.plan.longest_step = seconds(30);
    running.reload(&bench);
    sleep(minutes(60)).await;
    assert!(ear.longest_silence() <= PATIENCE / 2, "{:?}", ear.longest_silence());
}

#[tokio::test(start_paused = true)]
async fn what_began_under_longer_times_that_were_in_force_for_a_moment_is_waited_for_by_those() {
    let (mut bench, ear) = (idle(), Ear::new());
    let running = bench.start_watched(ear.clone());
    // Neither with a report nor with any other wait of the daemon.
    sleep(minutes(5) + seconds(7)).await;
    bench.plan.longest_step = minutes(60);
    *bench.props.script_takes.lock().unwrap() = minutes(59);
    running.reload(&bench);
    sleep(seconds(1) / 2).await;
    bench.plan.longest_step = seconds(30);
    running.reload(&bench);
    sleep(minutes(60)).await;
    assert!(ear.longest_silence() <= PATIENCE / 2, "{:?}", ear.longest_silence());
}

#[tokio::test(start_paused = true)]
async fn a_loop_that_waits_for_what_never_comes_is_said_once_and_no_longer_vouched_for() {
    let (bench, ear) = (idle(), Ear::new());
    let _running = bench.start_watched(ear.clone());
    bench.outcome(Outcome::NoAction).await;
    // It breaks its own word that it ends in time, and the next pass waits for it, too.
    *bench.props.script_takes.lock().unwrap() = minutes(30 * 24 * 60);
    sleep(minutes(20)).await;
    assert!(ear.longest_silence() > PATIENCE, "{:?}", ear.longest_silence());
    let times = ear.times();
    sleep(minutes(20 * 60)).await;
    assert_eq!((ear.times(), bench.events.count(complaint)), (times, 1));
}

/// The store breaks its own word that every call ends in time, and the loops beside it go on as ever.
#[tokio::test(start_paused = true)]
async fn a_presence_that_is_no_longer_renewed_is_said_however_long_the_passes_rest() {
    let (mut bench, ear) = (idle(), Ear::new());
    bench.plan.check_interval = minutes(24 * 60);
    let _running = bench.start_watched(ear.clone());
    bench.outcome(Outcome::NoAction).await;
    bench.line.set(Fault::HangsAtRenewal);
    sleep(minutes(20)).await;
    assert!(ear.longest_silence() > PATIENCE, "{:?}", ear.longest_silence());
    let said =
        |what: &What| matches!(what, What::Trouble { error, .. } if error.contains("loop of the presence"));
    assert_eq!((bench.events.count(said), bench.events.count(complaint)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_word_that_was_not_taken_is_said_once_and_told_again_before_it_is_too_late() {
    let (bench, ear) = (idle(), Ear::new());
    let _running = bench.start_watched(ear.clone());
    sleep(minutes(10)).await;
    let (heard, silent) = (ear.times(), PATIENCE / 2);
    *ear.is_deaf.lock().unwrap() = true;
    sleep(silent).await;
    assert_eq!((ear.times(), bench.events.count(complaint)), (heard, 1));
    *ear.is_deaf.lock().unwrap() = false;
    sleep(minutes(10)).await;
    assert!(ear.longest_silence() < PATIENCE, "{:?}", ear.longest_silence());
    assert_eq!(bench.events.count(complaint), 1);
}
