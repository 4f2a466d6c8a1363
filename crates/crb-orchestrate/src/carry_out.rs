//! Under the claim: look once more, arm, run the reboot command, and what follows when the machine stays up.

use std::time::Duration;

use crb_decide::{
    Action, Backoff, ClaimPhase, CommandEnd, Goal, LockUse, NextStep, Pass, Reason, after_command,
};
use crb_health::Statement;
use crb_lock::{Arming, Claim, LockError};
use crb_observe::What;
use tokio::time::{Instant, sleep};

use crate::daemon::{Holding, Work};
use crate::node::Node;
use crate::pass_run::Decided;
use crate::probe::{Manner, look};

/// How long to wait before arming again what was not acknowledged in time.
const REARM_PAUSE: Duration = Duration::from_millis(500);

/// What stands in the way of the command.
enum Obstacle {
    /// It may go away.
    Passing(String),
    /// The claim is no longer there.
    ClaimGone,
}

impl Work {
    /// Goes on from a commit that was just acknowledged.
    pub(crate) async fn carry_out(&mut self, node: &Node, Decided { claim, at }: Decided) {
        self.holding = Holding::Committed(Box::new(claim.clone()));
        node.emit(What::RebootCommitted { deadline: claim.record.deadline.unwrap_or_else(|| node.now()) });
        self.arm_and_run(node, claim, 0, at).await;
    }

    /// Arms and runs the command until the machine goes down, nothing that ran can have been the reason to
    /// wait, or the command was run as often as it may. `runs` counts those under this claim so far; before the
    /// first one, what was decided at `decided` must not be too old.
    pub(crate) async fn arm_and_run(
        &mut self,
        node: &Node,
        mut claim: Claim,
        mut runs: u32,
        decided: Instant,
    ) {
        let mut backoff = Backoff::new(node.plan.backoff_min, node.plan.backoff_max);
        loop {
            match self.arm(node, &mut claim, runs, decided).await {
                Ok(()) => {}
                Err(Obstacle::ClaimGone) if runs == 0 => {
                    self.holding = Holding::NoClaim;
                    node.coordinator.own_health().resume().await;
                    node.shared.heartbeat_now.notify_one();
                    self.forget(node, &claim).await;
                    return node
                        .emit(What::LockLost { error: "the claim was taken away by an operator".into() });
                }
                Err(Obstacle::ClaimGone) => return self.outlived(node).await,
                Err(Obstacle::Passing(reason)) if runs == 0 => {
                    return self.abort(node, &claim, &reason).await;
                }
                Err(Obstacle::Passing(reason)) => {
                    node.trouble("reboot", &reason);
                    node.sleep_or_resume(backoff.next((node.jitter)())).await;
                    continue;
                }
            }
            runs += 1;
            let end = self.run_command(node, &claim.key, runs).await;
            match after_command(&end, runs) {
                NextStep::Abort => {
                    // First this, or a claim that is gone would tell the next daemon that the node is stuck.
                    node.forget_runs();
                    return self.abort(node, &claim, &told(&end)).await;
                }
                NextStep::ArmAgain => sleep(backoff.next((node.jitter)())).await,
                NextStep::GiveUp => return self.give_up(node, claim, told(&end)).await,
            }
        }
    }

    /// Says that the node is stuck, and holds the claim.
    pub(crate) async fn give_up(&mut self, node: &Node, mut claim: Claim, why: String) {
        let stuck = Statement::unhealthy("stuck", why);
        if self.mark(node, &mut claim, ClaimPhase::Stuck, &stuck).await.is_err() {
            return self.outlived(node).await;
        }
        self.hold(node, &mut claim).await;
    }

    /// Asks the gates once more, then arms until that is acknowledged in time.
    async fn arm(
        &mut self,
        node: &Node,
        claim: &mut Claim,
        runs: u32,
        decided: Instant,
    ) -> Result<(), Obstacle> {
        loop {
            if let Some(reason) = self.look_once_more(node).await {
                return Err(Obstacle::Passing(reason.to_string()));
            }
            if runs == 0 && decided.elapsed() > node.coordinator.terms().lock_ttl {
                return Err(Obstacle::Passing(
                    "the decision is older than the lock's time to live".to_owned(),
                ));
            }
            self.holding = Holding::Out;
            match node.coordinator.arm(claim).await {
                Ok(Arming::Armed) => {
                    node.emit(What::ClaimPhase {
                        phase: ClaimPhase::Armed,
                        reason: "every gate is open".into(),
                    });
                    return Ok(());
                }
                Ok(Arming::Again) => sleep(REARM_PAUSE).await,
                Ok(Arming::Held) => {
                    return Err(Obstacle::Passing("the fleet is held: etcd has gone backwards".to_owned()));
                }
                Ok(Arming::Paused) => return Err(Obstacle::Passing("the fleet was paused".to_owned())),
                Ok(Arming::Gone) => return Err(Obstacle::ClaimGone),
                Err(error @ (LockError::NotPresent { .. } | LockError::NotSaved { .. })) => {
                    return Err(Obstacle::Passing(error.to_string()));
                }
                Err(error) => {
                    node.trouble("reboot", &error);
                    sleep(REARM_PAUSE).await;
                }
            }
        }
    }

    async fn look_once_more(&self, node: &Node) -> Option<Reason> {
        let mut pass = Pass::before_command(node.pass_plan(Goal::Reboot, LockUse::Queue, false));
        let manner = Manner { publishes: false, uses_lock: true, skips_health: false, attempts: 0 };
        loop {
            match pass.next() {
                Action::Look { gate, stage } => {
                    let seen = look(node, gate, stage, manner).await;
                    pass.observe(node.now(), &seen);
                }
                Action::Done(decision) => {
                    let reason = decision.first_reason().clone();
                    return (reason != Reason::Ready).then_some(reason);
                }
                // Neither stands between commit and command.
                Action::TakePlace | Action::Commit => return Some(Reason::ViewChanged),
            }
        }
    }

    /// Notes the run and runs the reboot command, and if that goes well waits for the machine to go down.
    async fn run_command(&self, node: &Node, claim: &str, run: u32) -> CommandEnd {
        let started = Instant::now();
        // What nobody remembers must not happen: when the claim is taken away, only this tells of it.
        let ran = if let Err(error) = node.note_run(claim, run) {
            Err(CommandEnd::NotStarted(format!("its run could not be noted: {error}")))
        } else {
            node.emit(What::RebootCommandStarted { command: node.reboot.argv(), run });
            node.reboot.run().await
        };
        if ran.is_ok() {
            sleep(node.plan.reboot_timeout.saturating_sub(started.elapsed())).await;
        }
        let end = ran.err().unwrap_or(CommandEnd::StillUp);
        node.emit(What::RebootCommandEnded { end: end.clone(), run, took: started.elapsed() });
        end
    }

    /// Holds a claim that only a boot or an operator can end.
    pub(crate) async fn hold(&mut self, node: &Node, claim: &mut Claim) {
        loop {
            match node.coordinator.refresh(claim).await {
                Err(LockError::PlaceGone) => return self.outlived(node).await,
                Ok(()) | Err(_) => sleep(node.jittered(node.plan.check_interval)).await,
            }
        }
    }

    /// The claim is gone, and what ran under it may still take this machine down: it stays unhealthy and
    /// queues no more until it has booted anew.
    pub(crate) async fn outlived(&mut self, node: &Node) {
        self.forget_claims(node).await;
        node.emit(What::LockLost {
            error: "the claim was taken away after the reboot command had run".into(),
        });
        let stuck = Statement::unhealthy("stuck", "the reboot command ran and this node did not reboot");
        loop {
            // Held all the time, or the heartbeat would slip in that all is well; and held anew each time,
            // which forgets what is known of the record, so that another hand's change of it is seen.
            node.coordinator.own_health().hold().await;
            node.insist(&stuck).await;
            sleep(node.jittered(node.plan.check_interval)).await;
        }
    }
}

fn told(end: &CommandEnd) -> String {
    match end {
        CommandEnd::NotStarted(error) => format!("the reboot command could not be started: {error}"),
        CommandEnd::Failed(error) => format!("the reboot command failed: {error}"),
        CommandEnd::StillUp => "the reboot command ended well and the machine is still up".to_owned(),
    }
}
