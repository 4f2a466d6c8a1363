//! Passes that only pretend: the dry run, and the diagnosis of `status` and `run --once`.

use crb_decide::{ClaimPhase, LockUse, Outcome};
use crb_observe::What;
use crb_orchestrate::{Diagnosis, diagnose};
use tokio::time::sleep;

use crate::support::{Bench, RED, minutes};

#[tokio::test(start_paused = true)]
async fn the_dry_run_loops_on_commits_nothing_and_leaves_no_key() {
    let mut bench = Bench::default();
    bench.plan.dry_run = true;
    let _running = bench.start();
    sleep(minutes(60)).await;
    let ready = bench.events.count(
        |what| matches!(what, What::RunOutcome { decision, .. } if decision.outcome() == Outcome::Ready),
    );
    assert!((50..70).contains(&ready));
    assert_eq!((bench.queue(), bench.runs()), (vec![], 0));
    assert!(bench.store.history().iter().all(|commit| {
        let queue = bench.keys.queue();
        commit.changes.iter().all(|change| match &change.event {
            crb_store::WatchEvent::Put(pair) => !queue.contains(&pair.key) || pair.lease.is_some(),
            crb_store::WatchEvent::Delete { .. } => true,
        })
    }));
}

fn diagnosis(try_lock: bool) -> Diagnosis {
    Diagnosis { skip_health: false, lock: LockUse::Queue, try_lock }
}

#[tokio::test(start_paused = true)]
async fn a_diagnosis_says_ready_and_leaves_nothing_behind() {
    for try_lock in [true, false] {
        let bench = Bench::default();
        let peer = bench.peer("peer").await;
        let before = bench.store.pairs();
        let report = diagnose(&bench.node(), diagnosis(try_lock)).await;
        assert_eq!(report.decision.outcome(), Outcome::Ready);
        assert_eq!(report.reboot_required, Some(true));
        assert_eq!(report.fleet.unwrap().peers.len(), 1);
        assert_eq!(bench.store.pairs(), before);
        drop(peer);
    }
}

#[tokio::test(start_paused = true)]
async fn a_diagnosis_that_only_looks_writes_nothing_at_all() {
    let bench = Bench::default();
    let mut peer = bench.peer("peer").await;
    let _ahead = peer.queue().await;
    let before = bench.store.history().len();
    let report = diagnose(&bench.node(), diagnosis(false)).await;
    assert_eq!(report.decision.first_reason().code(), "behind_in_queue");
    assert_eq!(bench.store.history().len(), before);
}

#[tokio::test(start_paused = true)]
async fn a_diagnosis_leaves_out_what_it_is_told_to() {
    let bench = Bench::default();
    bench.props.set_script(RED);
    let skip = Diagnosis { skip_health: true, lock: LockUse::Skip, try_lock: false };
    let report = diagnose(&bench.node(), skip).await;
    assert_eq!(report.decision.outcome(), Outcome::LockSkipped);
    assert_eq!(report.fleet, None);
    let blocked = diagnose(&bench.node(), diagnosis(false)).await;
    assert_eq!(blocked.decision.outcome(), Outcome::HealthBlocked);
}

#[tokio::test(start_paused = true)]
async fn a_diagnosis_beside_the_waiting_daemon_tells_the_daemons_place() {
    let bench = Bench::default();
    let peer = bench.peer("peer").await;
    peer.say_healthy(false).await;
    let _running = bench.start();
    bench.outcome(Outcome::HealthBlocked).await;
    let mut behind = bench.peer("behind").await;
    let _last = behind.queue().await;
    let report = diagnose(&bench.node(), diagnosis(false)).await;
    assert_eq!(report.decision.first_reason().code(), "peer_unhealthy");
    assert_eq!(report.fleet.unwrap().place.unwrap().position, 0);
}

#[tokio::test(start_paused = true)]
async fn the_dry_run_holds_an_armed_claim_and_runs_nothing() {
    let mut bench = Bench::default();
    bench.plan.dry_run = true;
    bench.left_behind("boot-1", ClaimPhase::Armed).await;
    let _running = bench.start();
    sleep(minutes(60)).await;
    assert_eq!((bench.claim(), bench.runs()), (Some(ClaimPhase::Armed), 0));
}
