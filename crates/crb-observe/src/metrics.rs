//! Metrics as a projection of events.

mod catalogue;
mod family;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crb_decide::{ClaimPhase, Decision, FleetFacts, HookPhase, NodeName, Outcome, Reason};
use jiff::Timestamp;
use metrics::Recorder as _;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};

pub use catalogue::METRICS;
pub use family::{MetricInfo, MetricKind};

use crate::event::{Event, Sink, What};
use crate::labels;
use crate::standing::Standing;

/// Upper bounds, in seconds, for what should be quick: scripts and calls.
const QUICK: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Upper bounds, in seconds, for waits: a whole roll-out may be ahead.
const LONG: &[f64] = &[0.1, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0];

/// After how many events the samples of histograms are folded, so that they stay few when nobody scrapes.
const UPKEEP: u32 = 256;

/// Counts events, and renders the counts for Prometheus.
///
/// It shares nothing with other instances, so that a process may hold several nodes.
#[derive(Debug)]
pub struct Metrics {
    recorder: PrometheusRecorder,
    /// What has held passes back, and since when.
    standing: Mutex<Standing>,
    /// The nodes that are overdue.
    overdue: Mutex<BTreeSet<NodeName>>,
    taken: AtomicU32,
}

impl Metrics {
    /// Metrics of a daemon of this version, built from this commit.
    pub fn new(version: &str, commit: &str) -> Self {
        // Only an empty list of bounds is refused.
        let recorder = PrometheusBuilder::new()
            .set_buckets(QUICK)
            .and_then(|builder| {
                let waits = Matcher::Full(catalogue::LOCK_ACQUIRE_SECONDS.name().to_owned());
                builder.set_buckets_for_metric(waits, LONG)
            })
            .unwrap_or_default()
            .build_recorder();
        let metrics = Self {
            recorder,
            standing: Mutex::default(),
            overdue: Mutex::default(),
            taken: AtomicU32::new(0),
        };
        metrics.describe();
        metrics.start(version, commit);
        metrics
    }

    /// Goes on from what an earlier daemon of this boot has seen.
    pub fn go_on_from(&self, standing: Standing) {
        *self.standing() = standing;
    }

    /// Everything counted so far, as Prometheus text.
    pub fn render(&self) -> String {
        let standing = self.standing();
        let required = standing.reboot_required().map(|since| ([], unix(since)));
        let blocked = standing.codes().map(|(code, since)| ([code], unix(since)));
        self.recorder.handle().render()
            + &catalogue::REBOOT_REQUIRED_SINCE.render(required.into_iter())
            + &catalogue::BLOCKED_SINCE.render(blocked)
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn describe(&self) {
        for MetricInfo { name, kind, help, .. } in METRICS {
            let (name, help) = ((*name).into(), (*help).into());
            match kind {
                MetricKind::Counter => self.recorder.describe_counter(name, None, help),
                MetricKind::Gauge => self.recorder.describe_gauge(name, None, help),
                MetricKind::Histogram => self.recorder.describe_histogram(name, None, help),
            }
        }
    }

    /// What is known before anything happens. A rate needs the zero from which a counter rose.
    fn start(&self, version: &str, commit: &str) {
        let to = &self.recorder;
        catalogue::BUILD.set(to, [version, commit], 1.0);
        catalogue::SLOT_HELD.set(to, [], 0.0);
        catalogue::CONFIG_ACCEPTED.set(to, [], 1.0);
        catalogue::PAUSED.set(to, [], flag(false));
        catalogue::CLUSTER_NODES.set(to, ["overdue"], 0.0);
        for outcome in Outcome::ALL {
            catalogue::OUTCOMES.at_zero(to, [outcome.as_str()]);
        }
        for result in ["verified", "aborted", "stuck"] {
            catalogue::REBOOTS.at_zero(to, [result]);
        }
        for result in ["success", "contended", "error"] {
            catalogue::LOCK_ATTEMPTS.at_zero(to, [result]);
        }
        for result in ["success", "error"] {
            catalogue::COOLDOWN_ACTIVATIONS.at_zero(to, [result]);
            catalogue::CONFIG_RELOADS.at_zero(to, [result]);
        }
        catalogue::COOLDOWN_CLEARS.at_zero(to, ["success"]);
        catalogue::HOOK_RUNS.at_zero(to, [HookPhase::OnEvent.as_str(), "dropped"]);
    }

    fn count(&self, at: Timestamp, what: &What) {
        let to = &self.recorder;
        match what {
            What::RunOutcome { decision, reboot_required, .. } => {
                self.outcome(at, decision, *reboot_required);
            }
            What::DetectorsEvaluated { stage, detectors, took } => {
                let values = [stage.as_str(), labels::detectors(detectors)];
                catalogue::DETECTOR_EVALUATIONS.count(to, values);
                catalogue::DETECTOR_SECONDS.record(to, values, took.as_secs_f64());
            }
            What::HealthCheck { phase, verdict, took, .. } => {
                let values = [phase, labels::health(verdict)];
                catalogue::HEALTH_CHECKS.count(to, values);
                catalogue::HEALTH_SECONDS.record(to, values, took.as_secs_f64());
            }
            What::KillSwitch { stage, active } => {
                let result = labels::kill_switch(active.as_ref());
                catalogue::KILL_SWITCH_CHECKS.count(to, [stage.as_str(), result]);
            }
            What::MaintenanceWindow { state, .. } => {
                catalogue::WINDOW_EVALUATIONS.count(to, [labels::window(state)]);
            }
            What::CooldownStatus { stage, cooldown } => {
                catalogue::COOLDOWN_CHECKS.count(to, [stage.as_str(), labels::activity(cooldown.is_some())]);
            }
            What::CooldownStarted { result, .. } => {
                catalogue::COOLDOWN_ACTIVATIONS.count(to, [labels::success(result.is_ok())]);
            }
            What::CooldownCleared => catalogue::COOLDOWN_CLEARS.count(to, ["success"]),
            What::ClusterHealthStatus { stage, facts, against } => {
                catalogue::CLUSTER_CHECKS.count(to, [stage.as_str(), labels::healthy(against.is_empty())]);
                self.fleet(facts);
            }
            What::ClusterHealthUpdate { healthy, stage, result, .. } => {
                let values = [stage, labels::healthy(*healthy), labels::success(result.is_ok())];
                catalogue::CLUSTER_UPDATES.count(to, values);
            }
            What::StoreCall { operation, result, took } => {
                catalogue::STORE_REQUESTS.count(to, [operation, result]);
                catalogue::STORE_SECONDS.record(to, [operation, result], took.as_secs_f64());
            }
            What::HookEnded { phase, end, .. } => {
                catalogue::HOOK_RUNS.count(to, [phase.as_str(), end.as_str()]);
            }
            What::EventsDropped { events } => {
                catalogue::HOOK_RUNS.count_many(to, [HookPhase::OnEvent.as_str(), "dropped"], *events);
            }
            What::LockAttempt { .. }
            | What::LockBackoff { .. }
            | What::LockAcquired { .. }
            | What::LockFailed { .. }
            | What::LockReleased { .. }
            | What::LockLost { .. } => self.lock(what),
            What::RebootCommitted { .. }
            | What::ClaimPhase { .. }
            | What::RebootAborted { .. }
            | What::RebootVerified { .. } => self.reboot(at, what),
            What::ConfigReloaded { .. } => self.loaded_again(true),
            What::ConfigRejected { .. } => self.loaded_again(false),
            What::Paused { .. } => catalogue::PAUSED.set(to, [], flag(true)),
            What::Resumed { .. } => catalogue::PAUSED.set(to, [], flag(false)),
            What::RebootOverdue { peer, .. } => self.overdue(peer, true),
            What::RebootOverdueEnded { peer, .. } => self.overdue(peer, false),
            What::Started { .. }
            | What::Stopped { .. }
            | What::ConfigWarning { .. }
            | What::ClusterPeerStatus { .. }
            | What::PresenceJoined { .. }
            | What::PresenceLost { .. }
            | What::StoreRegressed { .. }
            | What::StoreAccepted { .. }
            | What::RebootCommandStarted { .. }
            | What::RebootCommandEnded { .. }
            | What::StaleReads { .. }
            | What::EtcdFiles { .. }
            | What::HookStarted { .. }
            | What::Trouble { .. } => {}
        }
    }

    fn outcome(&self, at: Timestamp, decision: &Decision, reboot_required: Option<bool>) {
        let to = &self.recorder;
        catalogue::OUTCOMES.count(to, [decision.outcome().as_str()]);
        if let Some(required) = reboot_required {
            catalogue::REBOOT_REQUIRED.set(to, [], flag(required));
        }
        let mut standing = self.standing();
        standing.take(at, decision, reboot_required);
        for (code, _) in standing.codes() {
            catalogue::REBOOT_BLOCKED.count(to, [code]);
        }
    }

    fn fleet(&self, facts: &FleetFacts) {
        let to = &self.recorder;
        catalogue::PAUSED.set(to, [], flag(facts.pause.is_some()));
        for state in labels::NODE_STATES {
            let peers = facts.peers.values().filter(|peer| labels::peer(peer) == state).count();
            // A node looks at the fleet only when it is itself healthy.
            let nodes = if state == "healthy" { peers + 1 } else { peers };
            catalogue::CLUSTER_NODES.set(to, [state], f64::from(u32::try_from(nodes).unwrap_or(u32::MAX)));
        }
    }

    fn loaded_again(&self, accepted: bool) {
        catalogue::CONFIG_RELOADS.count(&self.recorder, [labels::success(accepted)]);
        catalogue::CONFIG_ACCEPTED.set(&self.recorder, [], flag(accepted));
    }

    fn overdue(&self, node: &NodeName, is_overdue: bool) {
        let mut overdue = self.overdue.lock().unwrap_or_else(PoisonError::into_inner);
        if is_overdue {
            overdue.insert(node.clone());
        } else {
            overdue.remove(node);
        }
        let nodes = f64::from(u32::try_from(overdue.len()).unwrap_or(u32::MAX));
        catalogue::CLUSTER_NODES.set(&self.recorder, ["overdue"], nodes);
    }

    fn lock(&self, what: &What) {
        let to = &self.recorder;
        let waited = |result, waited: &Duration| {
            catalogue::LOCK_ATTEMPTS.count(to, [result]);
            catalogue::LOCK_ACQUIRE_SECONDS.record(to, [result], waited.as_secs_f64());
        };
        match what {
            What::LockBackoff { reason, .. } if is_contention(reason) => {
                catalogue::LOCK_ATTEMPTS.count(to, ["contended"]);
            }
            What::LockAcquired { waited: time, .. } => {
                waited("success", time);
                catalogue::SLOT_HELD.set(to, [], 1.0);
            }
            What::LockFailed { waited: time, .. } => waited("error", time),
            What::LockReleased { lease_id, acknowledged, took, .. } => {
                let result = labels::success(*acknowledged);
                catalogue::LOCK_RELEASE_SECONDS.record(to, [result], took.as_secs_f64());
                // A lease ends the place that it holds; a claim without one stands until it is given back.
                if *acknowledged || lease_id.is_some() {
                    catalogue::SLOT_HELD.set(to, [], 0.0);
                }
            }
            What::LockLost { .. } => catalogue::SLOT_HELD.set(to, [], 0.0),
            _ => {}
        }
    }

    fn reboot(&self, at: Timestamp, what: &What) {
        let to = &self.recorder;
        let held = match what {
            What::RebootVerified { .. } => {
                catalogue::REBOOTS.count(to, ["verified"]);
                catalogue::LAST_REBOOT.set(to, [], unix(at));
                false
            }
            What::RebootAborted { .. } => {
                catalogue::REBOOTS.count(to, ["aborted"]);
                false
            }
            What::ClaimPhase { phase, .. } => {
                if *phase == ClaimPhase::Stuck {
                    catalogue::REBOOTS.count(to, ["stuck"]);
                }
                true
            }
            _ => true,
        };
        catalogue::SLOT_HELD.set(to, [], flag(held));
    }
}

impl Sink for Metrics {
    fn take(&self, event: &Event) {
        self.count(event.at, &event.what);
        if self.taken.fetch_add(1, Ordering::Relaxed) % UPKEEP == UPKEEP - 1 {
            self.recorder.handle().run_upkeep();
        }
    }
}

/// Whether the lock itself was not to be had. What failed was counted when it did, and what else a node
/// waits for, such as a cooldown, says nothing of the lock.
fn is_contention(reason: &Reason) -> bool {
    reason.outcome() == Outcome::LockUnavailable && !reason.is_failure()
}

fn flag(set: bool) -> f64 {
    if set { 1.0 } else { 0.0 }
}

fn unix(time: Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}

#[cfg(test)]
mod tests;
