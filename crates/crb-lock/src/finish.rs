//! Release and abort: the two ways in which a node itself ends its claim.

use std::time::Duration;

use crb_health::{Statement, encode};
use crb_store::{Compare, KeyRange, LeaseId, Op, Revision, StoreError, Txn, snapshot};
use jiff::Timestamp;

use crate::aborted::Entry;
use crate::claim::Claim;
use crate::coordinator::Coordinator;
use crate::error::LockError;
use crate::guard::{Guard, OutNode};
use crate::records::{CooldownRecord, HistoryRecord};
use crate::reply;

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

/// What is put beside the end of a claim.
#[derive(Debug, Default)]
struct Beside {
    ops: Vec<Op>,
    /// What the next abort for the same reason takes the place of.
    aborted: Option<Entry>,
}

impl Coordinator {
    /// The key of the history's entry on a claim that this node ended at `time`; `None`: no history is kept.
    pub fn history_key(&self, time: Timestamp) -> Option<String> {
        self.terms().history_keep.map(|_| self.keys.history(time, &self.identity.node))
    }

    /// Ends `claim`, and puts `statement` as this node's health in the same transaction. Idempotent: call it
    /// again after an error.
    ///
    /// # Errors
    /// [`LockError::NotPresent`] when the claim has changed since it was seen and it is not certain that this
    /// process changed it; a refusal or the silence of the store.
    pub async fn finish(
        &self,
        claim: &Claim,
        ending: Ending,
        reason: &str,
        statement: &Statement,
        now: Timestamp,
    ) -> Result<Finish, LockError> {
        let this = OutNode::new(self.identity.node.clone(), &claim.record);
        let mut beside: Option<Beside> = None;
        // Each refusal means that a step of another node or of ours was applied in between, so not all of those
        // who try at once are refused; and few do, for nobody puts the guard who is not within the slots.
        loop {
            let asked = [claim.key.as_str(), &self.keys.guard(), self.own.key()].map(KeyRange::key);
            let found = snapshot(self.store(), &asked).await?;
            let [own, guard, health] =
                [0, 1, 2].map(|index| found.ranges.get(index).and_then(|pairs| pairs.first()));
            let Some(own) = own.filter(|pair| self.own_claim(pair).is_some()) else {
                self.own.resume().await;
                return Ok(Finish::AlreadyGone);
            };
            if beside.is_none() {
                beside = Some(self.records_of(claim, ending, reason, now).await?);
            }
            let health = health.map_or(Revision::NEVER, |pair| pair.mod_revision);
            let guard = Guard::read(guard);
            let others = guard.out_but(&this, self.store(), &self.keys).await?;
            let mut end = Txn::when([
                Compare::unchanged(&claim.key, own.mod_revision),
                Compare::unchanged(self.own.key(), health),
                guard.unchanged(&self.keys),
            ])
            .then([Op::delete(&claim.key), guard.put(&self.keys, others), self.own.put(statement, now)])
            .then(beside.iter().flat_map(|beside| beside.ops.iter().cloned()));

            // Whoever else acts for this node has joined first. So while our presence stands, a claim that is
            // not as the caller saw it was changed by a step of ours that was not answered.
            let presence = if own.mod_revision == claim.modified { None } else { Some(self.presence()?) };
            if let Some(joined) = &presence {
                let alive = self.keys.alive(&self.identity.node);
                end.compares.push(Compare::unchanged(&alive, joined.revision));
                end.failure.push(Op::get(KeyRange::key(alive)));
            }
            let answer = self.store.txn(end).await?;
            if answer.succeeded {
                self.own.resume().await;
                self.aborted.replace(beside.and_then(|beside| beside.aborted));
                return Ok(Finish::Done);
            }
            if let Some(joined) = &presence {
                let [alive] = reply::found(answer);
                self.forget_presence_unless(joined, alive.as_ref());
            }
        }
    }

    /// What a claim leaves behind when it ends: the history, and after a release the cooldown.
    async fn records_of(
        &self,
        claim: &Claim,
        ending: Ending,
        reason: &str,
        now: Timestamp,
    ) -> Result<Beside, LockError> {
        let (terms, mut beside) = (self.terms(), Beside::default());
        if let Some(keep) = terms.history_keep {
            let key = self.keys.history(now, &self.identity.node);
            let before = self.aborted.again(ending, reason);
            let lease = match &before {
                Some(before) => self.prolong(before.lease, keep).await?,
                None => self.store.grant(keep).await?,
            };
            let entry = Entry::after(before.as_ref(), key, lease, reason, now);
            let replaced = before.filter(|before| before.key != entry.key);
            beside.ops.push(self.put_history(claim, ending, &entry, now));
            beside.ops.extend(replaced.map(|before| Op::delete(before.key)));
            beside.aborted = (ending == Ending::Aborted).then_some(entry);
        }
        if ending == Ending::Released && !terms.cooldown.is_zero() {
            let lease = self.store.grant(terms.cooldown).await?;
            beside.ops.push(self.put_cooldown(terms.cooldown, lease, now));
        }
        Ok(beside)
    }

    /// A lease that lives for `keep` from now on: the one that there is, or a new one where that has ended or was granted
    /// for another time.
    async fn prolong(&self, lease: LeaseId, keep: Duration) -> Result<LeaseId, LockError> {
        match self.store.keep_alive(lease).await {
            Ok(lives_for) if lives_for == keep => Ok(lease),
            // Nothing is left under the one before, which ends in its time.
            Ok(_) | Err(StoreError::LeaseNotFound(_)) => Ok(self.store.grant(keep).await?),
            Err(error) => Err(error.into()),
        }
    }

    fn put_history(&self, claim: &Claim, ending: Ending, told: &Entry, now: Timestamp) -> Op {
        let entry = HistoryRecord {
            node: self.identity.node.to_string(),
            outcome: ending.as_str().to_owned(),
            reason: told.to_string(),
            by: self.identity.node.to_string(),
            committed_at: claim.record.since,
            ended_at: now,
            attempts: claim.record.attempts,
            boot_before: claim.record.boot_id.clone(),
            boot_after: Some(self.boot_id()),
        };
        Op::put_leased(&told.key, encode(&entry), told.lease)
    }

    fn put_cooldown(&self, cooldown: Duration, lease: LeaseId, now: Timestamp) -> Op {
        let entry = CooldownRecord {
            node: self.identity.node.to_string(),
            started_at: now,
            duration_sec: cooldown.as_secs(),
        };
        Op::put_leased(self.keys.cooldown(), encode(&entry), lease)
    }
}
