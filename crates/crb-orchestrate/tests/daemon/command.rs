//! Under the claim: from the commit to a machine that goes down, or does not.

use std::sync::{Arc, Mutex};

use crb_decide::{ClaimPhase, CommandEnd, DetectorVerdict};
use crb_observe::What;
use crb_store::Op;
use tokio::time::sleep;

use crate::support::{Bench, Fault, ME, braked, minutes, name, seconds};

#[tokio::test(start_paused = true)]
async fn a_command_that_cannot_be_started_gives_the_claim_back_and_is_not_tried_in_a_hurry() {
    let bench = Bench::default();
    bench.props.command.set([Err(CommandEnd::NotStarted("no such file".to_owned()))]);
    let _running = bench.start();
    let story =
        ["attempt", "acquired", "ready", "commit", "armed", "command", "still up", "released", "aborted"];
    bench.told(|what| matches!(what, What::RebootAborted { .. })).await;
    assert_eq!(bench.story(), story);
    assert_eq!(bench.queue(), []);
    assert!(bench.health().unwrap().healthy);
    sleep(minutes(10)).await;
    assert!((5..40).contains(&bench.runs()), "{}", bench.runs());
}

#[tokio::test(start_paused = true)]
async fn a_command_that_fails_thrice_makes_the_node_stuck_under_its_claim() {
    for end in [Err(CommandEnd::Failed("ended with 1".to_owned())), Ok(())] {
        let bench = Bench::default();
        bench.props.command.set([end]);
        let _running = bench.start();
        sleep(minutes(24 * 60)).await;
        assert_eq!(bench.runs(), 3);
        assert_eq!(bench.claim(), Some(ClaimPhase::Stuck));
        let health = bench.health().unwrap();
        assert_eq!((health.healthy, health.stage.as_str()), (false, "stuck"));
        let armed = bench.story().iter().filter(|what| *what == "armed").count();
        assert_eq!(armed, 3, "each run follows an arm of its own: {:?}", bench.story());
    }
}

#[tokio::test(start_paused = true)]
async fn a_command_that_cannot_be_started_after_it_ran_once_keeps_the_claim() {
    let bench = Bench::default();
    let not_started = CommandEnd::NotStarted("out of memory".to_owned());
    bench.props.command.set([Err(CommandEnd::Failed("ended with 1".to_owned())), Err(not_started)]);
    let _running = bench.start();
    sleep(minutes(60)).await;
    assert_eq!((bench.runs(), bench.claim()), (3, Some(ClaimPhase::Stuck)));
}

#[tokio::test(start_paused = true)]
async fn a_kill_switch_that_appears_after_a_run_delays_the_next_one_and_frees_nothing() {
    let bench = Bench::default();
    let _running = bench.start();
    bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
    bench.props.kill_switch.set([braked()]);
    sleep(minutes(60)).await;
    assert_eq!((bench.runs(), bench.claim()), (1, Some(ClaimPhase::Armed)));
    bench.props.kill_switch.set([crb_decide::KillSwitchSeen::Absent]);
    sleep(minutes(60)).await;
    assert_eq!((bench.runs(), bench.claim()), (3, Some(ClaimPhase::Stuck)));
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_an_operator_takes_after_the_command_ran_leaves_the_node_stuck_for_good() {
    for wait in [minutes(1), minutes(60)] {
        let bench = Bench::default();
        let _running = bench.start();
        bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
        sleep(wait).await;
        bench.unlock().await;
        sleep(minutes(60)).await;
        let runs = bench.runs();
        for _ in 0..1000 {
            sleep(seconds(7)).await;
            let health = bench.health().unwrap();
            assert_eq!((health.healthy, health.stage.as_str()), (false, "stuck"));
            assert_eq!(bench.queue(), []);
        }
        assert_eq!(bench.runs(), runs);
    }
}

#[tokio::test(start_paused = true)]
async fn an_arm_that_is_not_acknowledged_in_time_lets_nothing_run() {
    let bench = Bench::default();
    bench.line.set(Fault::Slow(seconds(3)));
    let _running = bench.start();
    bench.told(|what| matches!(what, What::RebootCommitted { .. })).await;
    sleep(seconds(60)).await;
    assert_eq!(bench.runs(), 0);
    bench.line.set(Fault::None);
    sleep(seconds(5)).await;
    assert_eq!(bench.runs(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_decision_older_than_the_lock_is_given_back() {
    let bench = Bench::default();
    bench.line.set(Fault::Slow(seconds(3)));
    let _running = bench.start();
    bench.told(|what| matches!(what, What::RebootCommitted { .. })).await;
    bench.told(|what| matches!(what, What::RebootAborted { .. })).await;
    assert_eq!((bench.runs(), bench.queue()), (0, vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_goes_away_after_the_commit_lets_nothing_run_until_it_is_back() {
    let bench = Bench::default();
    let (queue, mut line) = (bench.keys.queue(), Some(Arc::clone(&bench.line)));
    bench.store.on_commit(move |_, pairs| {
        let mut queue = pairs.values().filter(|pair| queue.contains(&pair.key));
        if queue.any(|pair| pair.lease.is_none())
            && let Some(line) = line.take()
        {
            line.set(Fault::Cut);
        }
    });
    let _running = bench.start();
    bench.told(|what| matches!(what, What::RebootCommitted { .. })).await;
    sleep(minutes(30)).await;
    assert_eq!((bench.runs(), bench.claim()), (0, Some(ClaimPhase::Committed)));
    let health = bench.health().unwrap();
    assert!(!health.healthy, "peers see it rebooting: {health:?}");
    bench.line.set(Fault::None);
    bench.told(|what| matches!(what, What::RebootAborted { .. })).await;
    assert_eq!(bench.runs(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_commit_whose_answer_is_lost_is_found_out_and_carried_through() {
    let bench = Bench::default();
    let line = Arc::clone(&bench.line);
    let mut peer = bench.peer("peer").await;
    let ahead = peer.queue().await;
    let _running = bench.start();
    bench.told(|what| matches!(what, What::LockBackoff { .. })).await;
    line.set(Fault::Deaf);
    peer.leave(&ahead).await;
    sleep(seconds(30)).await;
    line.set(Fault::None);
    bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
    assert_eq!(bench.claim(), Some(ClaimPhase::Armed));
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_is_found_out_long_after_it_was_decided_is_given_back() {
    let mut bench = Bench::default();
    // The presence outlives the decision, so that nothing but its age speaks against it.
    bench.terms.presence_ttl = minutes(60);
    let (queue, line) = (bench.keys.queue(), Arc::clone(&bench.line));
    let mut peer = bench.peer("peer").await;
    let ahead = peer.queue().await;
    let _running = bench.start();
    bench.told(|what| matches!(what, What::LockBackoff { .. })).await;
    bench.line.set(Fault::Deaf);
    bench.store.on_commit(move |_, pairs| {
        if pairs.values().any(|pair| queue.contains(&pair.key) && pair.lease.is_none()) {
            line.set(Fault::Cut);
        }
    });
    peer.leave(&ahead).await;
    sleep(minutes(5)).await;
    assert_eq!((bench.runs(), bench.claim()), (0, Some(ClaimPhase::Committed)));
    bench.store.on_commit(|_, _| {});
    bench.line.set(Fault::None);
    bench.told(|what| matches!(what, What::RebootAborted { .. })).await;
    assert_eq!(bench.runs(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stuck_node_is_not_called_healthy_even_for_a_moment() {
    let bench = Bench::default();
    *bench.props.script_takes.lock().unwrap() = seconds(1);
    bench.line.set(Fault::Slow(seconds(1)));
    let _running = bench.start();
    bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
    sleep(minutes(1)).await;
    bench.unlock().await;
    let me = bench.keys.health(&name(ME));
    let healthy = Arc::new(Mutex::new(0));
    let count = Arc::clone(&healthy);
    bench.store.on_commit(move |_, pairs| {
        let said = serde_json::from_slice::<crb_health::HealthRecord>(&pairs[&me].value).unwrap();
        *count.lock().unwrap() += u32::from(said.healthy);
    });
    sleep(minutes(12 * 60)).await;
    assert_eq!(*healthy.lock().unwrap(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stuck_node_says_so_again_when_another_hand_calls_it_healthy() {
    let bench = Bench::default();
    let _running = bench.start();
    bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
    bench.unlock().await;
    sleep(minutes(30)).await;
    let mut healthy = bench.health().unwrap();
    healthy.healthy = true;
    let key = bench.keys.health(&name(ME));
    bench.by_hand(Op::put(key, serde_json::to_vec(&healthy).unwrap())).await;
    sleep(minutes(2)).await;
    assert!(!bench.health().unwrap().healthy);
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_an_operator_takes_before_anything_ran_leaves_the_node_as_it_was() {
    let bench = Bench::default();
    bench.line.set(Fault::Slow(seconds(1)));
    let _running = bench.start();
    bench.told(|what| matches!(what, What::RebootCommitted { .. })).await;
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    bench.unlock().await;
    sleep(minutes(2)).await;
    assert_eq!((bench.runs(), bench.queue()), (0, vec![]));
    assert!(bench.health().unwrap().healthy, "its heartbeat speaks for it again");
}
