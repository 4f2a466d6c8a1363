//! Who is overdue: said once a claim, by every daemon, at no cost to the store.

use std::sync::Arc;
use std::time::Duration;

use crb_decide::DetectorVerdict;
use crb_lock::Claim;
use crb_observe::What;
use crb_store::Op;
use jiff::Timestamp;
use tokio::time::sleep;

use crate::support::{Bench, ME, Peer, Tap, minutes, name};

fn idle() -> Bench {
    let bench = Bench::default();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    bench
}

fn told(what: &What) -> bool {
    matches!(what, What::RebootOverdue { .. } | What::RebootOverdueEnded { .. })
}

/// Who was said to be overdue (true) or no longer to be (false), and when after the start.
fn story(bench: &Bench) -> Vec<(String, bool, Duration)> {
    let events = bench.events.events();
    let one = |event: &crb_observe::Event| {
        let at = event.at.duration_since(Timestamp::UNIX_EPOCH).unsigned_abs();
        match &event.what {
            What::RebootOverdue { peer, .. } => Some((peer.to_string(), true, at)),
            What::RebootOverdueEnded { peer, .. } => Some((peer.to_string(), false, at)),
            _ => None,
        }
    };
    events.iter().filter_map(one).collect()
}

async fn goes_out(bench: &Bench, at: Duration) -> (Peer, Claim) {
    let peer = bench.peer("peer").await;
    sleep(at.saturating_sub(bench.elapsed())).await;
    let claim = peer.goes_out().await;
    (peer, claim)
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_is_not_back_by_its_deadline_is_said_to_be_overdue_once_and_back_once() {
    let bench = idle();
    let _running = bench.start();
    let (peer, claim) = goes_out(&bench, minutes(1)).await;
    sleep(minutes(24 * 60)).await;
    assert_eq!(story(&bench), [("peer".to_owned(), true, minutes(11))]);
    let overdue = bench.events.told(told).await.what;
    let (since, deadline) = (claim.record.since, claim.record.deadline.unwrap());
    assert_eq!(overdue, What::RebootOverdue { peer: name("peer"), since, deadline });
    bench.events.forget();
    peer.is_back(&claim).await;
    let ended = bench.events.told(told).await.what;
    let late = minutes(24 * 60 - 10);
    assert_eq!(ended, What::RebootOverdueEnded { peer: name("peer"), deadline, late });
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_is_back_in_time_is_not_spoken_of() {
    let bench = idle();
    let _running = bench.start();
    for begin in [minutes(1), minutes(20)] {
        let (peer, claim) = goes_out(&bench, begin).await;
        sleep(minutes(9)).await;
        peer.is_back(&claim).await;
        peer.crash();
    }
    sleep(minutes(60)).await;
    assert_eq!(story(&bench), []);
}

#[tokio::test(start_paused = true)]
async fn the_next_claim_of_the_same_peer_is_another_one() {
    let bench = idle();
    let _running = bench.start();
    for begin in [minutes(0), minutes(60)] {
        let (peer, claim) = goes_out(&bench, begin).await;
        sleep(minutes(20)).await;
        peer.is_back(&claim).await;
        peer.crash();
    }
    sleep(minutes(60)).await;
    let peer = |is_overdue, at| ("peer".to_owned(), is_overdue, minutes(at));
    assert_eq!(story(&bench), [peer(true, 10), peer(false, 20), peer(true, 70), peer(false, 80)]);
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_starts_later_says_it_once_more() {
    let bench = idle();
    let (_peer, _claim) = goes_out(&bench, minutes(0)).await;
    sleep(minutes(30)).await;
    for start in [minutes(30), minutes(90)] {
        let running = bench.start();
        sleep(minutes(60)).await;
        assert_eq!(story(&bench), [("peer".to_owned(), true, start)]);
        bench.events.forget();
        running.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_deadline_passes_while_the_store_is_away_and_the_end_is_seen_when_it_comes() {
    let bench = idle();
    let tap = Arc::new(Tap::on(&bench.store));
    let _running = bench.start_over(Arc::clone(&tap) as _);
    let (peer, claim) = goes_out(&bench, minutes(1)).await;
    sleep(minutes(1)).await;
    tap.set_away(true);
    sleep(minutes(20)).await;
    assert_eq!(story(&bench), [("peer".to_owned(), true, minutes(11))]);
    peer.is_back(&claim).await;
    sleep(minutes(20)).await;
    assert_eq!(story(&bench).len(), 1);
    tap.set_away(false);
    sleep(minutes(2)).await;
    assert_eq!(story(&bench).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_an_earlier_version_put_is_understood_by_reading_the_queue() {
    let bench = idle();
    let _running = bench.start();
    let (_peer, _claim) = goes_out(&bench, minutes(1)).await;
    bench.by_hand(Op::put(bench.keys.guard(), "2")).await;
    sleep(minutes(60)).await;
    assert_eq!(story(&bench), [("peer".to_owned(), true, minutes(11))]);
}

#[tokio::test(start_paused = true)]
async fn a_node_says_that_it_is_overdue_itself() {
    let bench = Bench::default();
    let running = bench.start();
    bench.told(|what| matches!(what, What::RebootCommandStarted { .. })).await;
    drop(running);
    bench.events.forget();
    sleep(minutes(15)).await;
    bench.reboot();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    let _running = bench.start();
    bench.told(|what| matches!(what, What::RebootVerified { .. })).await;
    sleep(minutes(1)).await;
    let said: Vec<(String, bool)> = story(&bench).into_iter().map(|(who, is, _)| (who, is)).collect();
    assert_eq!(said, [(ME.to_owned(), true), (ME.to_owned(), false)]);
}

#[tokio::test(start_paused = true)]
async fn who_is_out_is_followed_without_asking() {
    let mut bench = idle();
    bench.plan.check_interval = minutes(24 * 60);
    let tap = Arc::new(Tap::on(&bench.store));
    let _running = bench.start_over(Arc::clone(&tap) as _);
    let peer = bench.peer("peer").await;
    sleep(minutes(5)).await;
    let asked = tap.asked();
    sleep(minutes(60)).await;
    let claim = peer.goes_out().await;
    let written = bench.store.history().len();
    sleep(minutes(60)).await;
    assert_eq!(story(&bench).len(), 1);
    assert_eq!(bench.store.history().len(), written);
    peer.is_back(&claim).await;
    sleep(minutes(60)).await;
    assert_eq!(story(&bench).len(), 2);
    assert_eq!(tap.asked(), asked);
}
