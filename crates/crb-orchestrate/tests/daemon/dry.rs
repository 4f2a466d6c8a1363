//! Passes that only pretend: the dry run, and the diagnosis of `status` and `run --once`.

use crb_decide::{Checked, ClaimPhase, DetectorVerdict, LockUse, Outcome, Reason};
use crb_observe::What;
use crb_orchestrate::{Diagnosis, Report, diagnose};
use tokio::time::sleep;

use crate::support::{Bench, RED, braked, minutes};

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

/// Every gate of a report, those beyond its pass marked.
fn gates(report: &Report) -> Vec<String> {
    let told = |checked: &Checked| {
        let codes: Vec<&str> = checked.reasons.iter().map(Reason::code).collect();
        format!("{} {}: {}", checked.stage, checked.gate, codes.join(" "))
    };
    let pass = report.checked.iter().map(told);
    let beyond = report.beyond.checked.iter().map(|checked| format!("beyond {}", told(checked)));
    let not_asked = &report.beyond.not_asked;
    let not =
        not_asked.iter().map(|not| format!("not asked {} {}: {}", not.stage, not.gate, not.why.as_str()));
    pass.chain(beyond).chain(not).collect()
}

#[tokio::test(start_paused = true)]
async fn a_diagnosis_looks_beyond_the_gate_that_closed_and_runs_nothing_under_a_kill_switch() {
    let bench = Bench::default();
    let mut peer = bench.peer("peer").await;
    peer.say_healthy(false).await;
    let _ahead = peer.queue().await;
    bench.props.set_script(RED);
    let report = diagnose(&bench.node(), diagnosis(false)).await;
    assert_eq!(
        gates(&report),
        [
            "pre-lock kill_switch: ",
            "pre-lock detectors: ",
            "pre-lock windows: ",
            "pre-lock health_script: script_failed",
            "beyond post-lock kill_switch: ",
            "beyond post-lock detectors: ",
            "beyond post-lock windows: ",
            "beyond post-lock health_script: script_failed",
            "beyond post-lock fleet: behind_in_queue peer_unhealthy",
        ]
    );
    assert_eq!(report.decision.reasons().len(), 1, "what is beyond decides nothing: {:?}", report.decision);
    assert_eq!(report.fleet.unwrap().place.unwrap().position, 1);

    bench.props.kill_switch.set([braked()]);
    bench.props.looks.lock().unwrap().clear();
    let report = diagnose(&bench.node(), diagnosis(false)).await;
    assert_eq!(*bench.props.looks.lock().unwrap(), ["kill_switch"; 2], "nothing runs under a kill switch");
    assert_eq!(
        gates(&report),
        [
            "pre-lock kill_switch: kill_switch_present",
            "beyond pre-lock windows: ",
            "beyond post-lock kill_switch: kill_switch_present",
            "beyond post-lock windows: ",
            "beyond post-lock fleet: behind_in_queue peer_unhealthy",
            "not asked pre-lock detectors: kill_switch",
            "not asked pre-lock health_script: kill_switch",
            "not asked post-lock detectors: kill_switch",
            "not asked post-lock health_script: kill_switch",
        ]
    );
    let skip = Diagnosis { skip_health: true, lock: LockUse::Skip, try_lock: false };
    let told = gates(&diagnose(&bench.node(), skip).await);
    assert!(told.contains(&"not asked post-lock fleet: skip_lock".to_owned()), "{told:?}");
    assert!(told.contains(&"not asked pre-lock health_script: skip_health".to_owned()), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_wants_no_reboot_is_not_said_to_have_been_cleared() {
    let bench = Bench::default();
    bench.props.detector.set([DetectorVerdict::NotNeeded]);
    let told = gates(&diagnose(&bench.node(), diagnosis(false)).await);
    assert!(told.contains(&"beyond post-lock detectors: no_reboot_required".to_owned()), "{told:?}");
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
