//! Under the claim: look once more, arm, run the reboot command, and what follows when the machine stays up.

use std::sync::Arc;
use std::time::Duration;

use crb_decide::{
    Action, ClaimPhase, CommandEnd, Decision, Goal, LockUse, NextStep, Pass, Reason, after_command,
};
use crb_health::Statement;
use crb_lock::{Arming, Claim, LockError};
use crb_observe::What;
use tokio::time::{Instant, sleep, timeout};

use crate::daemon::{Holding, Work};
use crate::node::Node;
use crate::pass_run::{Decided, Grounds};
use crate::probe::{Manner, look};
use crate::retry::Retry;
use crate::setup::Setup;

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
    pub(crate) async fn carry_out(&mut self, node: &Node, Decided { claim, grounds }: Decided) {
        self.holding = Holding::Committed(Box::new(claim.clone()));
        node.emit(What::RebootCommitted { deadline: claim.record.deadline.unwrap_or_else(|| node.now()) });
        match self.prepare(node, &claim, grounds).await {
            Ok(grounds) => self.arm_and_run(node, claim, 0, Some(grounds)).await,
            Err(reason) => {
                self.last = Some(Decision::for_one(reason.clone()));
                self.call_off(node, claim, &reason.to_string()).await;
            }
        }
    }

    /// Arms and runs the command until the machine goes down, nothing that ran can have been the reason to
    /// wait, or the command was run as often as it may. `runs` counts those under this claim so far; before the
    /// first one, nothing must speak against the `grounds` of the commit. Of the settings those count that are in force
    /// from the last look until the command runs.
    pub(crate) async fn arm_and_run(
        &mut self,
        node: &Node,
        mut claim: Claim,
        mut runs: u32,
        grounds: Option<Grounds>,
    ) {
        let mut retry = Retry::new(node);
        loop {
            if runs > 0 && self.hold_while_dry(node, &mut claim).await.is_err() {
                return self.outlived(node).await;
            }
            let first = grounds.as_ref().filter(|_| runs == 0);
            let setup = match self.arm(node, &mut claim, first).await {
                Ok(setup) => setup,
                Err(Obstacle::ClaimGone) if runs == 0 => {
                    self.lost_claim(node, &claim).await;
                    node.coordinator.own_health().resume().await;
                    return node.shared.heartbeat_now.notify_one();
                }
                Err(Obstacle::ClaimGone) => return self.outlived(node).await,
                Err(Obstacle::Passing(reason)) if runs == 0 => {
                    return self.call_off(node, claim, &reason).await;
                }
                Err(Obstacle::Passing(reason)) => {
                    node.trouble("reboot", &reason);
                    node.sleep_or_resume(retry.next(node)).await;
                    continue;
                }
            };
            runs += 1;
            let end = self.run_command(node, &setup, &claim.key, runs).await;
            match after_command(&end, runs) {
                NextStep::Abort => {
                    // First this, or a claim that is gone would tell the next daemon that the node is stuck.
                    node.forget_runs();
                    return self.call_off(node, claim, &told(&end)).await;
                }
                NextStep::ArmAgain => sleep(retry.next(node)).await,
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

    /// Asks the gates once more, then arms until that is acknowledged in time. Gives the settings by which it did, which
    /// were in force all the while.
    async fn arm(
        &mut self,
        node: &Node,
        claim: &mut Claim,
        grounds: Option<&Grounds>,
    ) -> Result<Arc<Setup>, Obstacle> {
        // Before the look and not behind the arm, which the command has to follow at once.
        node.courier.settle().await;
        loop {
            let setup = node.setup();
            if setup.plan.dry_run {
                return Err(Obstacle::Passing("this has become a dry run".to_owned()));
            }
            if let Some(reason) = self.look_once_more(node, &setup).await {
                return Err(Obstacle::Passing(reason.to_string()));
            }
            if let Some(reason) = grounds.and_then(|grounds| grounds.against(node, &setup)) {
                return Err(Obstacle::Passing(reason.to_owned()));
            }
            if !node.is_in_force(&setup) {
                continue;
            }
            self.holding = Holding::Out;
            match node.coordinator.arm(claim).await {
                // Nothing has run, and what was looked at may be different by now.
                Ok(Arming::Armed) if !node.is_in_force(&setup) => {}
                Ok(Arming::Armed) => {
                    node.emit(What::ClaimPhase {
                        phase: ClaimPhase::Armed,
                        reason: "every gate is open".into(),
                    });
                    return Ok(setup);
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

    async fn look_once_more(&self, node: &Node, setup: &Setup) -> Option<Reason> {
        let mut pass = Pass::before_command(node.pass_plan(setup, Goal::Reboot, LockUse::Queue, false));
        let manner = Manner { publishes: false, uses_lock: true, skips_health: false, attempts: 0 };
        loop {
            match pass.next() {
                Action::Look { gate, stage } => {
                    let seen = look(node, setup, gate, stage, manner).await;
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
    async fn run_command(&self, node: &Node, setup: &Setup, claim: &str, run: u32) -> CommandEnd {
        let started = Instant::now();
        // What nobody remembers must not happen: when the claim is taken away, only this tells of it.
        let ran = if let Err(error) = node.note_run(claim, run) {
            Err(CommandEnd::NotStarted(format!("its run could not be noted: {error}")))
        } else {
            node.emit(What::RebootCommandStarted { command: setup.reboot.argv(), run });
            setup.reboot.run().await
        };
        if ran.is_ok() {
            // In steps, by which it shows that this daemon is at work.
            while let Some(left) =
                setup.plan.reboot_timeout.checked_sub(started.elapsed()).filter(|left| !left.is_zero())
            {
                sleep(left.min(setup.plan.health_interval)).await;
            }
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
                Ok(()) | Err(_) => sleep(node.jittered(node.setup().plan.check_interval)).await,
            }
        }
    }

    /// Holds a claim under which the command may have run for as long as this is a dry run.
    ///
    /// # Errors
    /// [`LockError::PlaceGone`] when an operator has taken it away.
    async fn hold_while_dry(&self, node: &Node, claim: &mut Claim) -> Result<(), LockError> {
        let mut setups = node.follow_setup();
        let mut told = false;
        loop {
            let setup = Arc::clone(&setups.borrow_and_update());
            if !setup.plan.dry_run {
                return Ok(());
            }
            if !std::mem::replace(&mut told, true) {
                let reason = "held, for this is a dry run".to_owned();
                node.emit(What::ClaimPhase { phase: claim.record.phase, reason });
            }
            if let Err(gone @ LockError::PlaceGone) = node.coordinator.refresh(claim).await {
                return Err(gone);
            }
            // Whichever comes first.
            timeout(node.jittered(setup.plan.check_interval), setups.changed()).await.ok();
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
            sleep(node.jittered(node.setup().plan.check_interval)).await;
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
