//! Being there, and what happens when the fleet does not see the node.

use crb_decide::{DetectorVerdict, Outcome, Reason};
use crb_observe::What;
use crb_store::{Op, Store};
use tokio::time::sleep;

use crate::support::{Bench, Fault, ME, RED, minutes, name, seconds};

fn joined(what: &What) -> bool {
    matches!(what, What::PresenceJoined { .. })
}

fn says(code: &'static str) -> impl Fn(&What) -> bool {
    move |what| matches!(what, What::RunOutcome { decision, .. } if decision.first_reason().code() == code)
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_away_at_start_is_joined_when_it_comes() {
    let bench = Bench::default();
    bench.line.set(Fault::Cut);
    let _running = bench.start();
    bench.told(says("store_failed")).await;
    sleep(minutes(60)).await;
    assert_eq!(bench.health(), None);
    bench.line.set(Fault::None);
    let joined = bench.told(joined).await;
    let ran = bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
    assert!(ran < joined + seconds(1), "joined after {joined:?}, and ran after {ran:?}");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_joins_late_is_seen_healthy_at_once() {
    let mut bench = Bench::default();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    bench.plan.health_interval = minutes(60);
    bench.line.set(Fault::Cut);
    let _running = bench.start();
    sleep(minutes(5)).await;
    bench.line.set(Fault::None);
    bench.told(joined).await;
    sleep(seconds(1)).await;
    assert!(bench.health().unwrap().healthy);
}

#[tokio::test(start_paused = true)]
async fn a_node_whose_name_was_taken_while_it_was_away_publishes_nothing_more() {
    let bench = Bench::default();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    let _running = bench.start();
    sleep(minutes(5)).await;
    let alive = bench.store.pairs().remove(&bench.keys.alive(&name(ME))).unwrap();
    bench.line.set(Fault::Cut);
    bench.store.revoke(alive.lease.unwrap()).await.unwrap();
    let other = bench.peer(ME).await;
    bench.line.set(Fault::None);
    bench.props.set_script(RED);
    sleep(minutes(10)).await;
    bench.told(says("no_reboot_required")).await;
    assert!(bench.health().unwrap().healthy, "this is the record of the other machine");
    other.crash();
}

#[tokio::test(start_paused = true)]
async fn a_name_that_another_machine_uses_never_commits_and_publishes_nothing() {
    let bench = Bench::default();
    let other = bench.peer(ME).await;
    let before = bench.store.pairs();
    let _running = bench.start();
    bench.told(says("name_taken")).await;
    sleep(minutes(60)).await;
    assert_eq!(bench.store.pairs(), before);
    assert_eq!(bench.runs(), 0);
    let lost = What::PresenceLost { reason: Reason::NameTaken { machine_id: ME.to_owned() } };
    assert!(bench.events.events().iter().any(|event| event.what == lost));
    other.crash();
    bench.told(joined).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_presence_is_sought_at_once_and_the_turn_still_comes() {
    let bench = Bench::default();
    let mut peer = bench.peer("peer").await;
    let ahead = peer.queue().await;
    let _running = bench.start();
    bench.told(|what| matches!(what, What::LockBackoff { .. })).await;
    bench.events.forget();
    let alive = bench.store.pairs().remove(&bench.keys.alive(&name(ME))).unwrap();
    bench.store.revoke(alive.lease.unwrap()).await.unwrap();
    bench.told(joined).await;
    sleep(minutes(3)).await;
    assert!(bench.store.pairs().contains_key(&bench.keys.alive(&name(ME))));
    assert_eq!(bench.queue().len(), 2);
    peer.leave(&ahead).await;
    bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
}

#[tokio::test(start_paused = true)]
async fn an_outage_in_the_queue_is_survived() {
    for outage in [seconds(10), seconds(50), seconds(70), minutes(5), minutes(60)] {
        let bench = Bench::default();
        let mut peer = bench.peer("peer").await;
        let ahead = peer.queue().await;
        let _running = bench.start();
        bench.told(|what| matches!(what, What::LockBackoff { .. })).await;
        bench.line.set(Fault::Cut);
        sleep(outage).await;
        bench.line.set(Fault::None);
        sleep(minutes(3)).await;
        let mine = bench.queue().iter().filter(|(place, _)| place.node == ME).count();
        assert_eq!(mine, 1, "after {outage:?}");
        peer.leave(&ahead).await;
        bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_at_the_head_makes_no_haste() {
    let bench = Bench::default();
    let peer = bench.peer("peer").await;
    peer.say_healthy(false).await;
    let _running = bench.start();
    bench.outcome(Outcome::HealthBlocked).await;
    bench.events.forget();
    bench.line.set(Fault::Cut);
    sleep(minutes(60)).await;
    let looks =
        bench.events.events().iter().filter(|event| matches!(event.what, What::RunOutcome { .. })).count();
    assert!(looks < 200, "{looks} passes in an hour");
}

#[tokio::test(start_paused = true)]
async fn a_presence_that_another_hand_deletes_is_put_again() {
    let bench = Bench::default();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    let _running = bench.start();
    bench.told(joined).await;
    sleep(minutes(2)).await;
    bench.by_hand(Op::delete(bench.keys.alive(&name(ME)))).await;
    bench.props.detector.set([DetectorVerdict::Needed]);
    bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
}
