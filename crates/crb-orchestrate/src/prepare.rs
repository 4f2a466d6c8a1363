//! Between commit and arm: the `pre_reboot` hooks, and a second look at everything when there were any.

use crb_decide::{Goal, HookPhase, LockUse, OnFailure, Pass, Reason};
use crb_lock::Claim;
use crb_observe::What;
use tokio::time::Instant;

use crate::daemon::Work;
use crate::hooks::Hook;
use crate::node::Node;
use crate::pass_run::{Grounds, PassRun, Queueing};
use crate::probe::Manner;
use crate::reboot_note::RebootNote;
use crate::setup::Setup;

impl Work {
    /// Prepares the machine for its reboot; returns the grounds of the commit, as old as they are if there was nothing
    /// to prepare, and otherwise looked at anew.
    ///
    /// # Errors
    /// The reason for which the reboot is to be called off.
    pub(crate) async fn prepare(
        &mut self,
        node: &Node,
        claim: &Claim,
        grounds: Grounds,
    ) -> Result<Grounds, Reason> {
        let hooks = node.setup().hooks.pre_reboot.clone();
        self.note_down(node, claim, &hooks).await?;
        if hooks.is_empty() {
            return Ok(grounds);
        }
        for hook in &hooks {
            let (end, run) = node.run_hook(HookPhase::PreReboot, hook, false).await;
            self.note.iter_mut().for_each(|note| note.hooks.push(run.clone()));
            if !end.is_success() && hook.on_failure == OnFailure::Block {
                return Err(Reason::PreRebootHookFailed { hook: hook.name.clone(), error: end.to_string() });
            }
        }
        self.rewrite_note(node).await;
        self.look_again(node).await.map(|at| grounds.looked_at_again(at))
    }

    /// Notes that a reboot is under way, and that hooks begin.
    async fn note_down(&mut self, node: &Node, claim: &Claim, hooks: &[Hook]) -> Result<(), Reason> {
        let under_way = RebootNote {
            claim: claim.key.clone(),
            boot_id: node.coordinator.identity().boot_id.clone(),
            committed_at: claim.record.since.unwrap_or_else(|| node.now()),
            detectors: node.askers(),
            hooks_began: !hooks.is_empty(),
            hooks: vec![],
            back_at: None,
        };
        if let Err(error) = node.notes.put(&under_way).await {
            if let Some(first) = hooks.first() {
                // What nobody remembers cannot be undone after a crash.
                let error = format!("it was not begun, for that could not be noted: {error}");
                return Err(Reason::PreRebootHookFailed { hook: first.name.clone(), error });
            }
            node.trouble("hooks", &error);
        }
        self.owes_hooks = under_way.hooks_began;
        self.note = Some(under_way);
        Ok(())
    }

    /// Asks every gate again: hooks may have taken long.
    async fn look_again(&mut self, node: &Node) -> Result<Instant, Reason> {
        let decided = Instant::now();
        let manner = Manner { publishes: false, uses_lock: true, skips_health: false, attempts: 0 };
        let run = PassRun::new(node, &mut self.turn, &mut self.fleet, Queueing::Present, manner);
        let plan_of = |setup: &Setup| node.pass_plan(setup, Goal::Reboot, LockUse::Queue, false);
        let end = run.drive(Pass::after_hooks, plan_of).await;
        self.turn.waiting_for = None;
        match end.decision.first_reason().clone() {
            Reason::Ready => Ok(decided),
            reason => {
                node.emit(What::RunOutcome {
                    decision: end.decision,
                    dry_run: end.dry_run,
                    reboot_required: node.reboot_required(),
                });
                Err(reason)
            }
        }
    }
}
