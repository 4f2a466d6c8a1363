use crb_decide::{CommandEnd, Cooldown, DetectorVerdict, ScriptVerdict, Stage, WindowState};

use super::*;
use crate::samples::{
    at, detector, event, every_kind_and_a_block, facts, health, node, outcome, pause, store_failed,
};

fn metrics() -> Metrics {
    Metrics::new("0.1.0", "c0ffee")
}

/// The value of a sample, by its name and labels without the prefix; `None` when there is no such sample.
fn value(metrics: &Metrics, sample: &str) -> Option<f64> {
    let text = metrics.render();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("clusterrebootd_{sample} ")));
    line.map(|value| value.parse().unwrap())
}

fn released(lease_id: Option<&str>, acknowledged: bool) -> What {
    What::LockReleased {
        lease_id: lease_id.map(str::to_owned),
        reason: "shutdown".to_owned(),
        acknowledged,
        took: Duration::from_millis(30),
    }
}

fn acquired() -> What {
    What::LockAcquired { attempt: 1, lease_id: "1".to_owned(), waited: Duration::from_secs(700) }
}

fn claim(phase: ClaimPhase) -> What {
    What::ClaimPhase { phase, reason: String::new() }
}

fn backoff(reason: Reason) -> What {
    What::LockBackoff { attempt: 1, wait: Duration::from_secs(1), reason }
}

#[test]
fn every_event_counts_where_the_table_says() {
    let (before, under) = (Stage::BeforeLock, Stage::UnderLock);
    let took = Duration::from_millis(20);
    let round = |verdict| What::DetectorsEvaluated {
        stage: before,
        detectors: vec![detector("kernel", verdict)],
        took,
    };
    let unreadable = Reason::KillSwitchUnreadable { path: "/x".to_owned(), error: "denied".to_owned() };
    let behind = Reason::BehindInQueue { position: 1, ahead: vec![node("node-b")] };
    let update = |healthy, result| What::ClusterHealthUpdate {
        healthy,
        stage: "heartbeat".to_owned(),
        reason: String::new(),
        result,
    };
    let failure = || Err("no answer".to_owned());
    let table = [
        (outcome(Reason::Ready), r#"orchestration_outcomes_total{status="ready"}"#),
        (round(DetectorVerdict::Needed), r#"detector_evaluations_total{phase="pre-lock",result="requires"}"#),
        (round(DetectorVerdict::NotNeeded), r#"detector_evaluations_total{phase="pre-lock",result="clear"}"#),
        (
            round(DetectorVerdict::Unknown("ended with 127".to_owned())),
            r#"detector_evaluation_seconds_count{phase="pre-lock",result="error"}"#,
        ),
        (health(ScriptVerdict::Healthy), r#"health_checks_total{phase="pre-lock",result="pass"}"#),
        (
            health(ScriptVerdict::Failed { exit_code: 1 }),
            r#"health_checks_total{phase="pre-lock",result="blocked"}"#,
        ),
        (
            health(ScriptVerdict::TimedOut { after: took }),
            r#"health_check_seconds_count{phase="pre-lock",result="error"}"#,
        ),
        (
            What::KillSwitch { stage: under, active: Some(unreadable) },
            r#"kill_switch_checks_total{stage="post-lock",result="error"}"#,
        ),
        (
            What::KillSwitch { stage: Stage::BeforeCommand, active: None },
            r#"kill_switch_checks_total{stage="pre-reboot",result="inactive"}"#,
        ),
        (
            What::MaintenanceWindow { stage: before, state: WindowState::OutsideAllow { until: None } },
            r#"window_evaluations_total{result="outside_allow"}"#,
        ),
        (
            What::CooldownStatus {
                stage: under,
                cooldown: Some(Cooldown { node: "b".to_owned(), until: None }),
            },
            r#"cooldown_checks_total{phase="post-lock",result="active"}"#,
        ),
        (
            What::CooldownStarted { duration: took, result: failure() },
            r#"cooldown_activations_total{result="error"}"#,
        ),
        (What::CooldownCleared, r#"cooldown_clears_total{result="success"}"#),
        (
            What::ClusterHealthStatus { stage: under, facts: Box::new(facts()), against: vec![] },
            r#"cluster_health_checks_total{phase="post-lock",result="healthy"}"#,
        ),
        (
            update(false, Ok(())),
            r#"cluster_health_updates_total{phase="heartbeat",status="unhealthy",result="success"}"#,
        ),
        (
            update(true, failure()),
            r#"cluster_health_updates_total{phase="heartbeat",status="healthy",result="error"}"#,
        ),
        (acquired(), r#"lock_attempts_total{result="success"}"#),
        (acquired(), r#"lock_acquire_seconds_bucket{result="success",le="900"}"#),
        (backoff(behind), r#"lock_attempts_total{result="contended"}"#),
        (
            What::LockFailed { attempt: 1, error: String::new(), waited: took },
            r#"lock_attempts_total{result="error"}"#,
        ),
        (released(None, true), r#"lock_release_seconds_count{result="success"}"#),
        (released(None, false), r#"lock_release_seconds_bucket{result="error",le="0.05"}"#),
        (What::RebootVerified { out_for: took }, r#"reboots_total{result="verified"}"#),
        (What::RebootAborted { reason: String::new() }, r#"reboots_total{result="aborted"}"#),
        (claim(ClaimPhase::Stuck), r#"reboots_total{result="stuck"}"#),
        (outcome(store_failed()), r#"reboot_blocked_total{reason="store_failed"}"#),
        (
            What::StoreCall { operation: "txn", result: "ok", took },
            r#"etcd_requests_total{operation="txn",result="ok"}"#,
        ),
        (
            What::StoreCall { operation: "range", result: "timeout", took },
            r#"etcd_request_seconds_count{operation="range",result="timeout"}"#,
        ),
    ];
    for (what, sample) in table {
        let metrics = metrics();
        assert_eq!(value(&metrics, sample).filter(|count| *count > 0.0), None, "{sample} before {what:?}");
        metrics.take(&event(what.clone()));
        assert_eq!(value(&metrics, sample), Some(1.0), "{sample} after {what:?}\n{}", metrics.render());
    }
}

#[test]
fn a_wait_for_anything_but_the_lock_is_no_attempt() {
    let cooldown = Reason::CooldownActive { node: "node-b".to_owned(), until: None };
    for reason in [store_failed(), cooldown, Reason::ScriptFailed { exit_code: 1 }] {
        let metrics = metrics();
        metrics.take(&event(backoff(reason.clone())));
        for result in ["success", "contended", "error"] {
            let sample = format!("lock_attempts_total{{result=\"{result}\"}}");
            assert_eq!(value(&metrics, &sample), Some(0.0), "{result} after {reason:?}");
        }
    }
}

#[test]
fn a_counter_whose_labels_are_known_starts_at_zero() {
    let metrics = metrics();
    for outcome in Outcome::ALL {
        let sample = format!("orchestration_outcomes_total{{status=\"{outcome}\"}}");
        assert_eq!(value(&metrics, &sample), Some(0.0));
    }
    assert_eq!(value(&metrics, "reboot_slot_held"), Some(0.0));
    assert_eq!(value(&metrics, r#"build_info{version="0.1.0",commit="c0ffee"}"#), Some(1.0));
    assert_eq!(value(&metrics, "reboot_required"), None, "nobody has looked yet");
}

#[test]
fn a_block_is_dated_from_its_first_pass_to_the_pass_that_lifts_it() {
    let metrics = metrics();
    let since = |code| value(&metrics, &format!("blocked_since_timestamp_seconds{{reason=\"{code}\"}}"));
    let pass = |second, reason| metrics.take(&Event { at: at(second), ..event(outcome(reason)) });
    let first = Some(1_700_000_010.0);

    pass(10, store_failed());
    assert_eq!(since("store_failed"), first);
    pass(20, store_failed());
    assert_eq!(since("store_failed"), first, "still the same block");
    pass(30, Reason::ScriptFailed { exit_code: 1 });
    assert_eq!(since("store_failed"), None, "its series is gone");
    assert_eq!(since("script_failed"), Some(1_700_000_030.0));
    pass(40, Reason::Ready);
    assert_eq!(since("script_failed"), None);
    assert!(!metrics.render().contains("blocked_since"), "{}", metrics.render());
    assert_eq!(since("ready"), None, "being ready is no block");
    pass(50, store_failed());
    assert_eq!(since("store_failed"), Some(1_700_000_050.0), "a new block has a new date");
}

#[test]
fn a_daemon_that_is_restarted_goes_on_with_the_dates_of_the_one_before() {
    let mut standing = Standing::default();
    standing.take(at(10), &Decision::for_one(store_failed()), Some(true));
    let metrics = metrics();
    assert_eq!(value(&metrics, "reboot_required_since_timestamp_seconds"), None);
    metrics.go_on_from(standing);
    metrics.take(&Event { at: at(500), ..event(outcome(store_failed())) });
    let date = Some(1_700_000_010.0);
    assert_eq!(value(&metrics, r#"blocked_since_timestamp_seconds{reason="store_failed"}"#), date);
    assert_eq!(value(&metrics, "reboot_required_since_timestamp_seconds"), date);
}

#[test]
fn the_slot_is_held_from_the_turn_to_the_end_of_the_claim() {
    let lost = || What::LockLost { error: String::new() };
    let aborted = || What::RebootAborted { reason: String::new() };
    let verified = || What::RebootVerified { out_for: Duration::ZERO };
    let committed = || What::RebootCommitted { deadline: at(9) };
    let ended = || What::RebootCommandEnded { end: CommandEnd::StillUp, run: 1, took: Duration::ZERO };
    let table = [
        (vec![], 0.0),
        (vec![acquired()], 1.0),
        (vec![acquired(), released(Some("1"), true)], 0.0),
        (vec![acquired(), released(Some("1"), false)], 0.0),
        (vec![acquired(), lost()], 0.0),
        (vec![acquired(), committed()], 1.0),
        (vec![committed(), released(None, false)], 1.0),
        (vec![committed(), claim(ClaimPhase::Armed), ended()], 1.0),
        (vec![committed(), aborted()], 0.0),
        (vec![claim(ClaimPhase::Verifying)], 1.0),
        (vec![claim(ClaimPhase::Verifying), verified()], 0.0),
        (vec![claim(ClaimPhase::Stuck)], 1.0),
    ];
    for (events, expected) in table {
        let metrics = metrics();
        for what in &events {
            metrics.take(&event(what.clone()));
        }
        assert_eq!(value(&metrics, "reboot_slot_held"), Some(expected), "after {events:?}");
    }
}

#[test]
fn the_fleet_is_shown_as_it_was_last_seen() {
    let metrics = metrics();
    let see = |facts| {
        let what =
            What::ClusterHealthStatus { stage: Stage::UnderLock, facts: Box::new(facts), against: vec![] };
        metrics.take(&event(what));
    };
    let nodes =
        || labels::NODE_STATES.map(|state| value(&metrics, &format!("cluster_nodes{{state=\"{state}\"}}")));
    see(facts());
    assert_eq!(nodes(), [Some(2.0), Some(1.0), Some(1.0), Some(1.0)], "the node itself is healthy");
    assert_eq!(value(&metrics, "paused"), Some(1.0));

    see(FleetFacts { peers: [].into(), pause: None, ..facts() });
    assert_eq!(nodes(), [Some(1.0), Some(0.0), Some(0.0), Some(0.0)]);
    assert_eq!(value(&metrics, "paused"), Some(0.0));
}

#[test]
fn a_pause_is_shown_from_when_it_is_told_until_it_has_ended() {
    let metrics = metrics();
    let paused = || value(&metrics, "paused");
    assert_eq!(paused(), Some(0.0));
    for (what, shown) in [(What::Paused { pause: pause() }, 1.0), (What::Resumed { pause: pause() }, 0.0)] {
        metrics.take(&event(what));
        assert_eq!(paused(), Some(shown));
    }
}

#[test]
fn nodes_are_overdue_until_they_are_no_longer_out() {
    let metrics = metrics();
    let overdue = |name: &str| What::RebootOverdue { peer: node(name), since: None, deadline: at(0) };
    let ended = |name: &str| What::RebootOverdueEnded {
        peer: node(name),
        deadline: at(0),
        late: Duration::from_secs(60),
    };
    let table =
        [(overdue("b"), 1.0), (overdue("c"), 2.0), (overdue("c"), 2.0), (ended("b"), 1.0), (ended("c"), 0.0)];
    assert_eq!(value(&metrics, r#"cluster_nodes{state="overdue"}"#), Some(0.0));
    for (what, expected) in table {
        metrics.take(&event(what.clone()));
        assert_eq!(value(&metrics, r#"cluster_nodes{state="overdue"}"#), Some(expected), "{what:?}");
    }
}

#[test]
fn a_refused_configuration_is_shown_until_one_is_taken() {
    let metrics = metrics();
    let taken = || What::ConfigReloaded { changed: vec![], needs_restart: vec![] };
    let refused = || What::ConfigRejected { faults: vec![] };
    let accepted = || value(&metrics, "config_last_reload_successful");
    assert_eq!(accepted(), Some(1.0), "the daemon has started with it");
    for (what, expected) in [(refused(), 0.0), (refused(), 0.0), (taken(), 1.0)] {
        metrics.take(&event(what.clone()));
        assert_eq!(accepted(), Some(expected), "after {what:?}");
    }
    assert_eq!(value(&metrics, r#"config_reloads_total{result="error"}"#), Some(2.0));
}

#[test]
fn whether_a_reboot_is_required_is_shown_as_last_known() {
    let metrics = metrics();
    let reported = |reboot_required| {
        let what =
            What::RunOutcome { decision: Decision::for_one(Reason::Ready), dry_run: false, reboot_required };
        metrics.take(&event(what));
        value(&metrics, "reboot_required")
    };
    assert_eq!([None, Some(true), None, Some(false)].map(reported), [None, Some(1.0), Some(1.0), Some(0.0)]);
}

#[test]
fn every_sample_is_of_a_metric_in_the_table_and_every_metric_has_samples() {
    let metrics = metrics();
    for what in every_kind_and_a_block() {
        metrics.take(&event(what));
    }
    let text = metrics.render();
    for MetricInfo { name, kind, labels, help, .. } in METRICS {
        assert!(text.contains(&format!("# HELP {name} {help}\n")), "{name} is described");
        assert!(text.contains(&format!("# TYPE {name} {}\n", kind.as_str())), "{name} is a {kind:?}");
        let suffix = if *kind == MetricKind::Histogram { "_count" } else { "" };
        let start = format!("{name}{suffix}");
        let is_sample =
            |line: &&str| line.strip_prefix(&start).is_some_and(|rest| rest.starts_with(['{', ' ']));
        let sample = text.lines().find(is_sample).unwrap_or_else(|| panic!("{name} has a sample"));
        let inside = sample.split_once('{').map_or("", |(_, rest)| rest);
        let named: Vec<&str> = inside.split(',').filter_map(|label| Some(label.split_once('=')?.0)).collect();
        assert_eq!(&named, labels, "{sample}");
    }
    let typed: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    assert_eq!(typed.len(), METRICS.len(), "{typed:?}");
}

#[test]
fn names_and_units_follow_the_customs_of_prometheus() {
    for MetricInfo { name, kind, unit, help, .. } in METRICS {
        assert!(name.starts_with("clusterrebootd_"), "{name}");
        assert_eq!(name.ends_with("_total"), *kind == MetricKind::Counter, "{name}");
        assert_eq!(name.ends_with("_seconds"), *unit == Some("seconds"), "{name}");
        assert!(help.ends_with('.'), "{name}: {help}");
    }
}

#[test]
fn events_that_were_dropped_are_counted_one_by_one() {
    let metrics = metrics();
    let dropped = || value(&metrics, r#"hook_runs_total{phase="on-event",result="dropped"}"#);
    assert_eq!(dropped(), Some(0.0));
    metrics.take(&event(What::EventsDropped { events: 12 }));
    metrics.take(&event(What::EventsDropped { events: 3 }));
    assert_eq!(dropped(), Some(15.0));
}

#[test]
fn instances_share_nothing() {
    let (one, other) = (metrics(), metrics());
    one.take(&event(outcome(Reason::Ready)));
    assert_eq!(value(&one, r#"orchestration_outcomes_total{status="ready"}"#), Some(1.0));
    assert_eq!(value(&other, r#"orchestration_outcomes_total{status="ready"}"#), Some(0.0));
}

#[test]
fn no_sample_is_lost_between_two_scrapes() {
    let metrics = metrics();
    let call = What::StoreCall { operation: "txn", result: "ok", took: Duration::from_millis(1) };
    let calls = 3 * UPKEEP + 7;
    for _ in 0..calls {
        metrics.take(&event(call.clone()));
    }
    let count = value(&metrics, r#"etcd_request_seconds_count{operation="txn",result="ok"}"#);
    assert_eq!(count, Some(f64::from(calls)));
}
