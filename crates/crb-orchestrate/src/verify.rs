//! Back: proves that the node is healthy in its new boot, then frees the slot.

use std::sync::Arc;
use std::time::Duration;

use crb_decide::{ClaimPhase, Decision, ScriptVerdict};
use crb_health::{RunContext, ScriptPhase, Statement};
use crb_lock::{Claim, Ending, Finish, LockError};
use crb_observe::What;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use crate::daemon::{Holding, Work};
use crate::heartbeat::run_script;
use crate::hooks::HookRun;
use crate::node::Node;
use crate::reboot_note::LastReboot;
use crate::retry::Retry;
use crate::setup::Setup;

/// What is known of a node that is proven good.
struct Proven {
    statement: Statement,
    hooks: Vec<HookRun>,
    back_at: Timestamp,
}

/// How a claim was ended, when, and under which key the history tells of it.
pub(crate) struct Finished {
    how: Finish,
    at: Timestamp,
    history: Option<String>,
}

impl Work {
    /// Holds the claim until the health script has stayed green for long enough, then releases it. Other settings may
    /// bring another script, which has to be green for as long itself.
    pub(crate) async fn verify(&mut self, node: &Node, mut claim: Claim) {
        let back_at = self.came_back(node).await;
        let mut retry = Retry::new(node);
        let mut said = Statement::unhealthy("verifying", "back, and not yet proven healthy");
        if self.mark(node, &mut claim, ClaimPhase::Verifying, &said).await.is_err() {
            return self.lost_claim(node, &claim).await;
        }
        let mut held = Some(claim.clone());
        let hooks = self.run_post_hooks(node, &mut held, true).await;
        match held {
            Some(held) => claim = held,
            None => return self.lost_claim(node, &claim).await,
        }
        let mut green_since = None;
        let mut setups = node.follow_setup();
        loop {
            let setup = Arc::clone(&setups.borrow_and_update());
            let verdict = run_script(node, &setup, &post_reboot()).await;
            let statement = Statement::of_script(&verdict, ScriptPhase::PostReboot.as_str());
            if verdict == ScriptVerdict::Healthy {
                let green_for = green_since.get_or_insert_with(Instant::now).elapsed();
                if !node.is_in_force(&setup) {
                    green_since = None;
                    continue;
                }
                if green_for >= setup.plan.post_stable {
                    let proven = Proven { statement, hooks, back_at };
                    return self.release(node, &claim, proven).await;
                }
                let left = setup.plan.post_stable.saturating_sub(green_for);
                if rest(&mut setups, setup.plan.health_interval.min(left)).await {
                    green_since = None;
                }
                continue;
            }
            green_since = None;
            self.last = verdict.against().map(Decision::for_one);
            if statement != said {
                if self.mark(node, &mut claim, ClaimPhase::Verifying, &statement).await.is_err() {
                    return self.lost_claim(node, &claim).await;
                }
                said = statement;
            }
            rest(&mut setups, retry.next(node)).await;
        }
    }

    async fn release(&mut self, node: &Node, claim: &Claim, proven: Proven) {
        let Proven { statement, hooks, back_at } = proven;
        node.publish(statement).await;
        let finished = self.finish(node, claim, Ending::Released, "booted anew and healthy").await;
        if finished.how == Finish::AlreadyGone {
            return self.lost_claim(node, claim).await;
        }
        self.holding = Holding::NoClaim;
        let cooldown = node.coordinator.terms().cooldown;
        if !cooldown.is_zero() {
            node.emit(What::CooldownStarted { duration: cooldown, result: Ok(()) });
        }
        let out_for = claim
            .record
            .since
            .map_or(Duration::ZERO, |since| node.now().duration_since(since).unsigned_abs());
        node.emit(What::RebootVerified { out_for });
        self.leave_word(node, claim, finished, hooks, back_at).await;
    }

    /// Leaves word of the reboot on the machine, and forgets what was noted of it while it was under way.
    async fn leave_word(
        &mut self,
        node: &Node,
        claim: &Claim,
        finished: Finished,
        hooks: Vec<HookRun>,
        back_at: Timestamp,
    ) {
        let noted = self.note.take().filter(|noted| noted.claim == claim.key);
        let (detectors, before) = noted.map(|noted| (noted.detectors, noted.hooks)).unwrap_or_default();
        let identity = node.coordinator.identity();
        let last = LastReboot {
            node: identity.node.clone(),
            boot_id: identity.boot_id.clone(),
            boot_before: claim.record.boot_id.clone(),
            committed_at: claim.record.since,
            back_at,
            verified_at: finished.at,
            detectors,
            attempts: claim.record.attempts,
            history: finished.history,
            hooks: before.into_iter().chain(hooks).collect(),
        };
        if let Err(error) = node.notes.publish(&last) {
            node.trouble("reboot", &error);
        }
        self.forget_note(node).await;
    }

    /// Notes when the machine was first found to be back.
    async fn came_back(&mut self, node: &Node) -> Timestamp {
        let now = node.now();
        let Some(noted) = &mut self.note else { return now };
        let (known, back_at) = (noted.back_at.is_some(), *noted.back_at.get_or_insert(now));
        if !known {
            self.rewrite_note(node).await;
        }
        back_at
    }

    /// The claim was taken away. What hooks did is undone all the same.
    pub(crate) async fn lost_claim(&mut self, node: &Node, claim: &Claim) {
        self.holding = Holding::NoClaim;
        self.forget(node, claim).await;
        node.emit(What::LockLost { error: "the claim was taken away by an operator".to_owned() });
        self.settle_note(node).await;
    }

    /// Notes that a claim has ended. Should that not be saved, the next start finds that it has.
    pub(crate) async fn forget(&self, node: &Node, claim: &Claim) {
        if let Err(error) = node.coordinator.forget_claim(&claim.key).await {
            node.trouble("memory", &error);
        }
    }

    /// Notes that no claim is open any more, after those that were in the store have ended.
    pub(crate) async fn forget_claims(&self, node: &Node) {
        if let Err(error) = node.coordinator.forget_claims().await {
            node.trouble("memory", &error);
        }
    }

    /// Ends the claim, however long the store is away.
    pub(crate) async fn finish(
        &mut self,
        node: &Node,
        claim: &Claim,
        ending: Ending,
        reason: &str,
    ) -> Finished {
        let mut retry = Retry::new(node);
        let asked = Instant::now();
        let mut unanswered = false;
        loop {
            let (statement, at) = (node.last_statement(), node.now());
            match node.coordinator.finish(claim, ending, reason, &statement, at).await {
                Ok(finish) => {
                    // What is gone after a try that was not answered went by that try.
                    let finish = if unanswered { Finish::Done } else { finish };
                    self.forget(node, claim).await;
                    node.emit(What::LockReleased {
                        lease_id: None,
                        reason: reason.to_owned(),
                        acknowledged: true,
                        took: asked.elapsed(),
                    });
                    // Of an entry whose answer was lost it is not known when it was written.
                    let history = (!unanswered).then(|| node.coordinator.history_key(at)).flatten();
                    return Finished { how: finish, at, history };
                }
                Err(error) => {
                    unanswered |= matches!(&error, LockError::Store(error) if error.is_unanswered());
                    node.trouble("claim", &error);
                    sleep(retry.next(node)).await;
                }
            }
        }
    }

    /// Puts a phase into the claim, however long the store is away.
    ///
    /// # Errors
    /// [`LockError::PlaceGone`] when an operator has taken the claim away.
    pub(crate) async fn mark(
        &mut self,
        node: &Node,
        claim: &mut Claim,
        phase: ClaimPhase,
        statement: &Statement,
    ) -> Result<(), LockError> {
        let mut retry = Retry::new(node);
        loop {
            match node.coordinator.mark(claim, phase, statement, node.now()).await {
                Ok(()) => {
                    node.emit(What::ClaimPhase { phase, reason: statement.reason.clone() });
                    return Ok(());
                }
                Err(gone @ LockError::PlaceGone) => return Err(gone),
                Err(error) => {
                    node.trouble("claim", &error);
                    sleep(retry.next(node)).await;
                }
            }
        }
    }
}

/// Rests for `time`, or until other settings are put into force, which may bring another script: tells whether they
/// were.
async fn rest(setups: &mut watch::Receiver<Arc<Setup>>, time: Duration) -> bool {
    timeout(time, setups.changed()).await.is_ok()
}

const fn post_reboot() -> RunContext {
    RunContext {
        phase: ScriptPhase::PostReboot,
        lock_enabled: true,
        lock_held: true,
        lock_attempts: 0,
        skip_health: false,
        skip_lock: false,
    }
}
