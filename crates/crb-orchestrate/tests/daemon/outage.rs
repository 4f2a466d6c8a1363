//! Between the commit and the third run: what becomes of the claim when presence, store or daemon go away.

use std::time::Duration;

use crb_decide::ClaimPhase;
use crb_observe::What;
use crb_store::Op;
use tokio::time::sleep;

use crate::support::{Bench, Fault, ME, minutes, name, seconds};

fn command(what: &What) -> bool {
    matches!(what, What::RebootCommandStarted { .. })
}

/// How often the command ran on this machine, over all its daemons.
fn ran(bench: &Bench) -> usize {
    bench.props.looks.lock().unwrap().iter().filter(|look| **look == "command").count()
}

/// Deletes this node's presence, as etcd does when its lease ends.
async fn forget_presence(bench: &Bench) {
    bench.by_hand(Op::delete(bench.keys.alive(&name(ME)))).await;
}

#[tokio::test(start_paused = true)]
async fn a_presence_that_ends_before_the_arm_gives_the_claim_back_and_the_node_tries_again() {
    let bench = Bench::default();
    bench.line.set(Fault::Slow(seconds(1)));
    let _running = bench.start();
    bench.told(|what| matches!(what, What::RebootCommitted { .. })).await;
    forget_presence(&bench).await;
    bench.told(|what| matches!(what, What::RebootAborted { .. })).await;
    assert_eq!((bench.runs(), bench.queue()), (0, vec![]));
    bench.told(command).await;
}

#[tokio::test(start_paused = true)]
async fn a_presence_that_ends_after_a_run_is_sought_again_and_the_claim_is_kept() {
    let bench = Bench::default();
    let _running = bench.start();
    bench.told(command).await;
    bench.events.forget();
    forget_presence(&bench).await;
    bench.told(|what| matches!(what, What::PresenceJoined { .. })).await;
    sleep(minutes(60)).await;
    assert_eq!((ran(&bench), bench.claim()), (3, Some(ClaimPhase::Stuck)));
    assert!(!bench.story().contains(&"aborted".to_owned()), "{:?}", bench.story());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_after_a_run_delays_the_next_one_and_frees_nothing() {
    for fault in [Fault::Cut, Fault::Deaf, Fault::Slow(seconds(3)), Fault::SlowBack(seconds(3))] {
        let bench = Bench::default();
        let _running = bench.start();
        bench.told(command).await;
        bench.line.set(fault);
        sleep(minutes(30)).await;
        assert_eq!((ran(&bench), bench.claim()), (1, Some(ClaimPhase::Armed)), "{fault:?}");
        assert!(!bench.health().unwrap().healthy, "{fault:?}");
        bench.line.set(Fault::None);
        sleep(minutes(60)).await;
        assert_eq!((ran(&bench), bench.claim()), (3, Some(ClaimPhase::Stuck)), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_after_the_third_run_is_told_that_the_node_is_stuck_when_it_is_back() {
    for fault in [Fault::Cut, Fault::Deaf] {
        let bench = Bench::default();
        let _running = bench.start();
        bench.told(|what| matches!(what, What::RebootCommandStarted { run: 3, .. })).await;
        bench.line.set(fault);
        sleep(minutes(60)).await;
        bench.line.set(Fault::None);
        sleep(minutes(60)).await;
        assert_eq!((ran(&bench), bench.claim()), (3, Some(ClaimPhase::Stuck)), "{fault:?}");
        let health = bench.health().unwrap();
        assert_eq!((health.healthy, health.stage.as_str()), (false, "stuck"), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_of_the_fleet_after_a_run_delays_the_next_one_and_frees_nothing() {
    let bench = Bench::default();
    let _running = bench.start();
    bench.told(command).await;
    bench.by_hand(Op::put(bench.keys.pause(), "{}")).await;
    sleep(minutes(120)).await;
    assert_eq!((ran(&bench), bench.claim()), (1, Some(ClaimPhase::Armed)));
    bench.by_hand(Op::delete(bench.keys.pause())).await;
    sleep(minutes(60)).await;
    assert_eq!((ran(&bench), bench.claim()), (3, Some(ClaimPhase::Stuck)));
}

#[tokio::test(start_paused = true)]
async fn whenever_the_daemon_is_killed_the_command_runs_thrice_in_all_and_the_claim_stands() {
    for life in [Duration::from_millis(1), seconds(1), seconds(7), seconds(61), minutes(4), minutes(11)] {
        for slow in [Fault::None, Fault::Slow(Duration::from_millis(300))] {
            let bench = Bench::default();
            bench.line.set(slow);
            let first = bench.start();
            bench.told(command).await;
            sleep(life).await;
            drop(first);
            for _ in 0..15 {
                assert!(ran(&bench) <= 3, "{life:?}, {slow:?}");
                assert!(bench.claim().is_some(), "{life:?}, {slow:?}");
                assert!(!bench.health().unwrap().healthy, "{life:?}, {slow:?}");
                let running = bench.start();
                sleep(life).await;
                drop(running);
            }
            let _last = bench.start();
            sleep(minutes(60)).await;
            assert_eq!((ran(&bench), bench.claim()), (3, Some(ClaimPhase::Stuck)), "{life:?}, {slow:?}");
        }
    }
}
