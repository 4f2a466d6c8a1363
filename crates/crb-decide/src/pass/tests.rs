//! The step machine, walked by tables of what is seen.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::{
    Cooldown, DetectorFinding, DetectorVerdict, FleetFacts, KillSwitchSeen, NodeName, Outcome, Overdue,
    Pause, PeerState, Place, ScriptVerdict, Trouble, WindowState,
};

fn plan() -> PassPlan {
    PassPlan {
        goal: Goal::Reboot,
        lock: LockUse::Queue,
        skip_health: false,
        max_slots: 1,
        policy: Policy::default(),
    }
}

fn name(text: &str) -> NodeName {
    NodeName::try_new(text).unwrap()
}

fn facts() -> FleetFacts {
    FleetFacts {
        me: name("me"),
        peers: BTreeMap::from([(name("peer"), PeerState::Healthy)]),
        holds: vec![],
        pause: None,
        cooldown: None,
        out: vec![],
        overdue: vec![],
        slots: 1,
        place: Some(Place { position: 0, ahead: vec![], overdue: vec![] }),
    }
}

fn detectors(verdict: DetectorVerdict) -> Observation {
    Observation::Detectors(vec![DetectorFinding { name: "marker".into(), verdict }])
}

/// What a probe sees when all is well.
fn all_is_well(action: Action<'_>) -> Observation {
    match action {
        Action::Look { gate: Gate::KillSwitch, .. } => Observation::KillSwitch(KillSwitchSeen::Absent),
        Action::Look { gate: Gate::Detectors, .. } => detectors(DetectorVerdict::Needed),
        Action::Look { gate: Gate::Windows, .. } => Observation::Windows(WindowState::Open { until: None }),
        Action::Look { gate: Gate::Script, .. } => Observation::Script(ScriptVerdict::Healthy),
        Action::Look { gate: Gate::Fleet, .. } => Observation::Fleet(Box::new(facts())),
        Action::TakePlace => Observation::Place(Place { position: 0, ahead: vec![], overdue: vec![] }),
        Action::Commit => Observation::Commit(CommitSeen::Committed),
        Action::Done(_) => unreachable!("nothing is looked at when the pass is done"),
    }
}

/// Walks a pass to its end; `see` may replace what is seen at a step.
fn walk(plan: PassPlan, mut see: impl FnMut(Action<'_>) -> Option<Observation>) -> (Vec<String>, Decision) {
    let mut pass = Pass::new(plan);
    let mut steps = vec![];
    loop {
        let seen = match pass.next() {
            Action::Done(decision) => return (steps, decision.clone()),
            action => {
                steps.push(match action {
                    Action::Look { gate, stage } => format!("{stage} {gate}"),
                    other => format!("{other:?}"),
                });
                see(action).unwrap_or_else(|| all_is_well(action))
            }
        };
        pass.observe(Timestamp::UNIX_EPOCH, &seen);
        assert!(steps.len() < 50, "a pass ends");
    }
}

#[test]
fn asks_the_same_gates_in_the_same_order_before_the_lock_and_under_it() {
    let (steps, decision) = walk(plan(), |_| None);
    assert_eq!(
        steps,
        [
            "pre-lock kill_switch",
            "pre-lock detectors",
            "pre-lock windows",
            "pre-lock health_script",
            "TakePlace",
            "post-lock kill_switch",
            "post-lock detectors",
            "post-lock windows",
            "post-lock health_script",
            "post-lock fleet",
            "Commit",
        ]
    );
    assert_eq!(decision.outcome(), Outcome::Ready);
}

#[test]
fn runs_no_script_under_a_kill_switch() {
    let present = Observation::KillSwitch(KillSwitchSeen::Present { path: "/off".into() });
    let (steps, decision) = walk(plan(), |_| Some(present.clone()));
    assert_eq!(steps, ["pre-lock kill_switch"]);
    assert_eq!(decision.outcome(), Outcome::KillSwitchActive);
}

#[test]
fn each_gate_holds_with_its_outcome_at_every_stage() {
    let unreadable = KillSwitchSeen::Unreadable { path: "/off".into(), error: "denied".into() };
    let denied = WindowState::Denied { window: "* 00:00-24:00".into(), until: None };
    let timed_out = ScriptVerdict::TimedOut { after: Duration::from_secs(30) };
    let not_runnable = ScriptVerdict::NotRunnable { error: "no such file".into() };
    let table = [
        (Gate::KillSwitch, Observation::KillSwitch(unreadable), Outcome::KillSwitchActive),
        (Gate::Detectors, detectors(DetectorVerdict::Unknown("timed out".into())), Outcome::NoAction),
        (Gate::Windows, Observation::Windows(denied), Outcome::WindowDenied),
        (
            Gate::Windows,
            Observation::Windows(WindowState::OutsideAllow { until: None }),
            Outcome::WindowOutsideAllow,
        ),
        (Gate::Script, Observation::Script(ScriptVerdict::Failed { exit_code: 1 }), Outcome::HealthBlocked),
        (Gate::Script, Observation::Script(ScriptVerdict::Killed { signal: 9 }), Outcome::HealthBlocked),
        (Gate::Script, Observation::Script(timed_out), Outcome::HealthBlocked),
        (Gate::Script, Observation::Script(not_runnable), Outcome::HealthBlocked),
        // Answers to another question.
        (Gate::Script, Observation::Windows(WindowState::Open { until: None }), Outcome::NoAction),
        (Gate::Windows, Observation::Trouble(Trouble::StoreFailed("away".into())), Outcome::NoAction),
    ];
    for (gate, seen, outcome) in table {
        for stage in [Stage::BeforeLock, Stage::UnderLock] {
            let (_, decision) =
                walk(plan(), |action| (action == Action::Look { gate, stage }).then(|| seen.clone()));
            assert_eq!(decision.outcome(), outcome, "{stage} {gate} {seen:?}");
            assert!(!decision.keeps_place(), "{stage} {gate} {seen:?}");
        }
    }
}

#[test]
fn what_the_fleet_forbids_is_waited_out_in_the_queue() {
    type Change = fn(&mut FleetFacts);
    let table: [(Change, Outcome); 6] = [
        (
            |facts| facts.pause = Some(Pause { by: "ann".into(), reason: "audit".into(), until: None }),
            Outcome::KillSwitchActive,
        ),
        (
            |facts| facts.cooldown = Some(Cooldown { node: "peer".into(), until: None }),
            Outcome::CooldownActive,
        ),
        (|facts| facts.out = vec![name("peer")], Outcome::LockUnavailable),
        (
            |facts| facts.place = Some(Place { position: 1, ahead: vec![name("peer")], overdue: vec![] }),
            Outcome::LockUnavailable,
        ),
        (
            |facts| {
                facts.peers.insert(name("peer"), PeerState::Silent { last_report: None });
            },
            Outcome::HealthBlocked,
        ),
        (
            |facts| {
                let sick = PeerState::Unhealthy { stage: "heartbeat".into(), reason: "exit 1".into() };
                facts.peers.insert(name("peer"), sick);
            },
            Outcome::HealthBlocked,
        ),
    ];
    for (change, outcome) in table {
        let mut changed = facts();
        change(&mut changed);
        let (_, decision) = walk(plan(), |action| match action {
            Action::Look { gate: Gate::Fleet, .. } => Some(Observation::Fleet(Box::new(changed.clone()))),
            _ => None,
        });
        assert_eq!(decision.outcome(), outcome, "{changed:?}");
        assert!(decision.keeps_place(), "{changed:?}");
    }
}

#[test]
fn a_reason_that_goes_away_under_the_lock_clears_the_pass() {
    let (_, decision) = walk(plan(), |action| match action {
        Action::Look { gate: Gate::Detectors, stage: Stage::UnderLock } => {
            Some(detectors(DetectorVerdict::NotNeeded))
        }
        _ => None,
    });
    assert_eq!(decision.outcome(), Outcome::RecheckCleared);
}

#[test]
fn one_detector_that_failed_outweighs_one_that_asks() {
    let findings = Observation::Detectors(vec![
        DetectorFinding { name: "marker".into(), verdict: DetectorVerdict::Needed },
        DetectorFinding { name: "check".into(), verdict: DetectorVerdict::Unknown("exit 127".into()) },
    ]);
    let (_, decision) = walk(plan(), |action| {
        matches!(action, Action::Look { gate: Gate::Detectors, .. }).then(|| findings.clone())
    });
    assert_eq!(decision.reasons()[0].code(), "detector_failed");
    assert_eq!(decision.exit_code(), crate::ExitCode::Failure);
}

#[test]
fn a_refused_commit_takes_a_new_view_and_gives_up_after_four() {
    let mut views = 0;
    let (_, decision) = walk(plan(), |action| match action {
        Action::Look { gate: Gate::Fleet, .. } => {
            views += 1;
            None
        }
        Action::Commit => Some(Observation::Commit(CommitSeen::Refused)),
        _ => None,
    });
    assert_eq!((views, decision.reasons()[0].code()), (4, "view_changed"));
    assert!(decision.keeps_place());
}

#[test]
fn waits_when_it_is_not_its_turn() {
    let behind =
        Observation::Place(Place { position: 2, ahead: vec![name("a"), name("b")], overdue: vec![] });
    let (steps, decision) =
        walk(plan(), |action| matches!(action, Action::TakePlace).then(|| behind.clone()));
    assert_eq!(steps.last().map(String::as_str), Some("TakePlace"));
    assert_eq!(decision.outcome(), Outcome::LockUnavailable);
    assert_eq!(decision.reasons()[0].to_string(), "place 3 in the queue, behind a, b");

    let first = ["a", "b", "c", "d", "e"].map(name).to_vec();
    let far_behind = Reason::BehindInQueue { position: 9_999, ahead: first };
    assert_eq!(
        far_behind.to_string(),
        "place 10000 in the queue, behind a, b, c, d, e and 9994 more",
        "whoever is not named is counted"
    );
}

#[test]
fn says_which_of_those_that_are_out_is_overdue() {
    let since: Timestamp = "2026-11-22T02:00:00Z".parse().unwrap();
    let overdue =
        |since| Overdue { node: name("node-b"), since, deadline: "2026-11-22T02:30:00Z".parse().unwrap() };
    let ahead = || vec![name("node-b"), name("node-c")];
    let behind = Place { position: 2, ahead: ahead(), overdue: vec![overdue(Some(since))] };
    let (_, decision) = walk(plan(), |action| {
        matches!(action, Action::TakePlace).then(|| Observation::Place(behind.clone()))
    });
    let codes =
        |decision: &Decision| -> Vec<&'static str> { decision.reasons().iter().map(Reason::code).collect() };
    assert_eq!(codes(&decision), ["reboot_overdue", "behind_in_queue"]);
    assert_eq!((decision.outcome(), decision.keeps_place()), (Outcome::LockUnavailable, true));
    let said = decision.reasons()[0].to_string();
    assert_eq!(
        said,
        "node-b is out since 2026-11-22T02:00:00Z and overdue since 2026-11-22T02:30:00Z: its slot is free \
         when it is back and well, or when an operator who knows that it will not come back takes its claim away"
    );

    let full = FleetFacts { out: ahead(), overdue: vec![overdue(None)], slots: 2, ..facts() };
    let one_slot_left = FleetFacts { slots: 3, ..full.clone() };
    let table = [(full, vec!["reboot_overdue", "rebooting_elsewhere"]), (one_slot_left, vec!["ready"])];
    for (facts, expected) in table {
        let (_, decision) = walk(plan(), |action| match action {
            Action::Look { gate: Gate::Fleet, .. } => Some(Observation::Fleet(Box::new(facts.clone()))),
            _ => None,
        });
        assert_eq!(codes(&decision), expected, "a deadline alone decides nothing");
    }
}

#[test]
fn holds_when_the_view_does_not_show_its_own_place() {
    let (steps, decision) = walk(plan(), |action| match action {
        Action::Look { gate: Gate::Fleet, .. } => {
            Some(Observation::Fleet(Box::new(FleetFacts { place: None, ..facts() })))
        }
        _ => None,
    });
    assert_eq!(steps.last().map(String::as_str), Some("post-lock fleet"));
    assert_eq!(decision.reasons()[0].code(), "gate_unanswered");
    assert!(!decision.keeps_place());
}

#[test]
fn a_diagnosis_never_commits_and_a_skipped_lock_is_said() {
    let diagnosis = PassPlan { goal: Goal::Diagnose, ..plan() };
    let (steps, decision) = walk(diagnosis.clone(), |_| None);
    assert!(!steps.contains(&"Commit".to_owned()));
    assert_eq!(decision.outcome(), Outcome::Ready);
    let skipping = PassPlan { lock: LockUse::Skip, skip_health: true, ..diagnosis };
    let (steps, decision) = walk(skipping, |_| None);
    assert_eq!(steps, ["pre-lock kill_switch", "pre-lock detectors", "pre-lock windows"]);
    assert_eq!(decision.outcome(), Outcome::LockSkipped);
}

#[test]
fn between_commit_and_command_kill_switch_and_windows_are_asked_once_more() {
    let mut pass = Pass::before_command(plan());
    let mut gates = vec![];
    while let Action::Look { gate, stage } = pass.next() {
        assert_eq!(stage, Stage::BeforeCommand);
        gates.push(gate);
        let seen = all_is_well(pass.next());
        pass.observe(Timestamp::UNIX_EPOCH, &seen);
    }
    assert_eq!(gates, [Gate::KillSwitch, Gate::Windows]);
}

fn after_hooks(mut see: impl FnMut(Gate) -> Option<Observation>) -> (Vec<Gate>, Decision) {
    let mut pass = Pass::after_hooks(plan());
    loop {
        let seen = match pass.next() {
            Action::Done(decision) => {
                let asked = pass.checked().iter().map(|checked| checked.gate).collect();
                return (asked, decision.clone());
            }
            Action::Look { gate, stage: Stage::AfterHooks } => {
                see(gate).unwrap_or_else(|| all_is_well(pass.next()))
            }
            other => panic!("{other:?} is not asked for after hooks"),
        };
        pass.observe(Timestamp::UNIX_EPOCH, &seen);
    }
}

#[test]
fn after_hooks_every_gate_is_asked_again_and_nothing_is_committed_anew() {
    let (asked, decision) = after_hooks(|_| None);
    assert_eq!((asked.as_slice(), decision.first_reason()), (&Gate::ORDER[..], &Reason::Ready));
    let fleet = |change: fn(&mut FleetFacts)| {
        let mut facts = FleetFacts { place: None, ..facts() };
        change(&mut facts);
        Observation::Fleet(Box::new(facts))
    };
    let silent = |facts: &mut FleetFacts| {
        facts.peers.insert(name("peer"), PeerState::Silent { last_report: None });
    };
    let paused = |facts: &mut FleetFacts| {
        facts.pause = Some(Pause { by: "ops".into(), reason: "stop".into(), until: None });
    };
    let cooling = |facts: &mut FleetFacts| {
        facts.cooldown = Some(Cooldown { node: "other".into(), until: None });
    };
    let taken = |facts: &mut FleetFacts| facts.out = vec![name("peer")];
    let table = [
        (
            Gate::KillSwitch,
            Observation::KillSwitch(KillSwitchSeen::Present { path: "/x".into() }),
            "kill_switch_present",
        ),
        (Gate::KillSwitch, Observation::Script(ScriptVerdict::Healthy), "gate_unanswered"),
        (Gate::Detectors, detectors(DetectorVerdict::NotNeeded), "recheck_cleared"),
        (
            Gate::Windows,
            Observation::Windows(WindowState::OutsideAllow { until: None }),
            "window_outside_allow",
        ),
        (Gate::Script, Observation::Script(ScriptVerdict::Failed { exit_code: 1 }), "script_failed"),
        (Gate::Fleet, Observation::Trouble(Trouble::StoreFailed("no answer".into())), "store_failed"),
        (Gate::Fleet, fleet(silent), "peer_silent"),
        (Gate::Fleet, fleet(paused), "paused"),
        (Gate::Fleet, fleet(taken), "rebooting_elsewhere"),
        (Gate::Fleet, fleet(|_| {}), "ready"),
        (Gate::Fleet, fleet(cooling), "ready"),
    ];
    for (at, seen, reason) in table {
        let (_, decision) = after_hooks(|gate| (gate == at).then(|| seen.clone()));
        assert_eq!(decision.first_reason().code(), reason, "{at} shown {seen:?}");
    }
}
