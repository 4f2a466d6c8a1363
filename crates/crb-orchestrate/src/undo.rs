//! Back in service: the `post_reboot` hooks, after the boot or after a reboot that was called off.

use std::collections::BTreeSet;
use std::time::Duration;

use crb_decide::{ClaimPhase, Decision, HookPhase, OnFailure, Reason};
use crb_health::Statement;
use crb_lock::{Claim, LockError};
use tokio::time::{sleep, timeout};

use crate::daemon::{Holding, Work};
use crate::hooks::{Hook, HookRun};
use crate::node::Node;
use crate::retry::Retry;

/// How long the orderly end of the daemon waits for `post_reboot` hooks that are owed. systemd's patience is 90 s.
const FAREWELL: Duration = Duration::from_secs(60);

impl Work {
    /// Calls the reboot off under whose claim nothing has run: undoes what hooks did, and gives the claim back.
    pub(crate) async fn call_off(&mut self, node: &Node, mut claim: Claim, reason: &str) {
        if self.owes_hooks {
            // From here on whoever finds the claim must not go on to the command, whatever was armed.
            let called_off = Statement::unhealthy("hooks", format!("the reboot is called off: {reason}"));
            let mut held = match self.mark(node, &mut claim, ClaimPhase::Committed, &called_off).await {
                Ok(()) => {
                    self.holding = Holding::Committed(Box::new(claim.clone()));
                    Some(claim.clone())
                }
                Err(_) => None,
            };
            self.run_post_hooks(node, &mut held, false).await;
            let Some(held) = held else {
                self.lost_claim(node, &claim).await;
                node.coordinator.own_health().resume().await;
                return node.shared.heartbeat_now.notify_one();
            };
            claim = held;
        }
        self.abort(node, &claim, reason).await;
        self.forget_note(node).await;
    }

    /// Runs the `post_reboot` hooks, each until it succeeds unless its failure is to be passed over. Meanwhile the
    /// claim is held, and where an operator has taken that away, the node says that it is unhealthy.
    pub(crate) async fn run_post_hooks(
        &mut self,
        node: &Node,
        claim: &mut Option<Claim>,
        rebooted: bool,
    ) -> Vec<HookRun> {
        // Never what the claim itself says: a store that went back may have it as it was before it came so far.
        let phase = if rebooted { ClaimPhase::Verifying } else { ClaimPhase::Committed };
        let mut retry = Retry::new(node);
        let (mut done, mut runs, mut said) = (BTreeSet::new(), vec![], None);
        // Looked up each time, for what is configured may change meanwhile.
        while let Some(hook) = next_hook(node, &done) {
            let (end, run) = node.run_hook(HookPhase::PostReboot, &hook, rebooted).await;
            if end.is_success() || hook.on_failure == OnFailure::Continue {
                done.insert(hook.name);
                runs.push(run);
                retry.reset();
                continue;
            }
            let reason = Reason::PostRebootHookFailed { hook: hook.name, error: end.to_string() };
            let statement = Statement::unhealthy("hooks", reason.to_string());
            self.last = Some(Decision::for_one(reason));
            self.say(node, claim, phase, &mut said, statement).await;
            sleep(retry.next(node)).await;
        }
        if said.is_some()
            && let Some(held) = claim
        {
            let undone = Statement::unhealthy("hooks", "the hooks have succeeded");
            if self.mark(node, held, phase, &undone).await.is_err() {
                *claim = None;
            }
        }
        self.owes_hooks = false;
        runs
    }

    /// Tells the fleet why this node is not back in service, and notices whether its claim still stands.
    async fn say(
        &mut self,
        node: &Node,
        claim: &mut Option<Claim>,
        phase: ClaimPhase,
        said: &mut Option<Statement>,
        statement: Statement,
    ) {
        if let Some(held) = claim {
            let stands = if said.as_ref() == Some(&statement) {
                node.coordinator.refresh(held).await
            } else {
                self.mark(node, held, phase, &statement).await
            };
            if let Holding::Committed(holding) = &mut self.holding {
                **holding = held.clone();
            }
            if stands == Err(LockError::PlaceGone) {
                *claim = None;
            }
        }
        if claim.is_none() {
            // Held anew each time, so that another hand's change of the record is seen.
            node.coordinator.own_health().hold().await;
            node.insist(&statement).await;
        }
        *said = Some(statement);
    }

    /// At the orderly end: runs the `post_reboot` hooks that are owed, once each and not for long, and says whether
    /// the claim may be given back.
    pub(crate) async fn may_give_back(&mut self, node: &Node) -> bool {
        if !self.owes_hooks || !matches!(self.holding, Holding::Committed(_)) {
            return true;
        }
        let undone = async {
            let mut done = BTreeSet::new();
            while let Some(hook) = next_hook(node, &done) {
                let (end, _) = node.run_hook(HookPhase::PostReboot, &hook, false).await;
                if !end.is_success() && hook.on_failure == OnFailure::Block {
                    return false;
                }
                done.insert(hook.name);
            }
            true
        };
        let undone = timeout(FAREWELL, undone).await.unwrap_or(false);
        if undone {
            self.owes_hooks = false;
        } else {
            let kept = "post_reboot hooks did not succeed in time: the claim is kept, and the next start of the \
                        daemon runs them again";
            node.trouble("shutdown", &kept);
        }
        undone
    }

    /// Takes up the note that an earlier daemon left.
    pub(crate) fn take_up_note(&mut self, node: &Node) {
        match node.notes.read() {
            Ok(found) => {
                self.owes_hooks = found.as_ref().is_some_and(|found| found.hooks_began);
                self.note = found;
            }
            Err(error) => {
                let careful = format!("whether hooks ran cannot be told, so they are undone: {error}");
                node.trouble("hooks", &careful);
                self.owes_hooks = true;
            }
        }
    }

    /// Undoes what hooks did under a claim that has ended without them: an operator has taken it away.
    pub(crate) async fn settle_note(&mut self, node: &Node) {
        if self.owes_hooks {
            let here = &node.coordinator.identity().boot_id;
            let rebooted = self.note.as_ref().is_some_and(|note| note.boot_id != *here);
            self.run_post_hooks(node, &mut None, rebooted).await;
        }
        self.forget_note(node).await;
    }

    /// Puts the note again after it has changed. What cannot be put is missing in the record, and no more.
    pub(crate) async fn rewrite_note(&self, node: &Node) {
        if let Some(note) = &self.note
            && let Err(error) = node.notes.put(note).await
        {
            node.trouble("hooks", &error);
        }
    }

    /// Forgets the note. One that cannot be forgotten makes the next start of the daemon run hooks in vain.
    pub(crate) async fn forget_note(&mut self, node: &Node) {
        if let Err(error) = node.notes.remove().await {
            node.trouble("hooks", &error);
        }
        self.note = None;
    }
}

/// The first of the `post_reboot` hooks that is not `done`.
fn next_hook(node: &Node, done: &BTreeSet<String>) -> Option<Hook> {
    node.setup().hooks.post_reboot.iter().find(|hook| !done.contains(&hook.name)).cloned()
}
