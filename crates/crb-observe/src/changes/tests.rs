use std::sync::Arc;

use crb_decide::{
    Cooldown, Decision, DetectorVerdict, HookEnd, HookPhase, OnFailure, PeerState, Reason, ScriptVerdict,
    Stage, WindowState,
};

use super::*;
use crate::Recorder;
use crate::samples::{at, detector, event, every_kind, facts, health, hook, node, outcome, store_failed};

fn behind(position: u32) -> Reason {
    Reason::BehindInQueue { position, ahead: vec![node("node-b")] }
}

fn backoff(attempt: u32, reason: Reason) -> What {
    What::LockBackoff { attempt, wait: Duration::from_secs(attempt.into()), reason }
}

fn detectors(stage: Stage, verdict: DetectorVerdict, took: u64) -> What {
    let mut report = detector("kernel", verdict);
    report.took = Duration::from_millis(took);
    report.output = format!("looked for {took} ms");
    What::DetectorsEvaluated { stage, detectors: vec![report], took: Duration::from_millis(took) }
}

fn window(until: i64) -> What {
    What::MaintenanceWindow {
        stage: Stage::BeforeLock,
        state: WindowState::OutsideAllow { until: Some(at(until)) },
    }
}

fn cooldown(node: Option<&str>, until: i64) -> What {
    let cooldown = node.map(|node| Cooldown { node: node.to_owned(), until: Some(at(until)) });
    What::CooldownStatus { stage: Stage::UnderLock, cooldown }
}

fn silent(last_report: i64) -> What {
    let state = Some(PeerState::Silent { last_report: Some(at(last_report)) });
    What::ClusterPeerStatus { peer: node("node-b"), state }
}

fn trouble(error: &str) -> What {
    What::Trouble { component: "presence", error: error.to_owned() }
}

fn acquired() -> What {
    What::LockAcquired { attempt: 1, lease_id: "1".to_owned(), waited: Duration::ZERO }
}

fn seen(healthy_too: bool) -> What {
    let mut facts = facts();
    if healthy_too {
        facts.peers.insert(node("node-g"), PeerState::Healthy);
    }
    What::ClusterHealthStatus { stage: Stage::UnderLock, facts: Box::new(facts), against: vec![] }
}

#[test]
fn the_same_again_is_a_repeat_and_a_change_is_not() {
    use DetectorVerdict::{Needed, NotNeeded};
    let denied = |until| Reason::WindowDenied { window: "Fri".to_owned(), until: Some(at(until)) };
    let failed = |error: &str| Reason::StoreFailed { error: error.to_owned() };
    let pretended = |reason| What::RunOutcome {
        decision: Decision::for_one(reason),
        dry_run: true,
        reboot_required: Some(true),
    };
    let off = |stage| What::KillSwitch { stage, active: None };
    let (before, under) = (Stage::BeforeLock, Stage::UnderLock);
    // Each row: what was said, what is said next, and whether that is a repeat.
    let table = [
        (outcome(store_failed()), outcome(store_failed()), true),
        (outcome(failed("a: timed out")), outcome(failed("b: refused")), true),
        (outcome(denied(60)), outcome(denied(120)), true),
        (outcome(behind(2)), outcome(behind(1)), false),
        (outcome(Reason::Ready), outcome(Reason::LockSkipped), false),
        (outcome(Reason::Ready), pretended(Reason::Ready), false),
        (detectors(before, Needed, 1), detectors(before, Needed, 2), true),
        (detectors(before, Needed, 1), detectors(before, NotNeeded, 1), false),
        (detectors(before, Needed, 1), detectors(under, Needed, 1), false),
        (health(ScriptVerdict::Healthy), health(ScriptVerdict::Healthy), true),
        (health(ScriptVerdict::Healthy), health(ScriptVerdict::Failed { exit_code: 1 }), false),
        (off(before), off(before), true),
        (off(before), off(under), false),
        (window(60), window(61), true),
        (cooldown(Some("node-b"), 1), cooldown(Some("node-b"), 2), true),
        (cooldown(Some("node-b"), 1), cooldown(None, 1), false),
        (seen(false), seen(false), true),
        (seen(false), seen(true), false),
        (silent(1), silent(2), true),
        (silent(1), What::ClusterPeerStatus { peer: node("node-b"), state: None }, false),
        (What::LockAttempt { attempt: 1 }, What::LockAttempt { attempt: 2 }, true),
        (backoff(1, behind(2)), backoff(2, behind(2)), true),
        (backoff(1, behind(2)), backoff(2, behind(1)), false),
        (trouble("a"), trouble("a"), true),
        (trouble("a"), trouble("b"), false),
    ];
    for (first, second, expected) in table {
        let changes = Changes::default();
        assert!(!changes.is_repeat(&event(first.clone())), "{first:?} is new");
        assert_eq!(changes.is_repeat(&event(second.clone())), expected, "{first:?}, then {second:?}");
    }
}

#[test]
fn what_returns_after_a_change_is_new() {
    let changes = Changes::default();
    let said = [Reason::NoRebootRequired, Reason::Ready, Reason::NoRebootRequired];
    for reason in said {
        assert!(!changes.is_repeat(&event(outcome(reason))));
    }
}

#[test]
fn what_happens_once_is_never_a_repeat() {
    let once = [
        "started",
        "stopped",
        "config_warning",
        "config_reloaded",
        "config_rejected",
        "lock_acquired",
        "lock_released",
        "lock_lost",
        "cooldown_started",
        "cooldown_cleared",
        "presence_joined",
        "store_regressed",
        "store_accepted",
        "paused",
        "resumed",
        "reboot_committed",
        "reboot_command",
        "claim",
        "reboot_aborted",
        "reboot_verified",
        "reboot_overdue",
        "reboot_overdue_ended",
        "events_dropped",
        "store_call",
        "etcd_files",
    ];
    for what in every_kind() {
        let changes = Changes::default();
        changes.is_repeat(&event(what.clone()));
        assert_eq!(changes.is_repeat(&event(what.clone())), !once.contains(&what.name()), "{what:?}");
    }
}

#[test]
fn troubles_that_take_turns_are_repeats_until_they_were_quiet_for_long() {
    let changes = Changes::default();
    let at_second = |second, error: &str| Event { at: at(second), ..event(trouble(error)) };
    let table = [(0, "a", false), (5, "b", false), (10, "a", true), (15, "b", true), (600, "a", true)];
    for (second, error, expected) in table {
        assert_eq!(changes.is_repeat(&at_second(second, error)), expected, "{error} at {second}");
    }
    assert!(!changes.is_repeat(&at_second(1201, "a")), "it was quiet for more than ten minutes");
}

#[test]
fn a_new_wait_for_the_lock_is_told_anew() {
    let changes = Changes::default();
    let wait = || backoff(1, behind(1));
    assert!(!changes.is_repeat(&event(wait())));
    assert!(changes.is_repeat(&event(wait())));
    changes.is_repeat(&event(acquired()));
    assert!(!changes.is_repeat(&event(wait())));
}

#[test]
fn a_hook_that_fails_again_and_again_is_told_once_a_claim() {
    let changes = Changes::default();
    let fails = || event(hook(HookPhase::PostReboot, HookEnd::Failed { exit_code: 1 }, OnFailure::Block));
    assert!(!changes.is_repeat(&fails()));
    assert!(changes.is_repeat(&fails()));
    let other = hook(HookPhase::PostReboot, HookEnd::Failed { exit_code: 2 }, OnFailure::Block);
    assert!(!changes.is_repeat(&event(other)));
    changes.is_repeat(&event(What::RebootCommitted { deadline: at(900) }));
    assert!(!changes.is_repeat(&fails()));
}

#[test]
fn memory_is_bounded() {
    let changes = Changes::default();
    for number in 0..3 * SUBJECTS {
        changes.is_repeat(&event(trouble(&number.to_string())));
    }
    assert!(changes.0.lock().unwrap().len() <= SUBJECTS);
}

#[test]
fn only_changes_are_handed_on() {
    let recorder = Arc::new(Recorder::default());
    let sink = ChangesOnly::new(Arc::clone(&recorder));
    for reason in [Reason::Ready, Reason::Ready, Reason::NoRebootRequired] {
        sink.take(&event(outcome(reason)));
    }
    let handed_on: Vec<What> = recorder.events().into_iter().map(|event| event.what).collect();
    assert_eq!(handed_on, [outcome(Reason::Ready), outcome(Reason::NoRebootRequired)]);
}
