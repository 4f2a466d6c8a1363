//! What wakes a node at rest before its interval is over.

use std::time::Duration;

use crb_decide::{DetectorVerdict, Outcome};
use crb_detect::WatchError;
use crb_observe::What;
use tokio::time::sleep;

use crate::support::{Bench, minutes, seconds};

/// A node that needs no reboot and looks once an hour.
fn resting() -> Bench {
    let mut bench = Bench::default();
    bench.plan.check_interval = minutes(60);
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    bench
}

fn looks(bench: &Bench) -> usize {
    bench.props.looks.lock().unwrap().iter().filter(|look| **look == "detectors").count()
}

#[tokio::test(start_paused = true)]
async fn a_detector_that_changes_is_looked_at_at_once() {
    let bench = resting();
    let _running = bench.start();
    bench.outcome(Outcome::NoAction).await;
    sleep(minutes(10)).await;
    assert_eq!(looks(&bench), 1);

    bench.props.detector.set([DetectorVerdict::Needed]);
    bench.props.stirred.notify_one();
    let changed_at = bench.elapsed();
    let seen = bench.outcome(Outcome::Ready).await;
    assert!(seen < changed_at + Duration::from_millis(1), "{changed_at:?} {seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_change_that_comes_to_nothing_costs_no_write() {
    let bench = resting();
    let _running = bench.start();
    bench.outcome(Outcome::NoAction).await;
    sleep(minutes(1)).await;
    let writes = bench.store.history().len();
    for change in 1..=5 {
        bench.props.stirred.notify_one();
        sleep(seconds(10)).await;
        assert_eq!(looks(&bench), 1 + change);
    }
    assert_eq!(bench.store.history().len(), writes);
}

#[tokio::test(start_paused = true)]
async fn a_detector_that_never_rests_is_looked_at_once_a_second() {
    let bench = resting();
    let _running = bench.start();
    bench.outcome(Outcome::NoAction).await;
    let stir = async {
        loop {
            bench.props.stirred.notify_one();
            sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        () = stir => {}
        () = sleep(minutes(1)) => {}
    }
    assert!((58..=62).contains(&looks(&bench)), "{}", looks(&bench));
}

#[tokio::test(start_paused = true)]
async fn where_no_change_can_be_noticed_the_interval_goes_on_and_it_is_said() {
    let bench = resting();
    *bench.props.watch_fault.lock().unwrap() = Some(WatchError::NoInstance { error: "too many".to_owned() });
    let _running = bench.start();
    bench.told(|what| matches!(what, What::Trouble { component: "detectors", error } if error.contains("too many"))).await;
    bench.props.detector.set([DetectorVerdict::Needed]);
    let seen = bench.outcome(Outcome::Ready).await;
    assert!(seen >= minutes(60) && seen < minutes(61), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_something_blocks_keeps_its_backoff() {
    let bench = resting();
    bench.props.detector.set([DetectorVerdict::Needed]);
    bench.props.set_script(crate::support::RED);
    let _running = bench.start();
    bench.outcome(Outcome::HealthBlocked).await;
    let before = looks(&bench);
    bench.props.stirred.notify_one();
    sleep(seconds(2)).await;
    assert_eq!(looks(&bench), before);
}
