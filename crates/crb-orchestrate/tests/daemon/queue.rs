//! Waiting: woken by what the turn depends on, and gone from the queue as soon as a local gate closes.

use crb_decide::Outcome;
use crb_health::ScriptPhase;
use crb_lock::CooldownRecord;
use crb_observe::What;
use crb_store::{LeaseId, Op, Store};
use crb_windows::Windows;
use jiff::{Timestamp, tz::TimeZone};
use tokio::time::{Instant, sleep};

use crate::support::{Bench, Fault, ME, RED, braked, minutes, name, seconds};

fn waits(what: &What) -> bool {
    matches!(what, What::LockBackoff { .. })
}

#[tokio::test(start_paused = true)]
async fn the_turn_comes_when_the_key_ahead_goes_and_not_by_the_timer() {
    let bench = Bench::default();
    let mut peer = bench.peer("peer").await;
    let ahead = peer.queue().await;
    let _running = bench.start();
    bench.told(waits).await;
    sleep(minutes(20)).await;
    let left = Instant::now();
    peer.leave(&ahead).await;
    bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
    assert!(left.elapsed() < seconds(1), "{:?}", left.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_breaks_is_renewed_within_the_wait_and_tells_what_it_missed() {
    for is_compacted in [false, true] {
        let mut bench = Bench::default();
        bench.plan.backoff_max = minutes(600);
        let mut peer = bench.peer("peer").await;
        let ahead = peer.queue().await;
        let _running = bench.start();
        // By now the next pass is hours away.
        sleep(minutes(300)).await;
        bench.line.set(Fault::Forgetful);
        let left = Instant::now();
        peer.leave(&ahead).await;
        bench.told(|what| matches!(what, What::Trouble { component: "watch", .. })).await;
        bench.line.set(Fault::None);
        if is_compacted {
            bench.by_hand(Op::put("/later", "")).await;
            bench.store.compact(bench.store.history().last().unwrap().revision).unwrap();
        }
        bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
        assert!(left.elapsed() < minutes(1), "{is_compacted}: {:?}", left.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_ahead_that_is_only_put_again_wakes_nobody() {
    let bench = Bench::default();
    let mut peer = bench.peer("peer").await;
    let ahead = peer.queue().await;
    let _running = bench.start();
    bench.told(waits).await;
    let passes = || bench.events.count(|what| matches!(what, What::RunOutcome { .. }));
    let before = passes();
    bench.by_hand(Op::put(&ahead.key, serde_json::to_vec(&ahead.record).unwrap())).await;
    sleep(seconds(2)).await;
    assert_eq!(passes(), before);
}

#[tokio::test(start_paused = true)]
async fn the_place_is_kept_while_the_fleet_cools_down_and_used_when_it_has() {
    let bench = Bench::default();
    let record =
        CooldownRecord { node: "peer".to_owned(), started_at: Timestamp::UNIX_EPOCH, duration_sec: 1800 };
    let lease = bench.store.grant(minutes(30)).await.unwrap();
    bench.by_hand(Op::put_leased(bench.keys.cooldown(), serde_json::to_vec(&record).unwrap(), lease)).await;
    let _running = bench.start();
    bench.outcome(Outcome::CooldownActive).await;
    let place = bench.queue();
    assert_eq!(place.len(), 1);
    sleep(minutes(29)).await;
    assert_eq!(bench.queue(), place);
    let committed = bench.told(|what| matches!(what, What::RebootCommitted { .. })).await;
    assert!(committed >= minutes(30) && committed <= minutes(30) + seconds(2), "{committed:?}");
    assert!(bench.events.events().iter().any(|event| event.what == What::CooldownCleared));
}

#[tokio::test(start_paused = true)]
async fn a_place_whose_lease_was_lost_is_taken_anew() {
    let mut bench = Bench::default();
    bench.plan.backoff_min = minutes(60);
    let mut peer = bench.peer("peer").await;
    let ahead = peer.queue().await;
    let _running = bench.start();
    bench.told(waits).await;
    let own = |bench: &Bench| {
        let pairs = bench.store.pairs();
        let mut own = pairs.values().filter(|pair| bench.keys.queue().contains(&pair.key));
        own.find(|pair| pair.key != ahead.key).and_then(|pair| pair.lease)
    };
    let lease: LeaseId = own(&bench).unwrap();
    bench.store.revoke(lease).await.unwrap();
    bench.told(|what| matches!(what, What::LockLost { .. })).await;
    sleep(seconds(1)).await;
    assert_ne!(own(&bench), Some(lease));
    assert_eq!(bench.queue().len(), 2);
    peer.leave(&ahead).await;
    bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_falls_sick_holds_and_its_recovery_wakes() {
    let bench = Bench::default();
    let peer = bench.peer("peer").await;
    peer.say_healthy(false).await;
    let _running = bench.start();
    bench.outcome(Outcome::HealthBlocked).await;
    sleep(minutes(30)).await;
    assert_eq!((bench.queue().len(), bench.runs()), (1, 0));
    let well = Instant::now();
    peer.say_healthy(true).await;
    bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
    assert!(well.elapsed() <= seconds(2), "{:?}", well.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_falls_silent_holds() {
    let mut bench = Bench::default();
    bench.props.set_script(RED);
    bench.terms.presence_ttl = seconds(60);
    let peer = bench.peer("peer").await;
    let _running = bench.start();
    peer.crash();
    sleep(minutes(2)).await;
    bench.events.forget();
    bench.props.set_script(crb_decide::ScriptVerdict::Healthy);
    bench.outcome(Outcome::HealthBlocked).await;
    sleep(minutes(30)).await;
    assert_eq!(bench.runs(), 0);
    drop(bench.peer("peer").await);
}

#[tokio::test(start_paused = true)]
async fn a_hold_of_any_node_holds_in_the_queue_and_its_end_wakes() {
    let bench = Bench::default();
    let hold = bench.keys.hold(&name("peer"));
    bench.by_hand(Op::put(&hold, "{}")).await;
    let _running = bench.start();
    bench.outcome(Outcome::LockUnavailable).await;
    sleep(minutes(30)).await;
    assert_eq!((bench.queue().len(), bench.runs()), (1, 0));
    assert!(bench.story().contains(&"store_regressed".to_owned()));
    let lifted = Instant::now();
    bench.by_hand(Op::delete(hold)).await;
    bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
    assert!(lifted.elapsed() <= seconds(2), "{:?}", lifted.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_the_store_forgot_is_proven_and_then_nothing_runs_until_an_operator_confirms() {
    let bench = Bench::default();
    let empty = bench.store.backup();
    let running = bench.start();
    bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
    drop(running);
    bench.store.restore(&empty, 4711);
    bench.reboot();
    let _next = bench.start();
    bench.told(|what| matches!(what, What::StoreRegressed { .. })).await;
    bench.told(|what| matches!(what, What::RebootVerified { .. })).await;
    sleep(minutes(30)).await;
    assert_eq!((bench.claim(), bench.runs()), (None, 1), "{:?}", bench.story());
    bench.by_hand(Op::delete(bench.keys.hold(&name(ME)))).await;
    bench.told(|what| matches!(what, What::StoreAccepted { .. })).await;
    sleep(minutes(2)).await;
    assert_eq!(bench.runs(), 2, "it still asks for a reboot: {:?}", bench.story());
}

#[tokio::test(start_paused = true)]
async fn the_queue_is_left_at_once_when_a_local_gate_closes() {
    type Close = fn(&Bench);
    let table: [(Close, Outcome); 3] = [
        (|bench| bench.props.set_script(RED), Outcome::HealthBlocked),
        (|bench| bench.props.set_script_in(ScriptPhase::Heartbeat, RED), Outcome::LockUnavailable),
        (|bench| bench.props.kill_switch.set([braked()]), Outcome::KillSwitchActive),
    ];
    for (row, (close, outcome)) in table.into_iter().enumerate() {
        let mut bench = Bench::default();
        bench.plan.backoff_min = minutes(60);
        let mut peer = bench.peer("peer").await;
        let _ahead = peer.queue().await;
        let _running = bench.start();
        bench.told(waits).await;
        assert_eq!(bench.queue().len(), 2);
        sleep(minutes(2)).await;
        bench.events.forget();
        let closed = Instant::now();
        close(&bench);
        bench.outcome(outcome).await;
        assert!(closed.elapsed() <= seconds(20), "row {row}: {:?}", closed.elapsed());
        let still_there = bench.queue().iter().any(|(place, _)| place.node == ME);
        assert_eq!(still_there, outcome == Outcome::LockUnavailable, "row {row}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_queue_is_left_to_the_second_when_the_window_closes() {
    let mut bench = Bench::default();
    bench.plan.windows = Windows::new(vec!["* 00:00-01:00".parse().unwrap()], vec![], TimeZone::UTC);
    bench.plan.backoff_min = minutes(70);
    let mut peer = bench.peer("peer").await;
    let _ahead = peer.queue().await;
    let _running = bench.start();
    sleep(minutes(59)).await;
    assert_eq!(bench.queue().len(), 2);
    let closed = bench.outcome(Outcome::WindowOutsideAllow).await;
    assert!(closed >= minutes(60) && closed <= minutes(60) + seconds(1), "{closed:?}");
    assert_eq!(bench.queue().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_restless_fleet_is_looked_at_once_a_second_at_most() {
    let bench = Bench::default();
    let peer = bench.peer("peer").await;
    peer.say_healthy(false).await;
    let _running = bench.start();
    bench.outcome(Outcome::HealthBlocked).await;
    bench.events.forget();
    for change in 0..600 {
        bench.by_hand(Op::put(bench.keys.guard(), change.to_string())).await;
        sleep(seconds(1) / 10).await;
    }
    let passes = bench.events.count(|what| matches!(what, What::RunOutcome { .. }));
    assert!((50..=60).contains(&passes), "{passes}");
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_was_applied_late_is_found_in_the_queue_and_given_back() {
    let bench = Bench::default();
    let peer = bench.peer("peer").await;
    peer.say_healthy(false).await;
    let _running = bench.start();
    bench.outcome(Outcome::HealthBlocked).await;
    let pairs = bench.store.pairs();
    let own = pairs.values().find(|pair| bench.keys.queue().contains(&pair.key)).unwrap();
    bench.by_hand(Op::put(&own.key, own.value.clone())).await;
    bench.told(|what| matches!(what, What::RebootAborted { .. })).await;
    sleep(minutes(2)).await;
    assert_eq!(bench.queue().iter().map(|(_, claimed)| *claimed).collect::<Vec<_>>(), [false]);
    peer.say_healthy(true).await;
    bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_was_applied_late_is_given_back_by_a_node_that_leaves() {
    let bench = Bench::default();
    let peer = bench.peer("peer").await;
    peer.say_healthy(false).await;
    let _running = bench.start();
    bench.outcome(Outcome::HealthBlocked).await;
    let pairs = bench.store.pairs();
    let own = pairs.values().find(|pair| bench.keys.queue().contains(&pair.key)).unwrap();
    bench.props.kill_switch.set([braked()]);
    bench.by_hand(Op::put(&own.key, own.value.clone())).await;
    bench.outcome(Outcome::KillSwitchActive).await;
    sleep(seconds(1)).await;
    assert_eq!(bench.queue(), []);
}
