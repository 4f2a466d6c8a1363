//! Release and abort: the two ways in which a node itself ends its claim.

use crb_health::{Statement, encode};
use crb_store::{Compare, KeyRange, KeyValue, LeaseId, Op, Revision, Txn, snapshot};
use jiff::Timestamp;

use crate::claim::Claim;
use crate::coordinator::Coordinator;
use crate::error::LockError;
use crate::records::{CooldownRecord, HistoryRecord};
use crate::view::count;

/// How a claim ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The node is back: booted anew, and healthy. The fleet cools down.
    Released,
    /// Nothing ran: the claim is given back.
    Aborted,
}

impl Ending {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::Aborted => "aborted",
        }
    }
}

/// What came of ending a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// This node ended it.
    Done,
    /// It was gone already: an earlier try was applied and not answered, or an operator unlocked it.
    AlreadyGone,
}

impl Coordinator {
    /// Ends `claim`, and puts `statement` as this node's health in the same transaction. Idempotent: call it
    /// again after an error.
    pub async fn finish(
        &self,
        claim: &Claim,
        ending: Ending,
        reason: &str,
        statement: &Statement,
        now: Timestamp,
    ) -> Result<Finish, LockError> {
        let mut beside = vec![];
        if let Some(keep) = self.terms.history_keep {
            let lease = self.store.grant(keep).await?;
            beside.push(self.put_history(claim, ending, reason, lease, now));
        }
        if ending == Ending::Released && !self.terms.cooldown.is_zero() {
            let lease = self.store.grant(self.terms.cooldown).await?;
            beside.push(self.put_cooldown(lease, now));
        }
        loop {
            let asked = [claim.key.as_str(), &self.keys.guard(), self.own.key()].map(KeyRange::key);
            let found = snapshot(self.store(), &asked).await?;
            let [own, guard, health] =
                [0, 1, 2].map(|index| found.ranges.get(index).and_then(|pairs| pairs.first()));
            let Some(own) = own.filter(|pair| self.own_claim(pair).is_some()) else {
                self.own.resume().await;
                return Ok(Finish::AlreadyGone);
            };
            let revision = |pair: Option<&KeyValue>| pair.map_or(Revision::NEVER, |pair| pair.mod_revision);
            let end = Txn::when([
                Compare::unchanged(&claim.key, own.mod_revision),
                Compare::unchanged(self.own.key(), revision(health)),
            ])
            .then([
                Op::delete(&claim.key),
                Op::put(self.keys.guard(), (guard.map_or(0, count) + 1).to_string()),
                self.own.put(statement, now),
            ])
            .then(beside.iter().cloned());
            if self.store.txn(end).await?.succeeded {
                self.own.resume().await;
                return Ok(Finish::Done);
            }
        }
    }

    fn put_history(&self, claim: &Claim, ending: Ending, reason: &str, lease: LeaseId, now: Timestamp) -> Op {
        let entry = HistoryRecord {
            node: self.identity.node.to_string(),
            outcome: ending.as_str().to_owned(),
            reason: reason.to_owned(),
            by: self.identity.node.to_string(),
            committed_at: claim.record.since,
            ended_at: now,
            attempts: claim.record.attempts,
            boot_before: claim.record.boot_id.clone(),
            boot_after: self.boot_id(),
        };
        Op::put_leased(self.keys.history(now, &self.identity.node), encode(&entry), lease)
    }

    fn put_cooldown(&self, lease: LeaseId, now: Timestamp) -> Op {
        let entry = CooldownRecord {
            node: self.identity.node.to_string(),
            started_at: now,
            duration_sec: self.terms.cooldown.as_secs(),
        };
        Op::put_leased(self.keys.cooldown(), encode(&entry), lease)
    }
}
