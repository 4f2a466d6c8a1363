//! One event of every kind, for the tests of the projections.

use std::collections::BTreeMap;
use std::time::Duration;

use crb_decide::{
    ClaimPhase, CommandEnd, Cooldown, Decision, DetectorVerdict, FleetFacts, HookEnd, HookPhase, NodeName,
    OnFailure, Pause, PeerState, Place, Reason, ScriptVerdict, Stage, WindowState,
};
use jiff::Timestamp;

use crate::{ConfigFault, DetectorReport, Event, What};

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

pub(crate) fn node(name: &str) -> NodeName {
    NodeName::try_new(name).unwrap()
}

pub(crate) fn event(what: What) -> Event {
    Event { at: at(0), node: node("node-a"), what }
}

pub(crate) fn outcome(reason: Reason) -> What {
    What::RunOutcome { decision: Decision::for_one(reason), dry_run: false, reboot_required: Some(true) }
}

pub(crate) fn detector(name: &str, verdict: DetectorVerdict) -> DetectorReport {
    let (exit_code, output) = match &verdict {
        DetectorVerdict::Needed => (Some(1), "kernel is old\n".to_owned()),
        DetectorVerdict::NotNeeded => (Some(0), String::new()),
        DetectorVerdict::Unknown(_) => (Some(127), "sh: not found\n".to_owned()),
    };
    DetectorReport { name: name.to_owned(), verdict, exit_code, output, took: Duration::from_millis(12) }
}

pub(crate) fn health(verdict: ScriptVerdict) -> What {
    What::HealthCheck {
        phase: "pre-lock",
        verdict,
        stdout: String::new(),
        stderr: "disk full\n".to_owned(),
        took: Duration::from_millis(340),
    }
}

pub(crate) fn hook(phase: HookPhase, end: HookEnd, on_failure: OnFailure) -> What {
    What::HookEnded {
        phase,
        hook: "drain".to_owned(),
        end,
        on_failure,
        stdout: String::new(),
        stderr: "no answer\n".to_owned(),
        took: Duration::from_millis(1500),
    }
}

fn stale_reads(version: &str, mended_by: Option<&'static str>) -> What {
    What::StaleReads { endpoint: "http://etcd-1:2379".to_owned(), version: version.to_owned(), mended_by }
}

pub(crate) fn facts() -> FleetFacts {
    let unhealthy =
        PeerState::Unhealthy { stage: "heartbeat".to_owned(), reason: "script ended with 1".to_owned() };
    FleetFacts {
        me: node("node-a"),
        peers: BTreeMap::from([
            (node("node-b"), PeerState::Healthy),
            (node("node-c"), unhealthy),
            (node("node-d"), PeerState::Silent { last_report: Some(at(-90)) }),
            (node("node-e"), PeerState::Rebooting),
        ]),
        holds: vec![],
        pause: Some(Pause { by: "ops".to_owned(), reason: "release".to_owned(), until: None }),
        cooldown: None,
        out: vec![node("node-e")],
        overdue: vec![],
        slots: 1,
        place: Some(Place { position: 0, ahead: vec![], overdue: vec![] }),
    }
}

pub(crate) fn pause() -> Pause {
    Pause { by: "ann@desk".to_owned(), reason: "storage works".to_owned(), until: Some(at(600)) }
}

pub(crate) fn store_failed() -> Reason {
    Reason::StoreFailed { error: "no answer within 1.5 s".to_owned() }
}

/// What happens in the life of a node that is held back in the end.
pub(crate) fn every_kind_and_a_block() -> Vec<What> {
    let mut all = every_kind();
    all.push(outcome(store_failed()));
    all
}

fn config_rejected() -> What {
    let in_a_line = ConfigFault {
        place: Some(("/etc/config.yaml".to_owned(), 3, 15)),
        code: "config::lock_ttl_too_short".to_owned(),
        message: "`lock_ttl_sec` (5) is not longer than `health_timeout_sec` (30)".to_owned(),
        hint: Some("write `lock_ttl_sec: 60` or more".to_owned()),
    };
    let of_a_file = ConfigFault {
        place: None,
        code: "config::unreadable".to_owned(),
        message: "cannot read /etc/config.d/a.yaml: permission denied".to_owned(),
        hint: None,
    };
    What::ConfigRejected { faults: vec![in_a_line, of_a_file] }
}

/// What hooks do, and what becomes of events.
fn around_a_reboot() -> Vec<What> {
    vec![
        What::HookStarted { phase: HookPhase::PreReboot, hook: "drain".to_owned() },
        hook(HookPhase::PreReboot, HookEnd::Succeeded, OnFailure::Block),
        hook(HookPhase::PreReboot, HookEnd::Failed { exit_code: 3 }, OnFailure::Block),
        hook(HookPhase::PreReboot, HookEnd::Killed { signal: 9 }, OnFailure::Continue),
        hook(HookPhase::PostReboot, HookEnd::TimedOut { after: Duration::from_secs(300) }, OnFailure::Block),
        hook(HookPhase::OnEvent, HookEnd::Succeeded, OnFailure::Continue),
        hook(
            HookPhase::OnEvent,
            HookEnd::NotRunnable { error: "no such file".to_owned() },
            OnFailure::Continue,
        ),
        What::EventsDropped { events: 12 },
    ]
}

/// What happens in the life of a node, every kind of it at least once, in a likely order.
pub(crate) fn every_kind() -> Vec<What> {
    let stage = Stage::BeforeLock;
    let ms = Duration::from_millis;
    let silent = Reason::PeerSilent { node: node("node-d"), last_report: Some(at(-90)) };
    let behind = Reason::BehindInQueue { position: 1, ahead: vec![node("node-b")] };
    let mut all = vec![
        What::Started { version: "0.1.0".to_owned(), boot_id: "b-1".to_owned(), dry_run: false },
        What::ConfigReloaded { changed: vec![], needs_restart: vec![] },
        What::ConfigReloaded {
            changed: vec!["check_interval_sec", "dry_run"],
            needs_restart: vec!["node_name"],
        },
        config_rejected(),
        What::ConfigWarning { message: "min_healthy_absolute can never be met".to_owned() },
        What::PresenceJoined { lease_id: "694d".to_owned() },
        stale_reads("3.5.17", Some("3.5.28")),
        stale_reads("3.6.0-rc.1", None),
        What::EtcdFiles { message: "/etc/etcd/node.pem changed".to_owned(), renewed: true },
        What::EtcdFiles { message: "/etc/etcd/node.key is not PEM".to_owned(), renewed: false },
        What::ClusterHealthUpdate {
            healthy: true,
            stage: "heartbeat".to_owned(),
            reason: String::new(),
            result: Ok(()),
        },
        What::KillSwitch { stage, active: None },
        What::KillSwitch {
            stage,
            active: Some(Reason::KillSwitchPresent { path: "/etc/no-reboot".to_owned() }),
        },
        What::DetectorsEvaluated {
            stage,
            detectors: vec![
                detector("kernel", DetectorVerdict::Needed),
                detector("marker", DetectorVerdict::NotNeeded),
                detector("tool", DetectorVerdict::Unknown("ended with 127".to_owned())),
            ],
            took: ms(40),
        },
        What::MaintenanceWindow { stage, state: WindowState::Open { until: Some(at(3600)) } },
        What::MaintenanceWindow {
            stage,
            state: WindowState::Denied { window: "Fri 18:00-Mon 08:00".to_owned(), until: Some(at(60)) },
        },
        health(ScriptVerdict::Healthy),
        health(ScriptVerdict::TimedOut { after: Duration::from_secs(30) }),
        What::LockAttempt { attempt: 1 },
        What::StoreCall { operation: "txn", result: "ok", took: ms(3) },
        What::LockFailed { attempt: 1, error: "no answer within 1.5 s".to_owned(), waited: ms(1500) },
        What::LockBackoff { attempt: 2, wait: ms(2000), reason: behind },
        What::LockAcquired { attempt: 3, lease_id: "694e".to_owned(), waited: ms(9000) },
        What::CooldownStatus {
            stage: Stage::UnderLock,
            cooldown: Some(Cooldown { node: "node-b".to_owned(), until: Some(at(600)) }),
        },
        What::CooldownCleared,
        What::ClusterPeerStatus {
            peer: node("node-d"),
            state: Some(PeerState::Silent { last_report: Some(at(-90)) }),
        },
        What::ClusterPeerStatus { peer: node("node-f"), state: None },
        What::ClusterHealthStatus {
            stage: Stage::UnderLock,
            facts: Box::new(facts()),
            against: vec![silent.clone()],
        },
        outcome(silent),
        What::LockLost { error: "the lease has expired".to_owned() },
        What::LockReleased {
            lease_id: Some("694e".to_owned()),
            reason: "recheck cleared".to_owned(),
            acknowledged: true,
            took: ms(4),
        },
        What::PresenceLost { reason: Reason::PresenceLost { error: "lease expired".to_owned() } },
        What::StoreRegressed { reason: "it remembers nothing".to_owned() },
        What::StoreAccepted { reason: "it remembers nothing".to_owned() },
        What::Paused { pause: pause() },
        What::Resumed { pause: pause() },
        What::Trouble { component: "presence", error: "etcd: no answer within 1.5 s".to_owned() },
        outcome(Reason::Ready),
        What::RebootCommitted { deadline: at(900) },
    ];
    all.extend(around_a_reboot());
    all.extend([
        What::RebootAborted { reason: "the kill switch is present".to_owned() },
        What::ClaimPhase { phase: ClaimPhase::Armed, reason: "every gate is open".to_owned() },
        What::RebootCommandStarted { command: vec!["systemctl".to_owned(), "reboot".to_owned()], run: 1 },
        What::RebootCommandEnded { end: CommandEnd::StillUp, run: 1, took: ms(300_000) },
        What::ClaimPhase { phase: ClaimPhase::Stuck, reason: "the command ran three times".to_owned() },
        What::CooldownStarted { duration: Duration::from_secs(600), result: Ok(()) },
        What::RebootVerified { out_for: Duration::from_secs(95) },
        What::RebootOverdue { peer: node("node-e"), since: Some(at(-900)), deadline: at(0) },
        What::RebootOverdueEnded { peer: node("node-e"), deadline: at(0), late: Duration::from_secs(60) },
        What::Stopped { why: "SIGTERM".to_owned() },
    ]);
    all
}
