//! After each join: claims of this node that an earlier life, or a late answer, left in the store.

use std::time::Duration;

use crb_decide::{MAX_RUNS, Resume};
use crb_lock::Claim;
use crb_observe::What;
use tokio::time::timeout;

use crate::daemon::{Holding, Work};
use crate::node::Node;

/// Said of a node that is not to run its command again in this boot.
const RAN: &str = "the reboot command ran in this boot, or may have, and the machine is still up";

/// How long to wait for the look at the store's history. Later, the next pass comes back to it.
const FIRST_LOOK: Duration = Duration::from_secs(3);

impl Work {
    /// Looks for claims of this node and carries each to its end. Does nothing while the node is not present:
    /// until it is, no pass comes past the queue either.
    pub(crate) async fn recover(&mut self, node: &Node) {
        if std::mem::take(&mut self.turn.late_commit) {
            self.turn.end();
            self.recovered = None;
        }
        let Ok(joined) = node.coordinator.presence() else { return };
        let looked_at = node.coordinator.attended(joined.lease.id());
        if self.recovered == Some(looked_at) {
            return;
        }
        self.recovered = None;
        // A claim that the store has lost is put back first.
        let mut attended = node.coordinator.follow_attended();
        if timeout(FIRST_LOOK, attended.wait_for(|seen| *seen == Some(looked_at))).await.is_err() {
            return;
        }
        let claims = match node.coordinator.find_claims().await {
            Ok(claims) => claims,
            Err(error) => return node.trouble("recovery", &error),
        };
        if node.coordinator.attended(looked_at.lease) != looked_at {
            // The answer was that of a store that has gone backwards.
            return;
        }
        if !claims.is_empty() {
            self.turn.end();
        }
        if !self.looked_back {
            self.take_up_note(node);
        }
        let ran = if self.looked_back { None } else { node.earlier_runs() };
        for claim in claims {
            self.take_up(node, claim, ran).await;
        }
        if ran.is_some() {
            self.holding = Holding::Out;
            self.outlived(node).await;
        }
        if !self.looked_back {
            self.settle_note(node).await;
        }
        self.looked_back = true;
        self.forget_claims(node).await;
        self.recovered = Some(looked_at);
        node.coordinator.own_health().resume().await;
        node.shared.heartbeat_now.notify_one();
    }

    /// Carries `claim` to its end, in a boot in which the command `ran` so often as the marker tells.
    async fn take_up(&mut self, node: &Node, mut claim: Claim, ran: Option<u32>) {
        let resume = match (node.coordinator.resume(&claim), ran) {
            // A store that went back to an older state may know less than the marker.
            (Resume::Abort | Resume::ArmAgain, Some(..MAX_RUNS)) => Resume::ArmAgain,
            (_, Some(_)) => Resume::Hold,
            (resume, None) => resume,
        };
        let reason = match resume {
            Resume::Verify => "found at start, in another boot",
            Resume::Abort => "found at start, in the same boot, and nothing ran",
            Resume::ArmAgain => "found at start, in the same boot, and the command may have run",
            Resume::Hold => "found at start, and held for an operator",
        };
        node.emit(What::ClaimPhase { phase: claim.record.phase, reason: reason.to_owned() });
        node.coordinator.own_health().hold().await;
        match resume {
            Resume::Verify => {
                self.holding = Holding::Out;
                self.verify(node, claim).await;
            }
            Resume::Abort => self.call_off(node, claim, reason).await,
            Resume::ArmAgain => {
                self.holding = Holding::Out;
                // Without a marker, arms stand in for runs, and not every one of them was followed by a run.
                let runs = ran.unwrap_or(claim.record.attempts.max(1));
                // It was decided in an earlier life. The command may have run since, so the grounds do not matter.
                self.arm_and_run(node, claim, runs, None).await;
            }
            Resume::Hold if ran.is_some() => {
                self.holding = Holding::Out;
                self.give_up(node, claim, RAN.to_owned()).await;
            }
            Resume::Hold => {
                self.holding = Holding::Out;
                self.hold(node, &mut claim).await;
            }
        }
    }
}
