//! Every metric and every event of the reference, and where in the roll-out it is seen.

use crate::scrape::Kind::{self, Counter, Gauge, Histogram};

/// When metrics are scraped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    /// `node-a`, while its reboot command runs.
    Down,
    /// `node-b`, which waits behind it, has lost its place once, and has been without etcd for a while.
    Behind,
    /// `node-a`, back from its reboot.
    Back,
    /// `node-b`, at the head of the queue, in a paused fleet that has cooled down.
    Held,
}

use Moment::{Back, Behind, Down, Held};

/// A metric: its name without the prefix, its kind, its labels, and a sample of it that is seen above zero.
pub(crate) type Metric = (&'static str, Kind, &'static [&'static str], Moment, &'static [&'static str]);

pub(crate) const METRICS: [Metric; 30] = [
    ("orchestration_outcomes_total", Counter, &["status"], Behind, &["lock_unavailable"]),
    ("detector_evaluations_total", Counter, &["phase", "result"], Down, &["post-lock", "requires"]),
    ("detector_evaluation_seconds", Histogram, &["phase", "result"], Down, &["pre-lock", "clear"]),
    ("health_checks_total", Counter, &["phase", "result"], Back, &["post-reboot", "pass"]),
    ("health_check_seconds", Histogram, &["phase", "result"], Held, &["heartbeat", "pass"]),
    ("kill_switch_checks_total", Counter, &["stage", "result"], Down, &["pre-reboot", "inactive"]),
    ("window_evaluations_total", Counter, &["result"], Down, &["allowed"]),
    ("cooldown_checks_total", Counter, &["phase", "result"], Held, &["post-lock", "active"]),
    ("cooldown_activations_total", Counter, &["result"], Back, &["success"]),
    ("cooldown_clears_total", Counter, &["result"], Held, &["success"]),
    ("cluster_health_checks_total", Counter, &["phase", "result"], Down, &["post-lock", "healthy"]),
    (
        "cluster_health_updates_total",
        Counter,
        &["phase", "status", "result"],
        Behind,
        &["heartbeat", "healthy", "success"],
    ),
    ("lock_attempts_total", Counter, &["result"], Behind, &["contended"]),
    ("lock_acquire_seconds", Histogram, &["result"], Down, &["success"]),
    ("lock_release_seconds", Histogram, &["result"], Back, &["success"]),
    ("reboots_total", Counter, &["result"], Back, &["verified"]),
    ("reboot_blocked_total", Counter, &["reason"], Behind, &["behind_in_queue"]),
    ("reboot_required", Gauge, &[], Behind, &[]),
    ("reboot_required_since_timestamp_seconds", Gauge, &[], Behind, &[]),
    ("reboot_slot_held", Gauge, &[], Down, &[]),
    ("paused", Gauge, &[], Held, &[]),
    ("blocked_since_timestamp_seconds", Gauge, &["reason"], Held, &["paused"]),
    ("cluster_nodes", Gauge, &["state"], Down, &["healthy"]),
    ("hook_runs_total", Counter, &["phase", "result"], Back, &["post-reboot", "success"]),
    ("etcd_requests_total", Counter, &["operation", "result"], Behind, &["txn", "ok"]),
    ("etcd_request_seconds", Histogram, &["operation", "result"], Behind, &["txn", "ok"]),
    ("config_reloads_total", Counter, &["result"], Behind, &["success"]),
    ("config_last_reload_successful", Gauge, &[], Down, &[]),
    ("last_reboot_timestamp_seconds", Gauge, &[], Back, &[]),
    ("build_info", Gauge, &["version", "commit"], Down, &[]),
];

/// An event: its name, who says it, and what a field of it says, where that tells it from others.
pub(crate) type Told = (&'static str, &'static str, &'static str, &'static str);

pub(crate) const EVENTS: [Told; 25] = [
    ("run_outcome", "node-b", "status", "lock_unavailable"),
    ("detectors_evaluated", "node-a", "result", "requires"),
    ("health_check", "node-a", "phase", "post-reboot"),
    ("kill_switch", "node-a", "stage", "pre-reboot"),
    ("maintenance_window", "node-a", "result", "allowed"),
    ("lock_attempt", "node-b", "attempt", "1"),
    ("lock_backoff", "node-b", "reason", "behind_in_queue"),
    ("lock_acquired", "node-a", "attempt", "1"),
    ("lock_failed", "node-b", "attempt", "2"),
    ("lock_lost", "node-b", "", ""),
    ("lock_released", "node-a", "reason", "booted anew and healthy"),
    ("cooldown_status", "node-b", "result", "active"),
    ("cooldown_started", "node-a", "duration_ms", "2000"),
    ("cooldown_cleared", "node-b", "", ""),
    ("cluster_health_status", "node-a", "result", "healthy"),
    ("cluster_health_update", "node-b", "status", "healthy"),
    ("cluster_peer_status", "node-b", "peer", "node-a"),
    ("paused", "node-b", "by", "tests"),
    ("resumed", "node-a", "reason", "to be seen"),
    ("reboot_committed", "node-a", "", ""),
    ("hook", "node-a", "phase", "post-reboot"),
    ("reboot_command", "node-a", "state", "started"),
    ("reboot_verified", "node-b", "", ""),
    ("config_reloaded", "node-b", "result", "success"),
    ("config_rejected", "node-b", "result", "error"),
];

/// What a daemon says beside them.
pub(crate) const BESIDE: [&str; 16] = [
    "claim",
    "config_warning",
    "diagnostic",
    "etcd_files",
    "events_dropped",
    "presence_joined",
    "presence_lost",
    "reboot_aborted",
    "reboot_overdue",
    "reboot_overdue_ended",
    "stale_reads",
    "started",
    "stopped",
    "store_accepted",
    "store_regressed",
    "trouble",
];

#[test]
fn the_events_that_a_hook_may_ask_for_are_those_that_are_told() {
    assert_eq!(crb_config::EVENTS, crb_observe::EVENTS);
}

#[test]
fn the_catalogue_is_whole() {
    let listed = METRICS.map(|(name, ..)| format!("clusterrebootd_{name}"));
    let known: Vec<&str> = crb_observe::METRICS.iter().map(|metric| metric.name).collect();
    assert_eq!(listed.to_vec(), known);
}
