//! Unlock: takes the claim of a node away that will not come back.

use crb_decide::{BootId, ClaimPhase, NodeName};
use crb_health::{AliveRecord, HealthRecord, encode};
use crb_store::{Compare, KeyValue, Op, Revision, Snapshot, Txn, snapshot};
use jiff::Timestamp;

use super::{Operator, OperatorError};
use crate::guard::{Guard, OutNode};
use crate::queue::{Queue, QueueKey};
use crate::records::{HistoryRecord, PlaceRecord};

/// Where the machine is that a claim is of, as far as the store tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// Its daemon is not present: it is down, or up without its daemon or without etcd.
    NotPresent,
    /// It is present, and has not booted since the claim was made or armed.
    SameBoot,
    /// It is present, and has booted since.
    Rebooted,
}

/// A claim, as it is shown to an operator before she unlocks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownClaim {
    /// Whose it is; a stranger is called by the last part of its key.
    pub node: NodeName,
    /// Its key.
    pub key: String,
    /// When it was last put.
    pub modified: Revision,
    /// Phase, since, deadline, attempts; `None` where it cannot be read.
    pub record: Option<PlaceRecord>,
    /// Where its machine is.
    pub whereabouts: Whereabouts,
    /// The node's last report of its health, which is put on change only; `None` where there is none.
    pub health: Option<HealthRecord>,
}

impl ShownClaim {
    /// The phase in which the machine may still go down by the reboot command, as long as it is up in this
    /// boot; `None` in another one.
    ///
    /// That a node is not present says that its daemon is, and not that its machine is down: no record tells
    /// that, and whoever unlocks an armed claim has to know it.
    pub fn may_go_down(&self) -> Option<ClaimPhase> {
        let phase = self.record.as_ref()?.phase;
        let ran = match phase {
            ClaimPhase::Waiting | ClaimPhase::Committed => false,
            ClaimPhase::Armed | ClaimPhase::Verifying | ClaimPhase::Stuck => true,
        };
        (ran && self.whereabouts != Whereabouts::Rebooted).then_some(phase)
    }
}

/// A claim and what its end compares beside it.
struct Sight {
    shown: ShownClaim,
    out: OutNode,
    guard: Guard,
    health: Revision,
    alive: Revision,
    boot: Option<BootId>,
}

impl Operator {
    /// The claim of `node`, the oldest if there are several, with what an operator has to see of it.
    ///
    /// # Errors
    /// A refusal or the silence of the store.
    pub async fn claim_of(&self, node: &NodeName) -> Result<Option<ShownClaim>, OperatorError> {
        let found = snapshot(self.store(), &self.around(node)).await?;
        Ok(sight(node, &found, |_| true).map(|sight| sight.shown))
    }

    /// Takes the claim away that was `shown`, if it and its node are still as shown. In the same transaction
    /// the guard is put, the node's health says that it is not proven well, and the history who did it and why.
    ///
    /// # Errors
    /// [`OperatorError::MayGoDown`] when the node is present and has not booted since its command may have
    /// run, unless forced; [`OperatorError::ClaimGone`] and [`OperatorError::ClaimChanged`] when something
    /// else happened first; a refusal or the silence of the store.
    pub async fn unlock(
        &self,
        shown: &ShownClaim,
        reason: &str,
        force: bool,
        now: Timestamp,
    ) -> Result<(), OperatorError> {
        let node = &shown.node;
        let mut history = None;
        loop {
            let found = snapshot(self.store(), &self.around(node)).await?;
            let Some(seen) = sight(node, &found, |key| key.key == shown.key) else {
                return Err(OperatorError::ClaimGone { node: node.clone() });
            };
            if seen.shown.modified != shown.modified || seen.shown.whereabouts != shown.whereabouts {
                return Err(OperatorError::ClaimChanged { node: node.clone() });
            }
            if seen.shown.whereabouts == Whereabouts::SameBoot
                && let Some(phase) = seen.shown.may_go_down().filter(|_| !force)
            {
                return Err(OperatorError::MayGoDown { node: node.clone(), phase });
            }
            if history.is_none() {
                history = self.put_history(node, &self.entry(&seen, reason, now)).await?;
            }
            let unlock = self.unlock_txn(&seen, reason, now).await?.then(history.clone());
            if self.store.txn(unlock).await?.succeeded {
                return Ok(());
            }
        }
    }

    /// Compares all that was just read, so that the refusals above hold when it is applied. A claim that nobody
    /// has put since has no lease, either.
    async fn unlock_txn(&self, seen: &Sight, reason: &str, now: Timestamp) -> Result<Txn, OperatorError> {
        let ShownClaim { node, key, modified, .. } = &seen.shown;
        let out = seen.guard.out_but(&seen.out, self.store(), &self.keys).await?;
        let unwell = self.unwell(seen, reason, now);
        Ok(Txn::when([
            Compare::unchanged(key, *modified),
            seen.guard.unchanged(&self.keys),
            Compare::unchanged(self.keys.health(node), seen.health),
            Compare::unchanged(self.keys.alive(node), seen.alive),
        ])
        .then([Op::delete(key), seen.guard.put(&self.keys, out)])
        .then(unwell.map(|record| Op::put(self.keys.health(node), encode(&record)))))
    }

    /// The health of a node whose claim was taken away; a stranger without a name has none.
    fn unwell(&self, seen: &Sight, reason: &str, now: Timestamp) -> Option<HealthRecord> {
        let claim = seen.shown.record.as_ref()?;
        let before = seen.shown.health.as_ref();
        Some(HealthRecord {
            node: seen.shown.node.to_string(),
            healthy: false,
            stage: "unlocked".to_owned(),
            reason: format!("unlocked by {}: {reason}", self.who),
            reported_at: now,
            // A record without a boot id would pass for one of the Go daemon.
            boot_id: before.and_then(|record| record.boot_id.clone()).or_else(|| claim.boot_id.clone()),
            version: before.and_then(|record| record.version.clone()),
        })
    }

    fn entry(&self, seen: &Sight, reason: &str, now: Timestamp) -> HistoryRecord {
        let claim = seen.shown.record.as_ref();
        HistoryRecord {
            committed_at: claim.and_then(|record| record.since),
            attempts: claim.map_or(0, |record| record.attempts),
            boot_before: claim.and_then(|record| record.boot_id.clone()),
            boot_after: seen.boot.clone(),
            ..HistoryRecord::by_operator(&seen.shown.node, "unlocked", &self.who, reason, now)
        }
    }
}

/// The oldest claim of `node` in `found` that is `meant`.
fn sight(node: &NodeName, found: &Snapshot, meant: impl Fn(&QueueKey) -> bool) -> Option<Sight> {
    let of = |index: usize| found.ranges.get(index).and_then(|pairs| pairs.first());
    let queue = Queue::from_pairs(found.header.revision, found.ranges.first()?.clone());
    let claim =
        queue.keys.into_iter().find(|key| key.lease.is_none() && key.node() == *node && meant(key))?;
    let out = OutNode::from(&claim);
    // Under a name that none may bear, such as one with a slash, there is a record that nobody reads.
    let record = claim.record.filter(|record| record.owner().is_some());
    let (whereabouts, boot) = whereabouts(record.as_ref(), of(3));
    let when = |pair: Option<&KeyValue>| pair.map_or(Revision::NEVER, |pair| pair.mod_revision);
    Some(Sight {
        out,
        guard: Guard::read(of(1)),
        health: when(of(2)),
        alive: when(of(3)),
        boot,
        shown: ShownClaim {
            node: node.clone(),
            key: claim.key,
            modified: claim.modified,
            record,
            whereabouts,
            health: of(2).and_then(|pair| serde_json::from_slice(&pair.value).ok()),
        },
    })
}

/// Where the machine of `claim` is, by the presence under its node's name, and in which boot if it is there.
/// What cannot be told counts as the machine that may still go down.
fn whereabouts(claim: Option<&PlaceRecord>, alive: Option<&KeyValue>) -> (Whereabouts, Option<BootId>) {
    let Some(pair) = alive else { return (Whereabouts::NotPresent, None) };
    let Ok(alive) = serde_json::from_slice::<AliveRecord>(&pair.value) else {
        return (Whereabouts::SameBoot, None);
    };
    let (machine, boot) =
        claim.map_or((None, None), |claim| (claim.machine_id.as_ref(), claim.boot_id.as_ref()));
    if machine.is_some_and(|machine| *machine != alive.machine_id) {
        return (Whereabouts::NotPresent, None);
    }
    let rebooted = boot.is_some_and(|boot| *boot != alive.boot_id);
    (if rebooted { Whereabouts::Rebooted } else { Whereabouts::SameBoot }, Some(alive.boot_id))
}
