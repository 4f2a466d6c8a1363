//! The claim: an own key in the queue without a lease.

use crb_decide::{ClaimPhase, Resume, resume};
use crb_health::{Statement, encode};
use crb_store::{Compare, KeyRange, KeyValue, Op, Revision, Txn, snapshot};
use jiff::Timestamp;

use crate::coordinator::Coordinator;
use crate::error::LockError;
use crate::queue::QueueKey;
use crate::records::PlaceRecord;

/// A claim of this node, as it was last seen or put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its key.
    pub key: String,
    /// When the key was last put: the fence of every step that changes it.
    pub modified: Revision,
    /// Its value.
    pub record: PlaceRecord,
}

impl Claim {
    pub(crate) fn from_pair(pair: &KeyValue) -> Option<Self> {
        let record = serde_json::from_slice(&pair.value).ok()?;
        Some(Self { key: pair.key.clone(), modified: pair.mod_revision, record })
    }
}

impl Coordinator {
    /// The claims of this node, under any lease id, oldest first. Join before you look: a commit of an
    /// earlier life may be applied late, and the new presence is what refuses it.
    pub async fn find_claims(&self) -> Result<Vec<Claim>, LockError> {
        let found = snapshot(self.store(), &[self.keys.queue()]).await?;
        let mut pairs: Vec<KeyValue> = found.ranges.into_iter().flatten().collect();
        pairs.sort_by_key(|pair| pair.create_revision);
        Ok(pairs.iter().filter_map(|pair| self.own_claim(pair)).collect())
    }

    pub(crate) fn own_claim(&self, pair: &KeyValue) -> Option<Claim> {
        if pair.lease.is_some() {
            return None;
        }
        Claim::from_pair(pair).filter(|claim| claim.record.is_of(&self.identity))
    }

    /// How to go on with a claim that was found.
    pub fn resume(&self, claim: &Claim) -> Resume {
        // A claim without a boot id cannot be told from one of this boot: that is the careful reading.
        let same_boot = claim.record.boot_id.as_ref().is_none_or(|boot| *boot == self.identity.boot_id);
        resume(claim.record.phase, same_boot)
    }

    /// Puts `phase` into the claim, and `statement` as this node's health.
    ///
    /// # Errors
    /// [`LockError::PlaceGone`] when the claim is no longer there, for an operator unlocked it.
    pub async fn mark(
        &self,
        claim: &mut Claim,
        phase: ClaimPhase,
        statement: &Statement,
        now: Timestamp,
    ) -> Result<(), LockError> {
        loop {
            // Built anew each time: an unanswered arm that was applied has counted up.
            let record = PlaceRecord { phase, ..claim.record.clone() };
            let put = Txn::when([Compare::unchanged(&claim.key, claim.modified)])
                .then([Op::put(&claim.key, encode(&record)), self.own.put(statement, now)]);
            let reply = self.store.txn(put).await?;
            if reply.succeeded {
                claim.modified = reply.header.revision;
                claim.record = record;
                return Ok(());
            }
            self.refresh(claim).await?;
        }
    }

    /// Reads the claim again, after a step on it was refused or not answered.
    ///
    /// # Errors
    /// [`LockError::PlaceGone`] when it is no longer there; [`LockError::StoreRegressed`] when that is because the
    /// store has gone backwards: then it will be put back.
    pub async fn refresh(&self, claim: &mut Claim) -> Result<(), LockError> {
        let found = snapshot(self.store(), &[KeyRange::key(&claim.key)]).await?;
        match found.ranges.into_iter().flatten().next().and_then(|pair| self.own_claim(&pair)) {
            Some(current) => {
                *claim = current;
                Ok(())
            }
            None => self.hold_back().and(Err(LockError::PlaceGone)),
        }
    }

    /// Every claim in the queue that is not this node's.
    pub(crate) fn claims_of_others<'a>(
        &'a self,
        queue: &'a [QueueKey],
    ) -> impl Iterator<Item = &'a QueueKey> {
        queue.iter().filter(|key| key.lease.is_none() && !key.is_of(&self.identity))
    }
}
