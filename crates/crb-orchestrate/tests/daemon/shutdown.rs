//! An orderly end gives back what may be given back, and nothing else.

use crb_decide::{ClaimPhase, ExitCode, KillSwitchSeen};
use crb_observe::What;
use tokio::time::{Instant, sleep};

use crate::support::{Bench, Fault, braked, minutes, seconds};

#[tokio::test(start_paused = true)]
async fn a_waiting_node_frees_its_place_at_once() {
    let bench = Bench::default();
    let mut peer = bench.peer("peer").await;
    let _ahead = peer.queue().await;
    let running = bench.start();
    bench.told(|what| matches!(what, What::LockBackoff { .. })).await;
    let asked = Instant::now();
    let stopped = running.stop().await;
    assert_eq!(asked.elapsed(), seconds(0));
    assert_eq!(bench.queue().len(), 1);
    assert_eq!(stopped.exit_code(), ExitCode::LockUnavailable);
    let story = bench.story();
    assert_eq!(story[story.len() - 2..], ["released", "SIGTERM"]);
}

#[tokio::test(start_paused = true)]
async fn whenever_it_is_stopped_nothing_is_left_before_the_claim_was_armed() {
    for fault in [Fault::Slow(seconds(1)), Fault::SlowBack(seconds(1))] {
        for after in 0..40 {
            let bench = Bench::default();
            bench.line.set(fault);
            let running = bench.start();
            sleep(seconds(after) / 2).await;
            let committed = bench.story().contains(&"commit".to_owned());
            running.stop().await;
            sleep(minutes(2)).await;
            let left = bench.queue();
            // From the commit on an arm is on its way, and nobody knows whether it arrives.
            assert_eq!(committed, !left.is_empty(), "{fault:?}, stopped after {after} halves: {left:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_armed_claim_is_kept() {
    let bench = Bench::default();
    let running = bench.start();
    bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
    running.stop().await;
    sleep(minutes(24 * 60)).await;
    assert_eq!(bench.claim(), Some(ClaimPhase::Armed));
}

#[tokio::test(start_paused = true)]
async fn a_claim_under_verification_is_kept() {
    let bench = Bench::default();
    bench.reboot();
    bench.left_behind("boot-1", ClaimPhase::Armed).await;
    bench.props.set_script(crate::support::RED);
    let running = bench.start();
    sleep(minutes(5)).await;
    running.stop().await;
    sleep(minutes(60)).await;
    assert_eq!(bench.claim(), Some(ClaimPhase::Verifying));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_holds_the_end_up_for_seconds_only() {
    let bench = Bench::default();
    let mut peer = bench.peer("peer").await;
    let _ahead = peer.queue().await;
    let running = bench.start();
    bench.told(|what| matches!(what, What::LockBackoff { .. })).await;
    bench.line.set(Fault::Slow(minutes(10)));
    let asked = Instant::now();
    running.stop().await;
    assert!(asked.elapsed() <= seconds(6), "{:?}", asked.elapsed());
    sleep(minutes(2)).await;
    assert_eq!(bench.queue().len(), 1, "the lease ended the place");
}

#[tokio::test(start_paused = true)]
async fn a_crash_gives_nothing_back_and_the_lease_ends_the_place() {
    let bench = Bench::default();
    let mut peer = bench.peer("peer").await;
    let _ahead = peer.queue().await;
    let running = bench.start();
    bench.told(|what| matches!(what, What::LockBackoff { .. })).await;
    drop(running);
    sleep(seconds(80)).await;
    assert_eq!(bench.queue().len(), 2);
    sleep(seconds(20)).await;
    assert_eq!(bench.queue().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_node_with_nothing_to_do_ends_with_success() {
    let bench = Bench::default();
    bench.props.detector.set([crb_decide::DetectorVerdict::NotNeeded]);
    let running = bench.start();
    sleep(minutes(5)).await;
    assert_eq!(running.stop().await.exit_code(), ExitCode::Success);
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_is_being_given_back_is_given_back_to_the_end() {
    let bench = Bench::default();
    bench.props.kill_switch.set([KillSwitchSeen::Absent, KillSwitchSeen::Absent, braked()]);
    bench.line.set(Fault::Slow(seconds(1)));
    let running = bench.start();
    bench.told(|what| matches!(what, What::RebootCommitted { .. })).await;
    running.stop().await;
    assert_eq!((bench.queue(), bench.runs()), (vec![], 0));
}
