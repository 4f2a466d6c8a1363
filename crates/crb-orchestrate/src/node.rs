//! What one machine brings.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use crb_decide::{CommandEnd, Goal, KillSwitchSeen, LockUse, PassPlan, Pause, Policy, Trouble};
use crb_health::{Published, Statement};
use crb_lock::{Coordinator, OutNode};
use crb_observe::{Clock, Emitter, What};
use crb_store::StoreError;
use crb_windows::Windows;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};

use crate::hooks::{Courier, NoCourier};
use crate::reboot_note::{RamNotes, RebootNotes};
use crate::run_marker::RunMarker;
use crate::setup::Setup;

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
    /// The longest that one program of the operator's may run, or one call to the store be under way. What takes
    /// much longer hangs.
    pub longest_step: Duration,
    /// The cluster policy.
    pub policy: Policy,
    /// The maintenance windows.
    pub windows: Windows,
}

/// One machine of the fleet, with everything through which it meets the world.
pub struct Node {
    /// What may change while it is at work.
    pub(crate) setups: watch::Sender<Arc<Setup>>,
    /// What it remembers of its runs of the reboot command.
    pub marker: Arc<dyn RunMarker>,
    /// Where it notes its reboots.
    pub notes: Arc<dyn RebootNotes>,
    /// Who hands events on.
    pub courier: Arc<dyn Courier>,
    /// Who may reboot.
    pub coordinator: Arc<Coordinator>,
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
    /// The detectors that asked for a reboot when they were last looked at.
    askers: Mutex<Vec<String>>,
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
    pub fn new(
        setup: Setup,
        marker: Arc<dyn RunMarker>,
        coordinator: Coordinator,
        emitter: Emitter,
        clock: Clock,
        jitter: Jitter,
    ) -> Self {
        let shared = Shared::default();
        Self {
            setups: watch::Sender::new(Arc::new(setup)),
            marker,
            notes: Arc::new(RamNotes::default()),
            courier: Arc::new(NoCourier),
            coordinator: Arc::new(coordinator),
            emitter,
            clock,
            jitter,
            shared,
        }
    }

    /// With a place of its own for what is noted of its reboots; without one, that is gone with the process.
    #[must_use]
    pub fn with_notes(self, notes: Arc<dyn RebootNotes>) -> Self {
        Self { notes, ..self }
    }

    /// With somebody who hands events on, and is waited for before the machine goes down.
    #[must_use]
    pub fn with_courier(self, courier: Arc<dyn Courier>) -> Self {
        Self { courier, ..self }
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

    /// The most that [`jittered`](Self::jittered) may make of a duration.
    pub(crate) fn jittered_at_most(duration: Duration) -> Duration {
        duration.mul_f64(1.1)
    }

    pub(crate) fn pass_plan(&self, setup: &Setup, goal: Goal, lock: LockUse, skip_health: bool) -> PassPlan {
        PassPlan {
            goal,
            lock,
            skip_health,
            max_slots: self.coordinator.terms().slots,
            policy: setup.plan.policy.clone(),
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

    /// The detectors that asked for a reboot when they were last looked at.
    pub(crate) fn askers(&self) -> Vec<String> {
        lock(&self.shared.askers).clone()
    }

    pub(crate) fn set_askers(&self, askers: Vec<String>) {
        *lock(&self.shared.askers) = askers;
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
