//! What one machine brings.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use crb_decide::{CommandEnd, Goal, KillSwitchSeen, LockUse, PassPlan, Pause, Policy, Trouble};
use crb_detect::Engine;
use crb_health::{HealthCheck, Published, Statement};
use crb_lock::{Coordinator, OutNode};
use crb_observe::{Clock, Emitter, What};
use crb_store::StoreError;
use crb_windows::Windows;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use crate::run_marker::RunMarker;

/// Where chance comes from: a number from 0 to 1 for every call.
pub type Jitter = Arc<dyn Fn() -> f64 + Send + Sync>;

/// The operator's local brake.
pub trait KillSwitch: Send + Sync {
    /// Looks whether it is on.
    fn look(&self) -> KillSwitchSeen;
}

/// What takes the machine down.
#[async_trait]
pub trait RebootCommand: Send + Sync {
    /// The command with its arguments, as it is run.
    fn argv(&self) -> Vec<String>;

    /// Runs it to its end.
    ///
    /// # Errors
    /// [`CommandEnd::NotStarted`] or [`CommandEnd::Failed`]. A run that ends well is no evidence that the
    /// machine goes down.
    async fn run(&self) -> Result<(), CommandEnd>;
}

/// How the node is to go about it, as configured.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Whether it only pretends: every gate and the lock, and no commit.
    pub dry_run: bool,
    /// How long to rest when nothing is to be done.
    pub check_interval: Duration,
    /// How often the health script runs for the published record.
    pub health_interval: Duration,
    /// The shortest wait before another try.
    pub backoff_min: Duration,
    /// The longest.
    pub backoff_max: Duration,
    /// How long after the reboot command the machine may still be up.
    pub reboot_timeout: Duration,
    /// How long the health script must stay green after the boot.
    pub post_stable: Duration,
    /// The cluster policy.
    pub policy: Policy,
    /// The maintenance windows.
    pub windows: Windows,
}

/// One machine of the fleet, with everything through which it meets the world.
pub struct Node {
    /// How to go about it.
    pub plan: Plan,
    /// Whether a reboot is needed.
    pub detectors: Engine,
    /// Whether the machine is well.
    pub health: Arc<dyn HealthCheck>,
    /// The local brake.
    pub kill_switch: Arc<dyn KillSwitch>,
    /// What takes it down.
    pub reboot: Arc<dyn RebootCommand>,
    /// What it remembers of that.
    pub marker: Arc<dyn RunMarker>,
    /// Who may reboot.
    pub coordinator: Coordinator,
    /// Where events go.
    pub emitter: Emitter,
    /// Wall time.
    pub clock: Clock,
    /// Chance.
    pub jitter: Jitter,
    /// What the parts of the daemon tell each other.
    pub(crate) shared: Shared,
}

/// What the parts of the daemon tell each other.
#[derive(Default)]
pub(crate) struct Shared {
    /// What was last said of this node's health.
    statement: Mutex<Option<Statement>>,
    /// Whether detectors ask for a reboot.
    reboot_required: Mutex<Option<bool>>,
    /// Why the node is not present, where that is known.
    absence: Mutex<Option<Trouble>>,
    /// Wakes the heartbeat before its time.
    pub(crate) heartbeat_now: Notify,
    /// Who is out, as far as the watch has told.
    pub(crate) out: watch::Sender<Vec<OutNode>>,
    /// The operator's pause, as far as the watch has told.
    pub(crate) pause: watch::Sender<Option<Pause>>,
}

impl Node {
    /// Puts a node together.
    #[expect(clippy::too_many_arguments, reason = "this is the one place of composition")]
    pub fn new(
        plan: Plan,
        detectors: Engine,
        health: Arc<dyn HealthCheck>,
        kill_switch: Arc<dyn KillSwitch>,
        reboot: Arc<dyn RebootCommand>,
        marker: Arc<dyn RunMarker>,
        coordinator: Coordinator,
        emitter: Emitter,
        clock: Clock,
        jitter: Jitter,
    ) -> Self {
        let shared = Shared::default();
        Self {
            plan,
            detectors,
            health,
            kill_switch,
            reboot,
            marker,
            coordinator,
            emitter,
            clock,
            jitter,
            shared,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    pub(crate) fn emit(&self, what: What) {
        self.emitter.emit(what);
    }

    pub(crate) fn trouble(&self, component: &'static str, error: &dyn std::fmt::Display) {
        self.emit(What::Trouble { component, error: error.to_string() });
    }

    /// A duration spread by a tenth to either side, so that a fleet does not act in step.
    pub(crate) fn jittered(&self, duration: Duration) -> Duration {
        duration.mul_f64(0.9 + 0.2 * (self.jitter)().clamp(0.0, 1.0))
    }

    pub(crate) fn pass_plan(&self, goal: Goal, lock: LockUse, skip_health: bool) -> PassPlan {
        PassPlan {
            goal,
            lock,
            skip_health,
            max_slots: self.coordinator.terms().slots,
            policy: self.plan.policy.clone(),
        }
    }

    /// Publishes `statement` if the node is present and no claim speaks for it; remembers it in any case.
    pub(crate) async fn publish(&self, statement: Statement) {
        *lock(&self.shared.statement) = Some(statement.clone());
        if self.coordinator.presence().is_ok() {
            let published = self.coordinator.own_health().publish(&statement, self.now()).await;
            self.tell_published(&statement, published);
        }
    }

    /// Publishes `statement` if the node is present, whatever claim speaks for it, or did.
    pub(crate) async fn insist(&self, statement: &Statement) {
        if self.coordinator.presence().is_ok() {
            let published = self.coordinator.own_health().insist(statement, self.now()).await;
            self.tell_published(statement, published);
        }
    }

    fn tell_published(&self, statement: &Statement, published: Result<Published, StoreError>) {
        let result = match published {
            Ok(Published::Unchanged | Published::Held) => return,
            Ok(Published::Put) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        let Statement { healthy, stage, reason } = statement.clone();
        self.emit(What::ClusterHealthUpdate { healthy, stage, reason, result });
    }

    /// What was last said of this node's health; unhealthy while nothing was said yet.
    pub(crate) fn last_statement(&self) -> Statement {
        lock(&self.shared.statement)
            .clone()
            .unwrap_or_else(|| Statement::unhealthy("start", "the health script has not run yet"))
    }

    pub(crate) fn reboot_required(&self) -> Option<bool> {
        *lock(&self.shared.reboot_required)
    }

    pub(crate) fn set_reboot_required(&self, required: Option<bool>) {
        *lock(&self.shared.reboot_required) = required;
    }

    pub(crate) fn set_absence(&self, trouble: Option<Trouble>) {
        *lock(&self.shared.absence) = trouble;
    }

    /// Why nothing may be done towards a reboot, when this node is not present in the fleet.
    pub(crate) fn absence(&self) -> Option<Trouble> {
        let absent = self.coordinator.presence().err()?;
        Some(lock(&self.shared.absence).clone().unwrap_or_else(|| absent.into()))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
