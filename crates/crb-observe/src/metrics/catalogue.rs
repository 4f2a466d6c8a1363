//! Every metric of the daemon, once.

use metrics::{Counter, Gauge, Histogram};

use super::family::{Family, MetricInfo, Passing};

/// Every metric of the daemon, in the order of the reference.
pub static METRICS: &[MetricInfo] = &[
    OUTCOMES.info(),
    DETECTOR_EVALUATIONS.info(),
    DETECTOR_SECONDS.info(),
    HEALTH_CHECKS.info(),
    HEALTH_SECONDS.info(),
    KILL_SWITCH_CHECKS.info(),
    WINDOW_EVALUATIONS.info(),
    COOLDOWN_CHECKS.info(),
    COOLDOWN_ACTIVATIONS.info(),
    COOLDOWN_CLEARS.info(),
    CLUSTER_CHECKS.info(),
    CLUSTER_UPDATES.info(),
    LOCK_ATTEMPTS.info(),
    LOCK_ACQUIRE_SECONDS.info(),
    LOCK_RELEASE_SECONDS.info(),
    REBOOTS.info(),
    REBOOT_BLOCKED.info(),
    REBOOT_REQUIRED.info(),
    REBOOT_REQUIRED_SINCE.info(),
    SLOT_HELD.info(),
    PAUSED.info(),
    BLOCKED_SINCE.info(),
    CLUSTER_NODES.info(),
    HOOK_RUNS.info(),
    STORE_REQUESTS.info(),
    STORE_SECONDS.info(),
    CONFIG_RELOADS.info(),
    CONFIG_ACCEPTED.info(),
    LAST_REBOOT.info(),
    BUILD.info(),
];

pub(super) static OUTCOMES: Family<Counter, 1> =
    Family::new("clusterrebootd_orchestration_outcomes_total", ["status"], "Passes, by how they ended.");

pub(super) static DETECTOR_EVALUATIONS: Family<Counter, 2> = Family::new(
    "clusterrebootd_detector_evaluations_total",
    ["phase", "result"],
    "Rounds of all detectors: clear, requires (a reboot), or error.",
);

pub(super) static DETECTOR_SECONDS: Family<Histogram, 2> = Family::new(
    "clusterrebootd_detector_evaluation_seconds",
    ["phase", "result"],
    "How long a round of all detectors took.",
)
.in_seconds();

pub(super) static HEALTH_CHECKS: Family<Counter, 2> = Family::new(
    "clusterrebootd_health_checks_total",
    ["phase", "result"],
    "Runs of the health script: pass, blocked (it ended with an error), or error (it did not end by itself).",
);

pub(super) static HEALTH_SECONDS: Family<Histogram, 2> = Family::new(
    "clusterrebootd_health_check_seconds",
    ["phase", "result"],
    "How long a run of the health script took.",
)
.in_seconds();

pub(super) static KILL_SWITCH_CHECKS: Family<Counter, 2> = Family::new(
    "clusterrebootd_kill_switch_checks_total",
    ["stage", "result"],
    "Looks at the kill switch: inactive, active, or error.",
);

pub(super) static WINDOW_EVALUATIONS: Family<Counter, 1> = Family::new(
    "clusterrebootd_window_evaluations_total",
    ["result"],
    "Looks at the maintenance windows: allowed, deny, or outside_allow.",
);

pub(super) static COOLDOWN_CHECKS: Family<Counter, 2> = Family::new(
    "clusterrebootd_cooldown_checks_total",
    ["phase", "result"],
    "Looks at the cooldown of the fleet: inactive or active.",
);

pub(super) static COOLDOWN_ACTIVATIONS: Family<Counter, 1> = Family::new(
    "clusterrebootd_cooldown_activations_total",
    ["result"],
    "Cooldowns begun by this node's reboots: success or error.",
);

pub(super) static COOLDOWN_CLEARS: Family<Counter, 1> = Family::new(
    "clusterrebootd_cooldown_clears_total",
    ["result"],
    "Cooldowns that held this node back and are over.",
);

pub(super) static CLUSTER_CHECKS: Family<Counter, 2> = Family::new(
    "clusterrebootd_cluster_health_checks_total",
    ["phase", "result"],
    "Looks at the fleet: healthy, or unhealthy when peers or policy forbid a reboot.",
);

pub(super) static CLUSTER_UPDATES: Family<Counter, 3> = Family::new(
    "clusterrebootd_cluster_health_updates_total",
    ["phase", "status", "result"],
    "Reports of this node's own health to the fleet: success or error.",
);

pub(super) static LOCK_ATTEMPTS: Family<Counter, 1> = Family::new(
    "clusterrebootd_lock_attempts_total",
    ["result"],
    "Attempts to get the lock: success, contended, or error.",
);

pub(super) static LOCK_ACQUIRE_SECONDS: Family<Histogram, 1> = Family::new(
    "clusterrebootd_lock_acquire_seconds",
    ["result"],
    "How long the node waited for the lock, from its first attempt on.",
)
.in_seconds();

pub(super) static LOCK_RELEASE_SECONDS: Family<Histogram, 1> = Family::new(
    "clusterrebootd_lock_release_seconds",
    ["result"],
    "How long giving the lock back took: success, or error when the store did not acknowledge it.",
)
.in_seconds();

pub(super) static REBOOTS: Family<Counter, 1> = Family::new(
    "clusterrebootd_reboots_total",
    ["result"],
    "Committed reboots, by how they ended: verified, aborted, or stuck.",
);

pub(super) static REBOOT_BLOCKED: Family<Counter, 1> = Family::new(
    "clusterrebootd_reboot_blocked_total",
    ["reason"],
    "Passes that something forbade to reboot, by the code of the reason.",
);

pub(super) static REBOOT_REQUIRED: Family<Gauge, 0> = Family::new(
    "clusterrebootd_reboot_required",
    [],
    "Whether a detector asks for a reboot (0 or 1), as far as last known.",
);

pub(super) static REBOOT_REQUIRED_SINCE: Family<Passing, 0> = Family::new(
    "clusterrebootd_reboot_required_since_timestamp_seconds",
    [],
    "Since when a detector has asked for a reboot, as Unix time; absent while none does.",
)
.in_seconds();

pub(super) static SLOT_HELD: Family<Gauge, 0> =
    Family::new("clusterrebootd_reboot_slot_held", [], "Whether this node holds a reboot slot (0 or 1).");

pub(super) static PAUSED: Family<Gauge, 0> =
    Family::new("clusterrebootd_paused", [], "Whether the fleet is paused (0 or 1), as far as last seen.");

pub(super) static BLOCKED_SINCE: Family<Passing, 1> = Family::new(
    "clusterrebootd_blocked_since_timestamp_seconds",
    ["reason"],
    "Since when every pass was forbidden to reboot for this reason, as Unix time; absent when the last one was not.",
)
.in_seconds();

pub(super) static CLUSTER_NODES: Family<Gauge, 1> = Family::new(
    "clusterrebootd_cluster_nodes",
    ["state"],
    "Nodes on the roster, this one included, by state: healthy, unhealthy, silent, or rebooting, as last seen; \
     overdue counts those of the rebooting again that are past their deadline, as soon as they are.",
);

pub(super) static HOOK_RUNS: Family<Counter, 2> = Family::new(
    "clusterrebootd_hook_runs_total",
    ["phase", "result"],
    "Runs of hooks: success, failed, timed_out or not_runnable; and, dropped, events for which the hook for events \
     was too slow to be run.",
);

pub(super) static STORE_REQUESTS: Family<Counter, 2> = Family::new(
    "clusterrebootd_etcd_requests_total",
    ["operation", "result"],
    "Calls to etcd: ok, or the kind of error.",
);

pub(super) static STORE_SECONDS: Family<Histogram, 2> = Family::new(
    "clusterrebootd_etcd_request_seconds",
    ["operation", "result"],
    "How long a call to etcd took.",
)
.in_seconds();

pub(super) static CONFIG_RELOADS: Family<Counter, 1> = Family::new(
    "clusterrebootd_config_reloads_total",
    ["result"],
    "Times the configuration was loaded again: success, or error (it was refused, and the old one stays in force).",
);

pub(super) static CONFIG_ACCEPTED: Family<Gauge, 0> = Family::new(
    "clusterrebootd_config_last_reload_successful",
    [],
    "Whether the configuration was taken when it was last loaded (0 or 1): at the start, or since.",
);

pub(super) static LAST_REBOOT: Family<Gauge, 0> = Family::new(
    "clusterrebootd_last_reboot_timestamp_seconds",
    [],
    "When this node was last back from a reboot and verified healthy, as Unix time.",
)
.in_seconds();

pub(super) static BUILD: Family<Gauge, 2> =
    Family::new("clusterrebootd_build_info", ["version", "commit"], "Always 1; the labels tell the build.");
