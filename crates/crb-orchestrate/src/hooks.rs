//! Hooks: what the operator has run around a reboot, such as to drain the node and to take it back into service.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use crb_decide::{HookEnd, HookPhase, OnFailure};
use crb_observe::What;
use serde::{Deserialize, Serialize};

use crate::node::Node;

/// The program behind a hook.
#[async_trait]
pub trait HookProgram: Send + Sync {
    /// Runs it to its end, and says in `context` what for. Every run ends; one that is dropped is ended.
    async fn run(&self, context: &HookContext) -> HookReport;
}

/// What a hook is told about why it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookContext {
    /// `RC_PHASE`: before the reboot, or after it.
    pub phase: HookPhase,
    /// `RC_HOOK`: its own name.
    pub hook: String,
    /// `RC_REBOOTED`: whether the machine has booted since the claim was made. After a reboot that was called off,
    /// `post_reboot` hooks run without one.
    pub rebooted: bool,
}

impl HookContext {
    /// The variables, each of them always present, truth as `true` or `false`.
    pub fn env(&self) -> Vec<(String, String)> {
        [
            ("RC_PHASE", self.phase.as_str().to_owned()),
            ("RC_HOOK", self.hook.clone()),
            ("RC_REBOOTED", self.rebooted.to_string()),
            ("RC_LOCK_ENABLED", "true".to_owned()),
            ("RC_LOCK_HELD", "true".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }
}

/// How one run of a hook went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookReport {
    /// How it ended.
    pub end: HookEnd,
    /// What it wrote to its standard output; the first 64 KiB, with a mark where cut.
    pub stdout: String,
    /// What it wrote to its standard error, likewise.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
}

/// A hook.
#[derive(Clone)]
pub struct Hook {
    /// Its name, unique in its list.
    pub name: String,
    /// What follows when it fails.
    pub on_failure: OnFailure,
    /// What is run.
    pub program: Arc<dyn HookProgram>,
}

/// The hooks of a node, each list in the order in which it is run; none by default.
#[derive(Clone, Default)]
pub struct Hooks {
    /// Under the claim, before the reboot.
    pub pre_reboot: Vec<Hook>,
    /// Before the claim is given back: booted anew, or called off after `pre_reboot` hooks began.
    pub post_reboot: Vec<Hook>,
}

/// What came of a hook, for the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookRun {
    /// When it ran.
    pub phase: HookPhase,
    /// Its name.
    pub hook: String,
    /// How its last run ended: `success`, `failed`, `timed_out` or `not_runnable`.
    pub result: String,
    /// How long that took, in milliseconds.
    pub duration_ms: u64,
}

/// Who hands events on to the operator.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Returns once everything that was told is handed on, and in bounded time in any case.
    async fn settle(&self);
}

/// Nobody wants to be told.
pub(crate) struct NoCourier;

#[async_trait]
impl Courier for NoCourier {
    async fn settle(&self) {}
}

impl Node {
    /// Runs a hook once, and tells of it.
    pub(crate) async fn run_hook(&self, phase: HookPhase, hook: &Hook, rebooted: bool) -> (HookEnd, HookRun) {
        let name = &hook.name;
        self.emit(What::HookStarted { phase, hook: name.clone() });
        let HookReport { end, stdout, stderr, took } =
            hook.program.run(&HookContext { phase, hook: name.clone(), rebooted }).await;
        let run = HookRun {
            phase,
            hook: name.clone(),
            result: end.as_str().to_owned(),
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        };
        let on_failure = hook.on_failure;
        self.emit(What::HookEnded {
            phase,
            hook: name.clone(),
            end: end.clone(),
            on_failure,
            stdout,
            stderr,
            took,
        });
        (end, run)
    }
}
