//! The queue: who waits, in which order, and when it is this node's turn.

use std::sync::Arc;

use crb_decide::{BootId, ClaimPhase, NodeName};
use crb_health::encode;
use crb_store::{Compare, KeyRange, KeyValue, LeaseId, Op, Revision, Txn, Watch, snapshot};
use jiff::Timestamp;

use crate::claim::Claim;
use crate::coordinator::{Coordinator, Identity};
use crate::error::LockError;
use crate::guard::overdue;
use crate::keys::Keys;
use crate::lease::Lease;
use crate::records::PlaceRecord;

/// A place of this node in the queue, leased until it is committed or left.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its key.
    pub key: String,
    /// Its lease.
    pub lease: Arc<Lease>,
    /// When it was taken; the queue is ordered by this.
    pub created: Revision,
    /// Its value.
    pub record: PlaceRecord,
}

/// A key of the queue, ours or a stranger's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueKey {
    /// The key.
    pub key: String,
    /// When it was created.
    pub created: Revision,
    /// When it was last put.
    pub modified: Revision,
    /// Its lease; a claim has none.
    pub lease: Option<LeaseId>,
    /// Its value; `None` where it is none of ours, such as that of `etcdctl lock`.
    pub record: Option<PlaceRecord>,
}

impl QueueKey {
    pub(crate) fn from_pair(pair: KeyValue) -> Self {
        Self {
            created: pair.create_revision,
            modified: pair.mod_revision,
            lease: pair.lease,
            record: serde_json::from_slice(&pair.value).ok(),
            key: pair.key,
        }
    }

    /// Whether the node `identity` owns it.
    pub fn is_of(&self, identity: &Identity) -> bool {
        self.record.as_ref().is_some_and(|record| record.is_of(identity))
    }

    /// Whether its owner knows nothing of slots: the Go daemon, or a hand with `etcdctl lock`.
    pub(crate) fn is_by_stranger(&self) -> bool {
        self.record.as_ref().is_none_or(|record| record.boot_id.is_none())
    }

    /// The node that owns it; a stranger is called by the key's last part.
    pub fn node(&self) -> NodeName {
        let stranger = || format!("unknown-{}", Keys::leaf(&self.key));
        self.record.as_ref().and_then(PlaceRecord::owner).unwrap_or_else(|| {
            NodeName::try_new(stranger()).expect("a prefix and the last part of a key make a name")
        })
    }
}

/// The queue at one revision, from its head on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// When it was read.
    pub revision: Revision,
    /// Every place, in the order in which they were taken.
    pub keys: Vec<QueueKey>,
}

impl Queue {
    pub(crate) fn from_pairs(revision: Revision, pairs: Vec<KeyValue>) -> Self {
        let mut keys: Vec<QueueKey> = pairs.into_iter().map(QueueKey::from_pair).collect();
        keys.sort_by_key(|key| key.created);
        Self { revision, keys }
    }

    /// The places of others ahead of one taken at `created`. Earlier places of `me` are those of a process
    /// that is gone; they go nowhere, and end with their lease.
    pub fn ahead_of<'a>(
        &'a self,
        created: Revision,
        me: &'a Identity,
    ) -> impl DoubleEndedIterator<Item = &'a QueueKey> {
        self.keys.iter().filter(move |key| key.created < created && !key.is_of(me))
    }

    /// The same as facts: a place taken at `created`, and who of those ahead of it is overdue at `now`.
    pub fn place_at(&self, created: Revision, me: &Identity, now: Timestamp) -> crb_decide::Place {
        let ahead = || self.ahead_of(created, me);
        crb_decide::Place {
            position: u32::try_from(ahead().count()).unwrap_or(u32::MAX),
            ahead: ahead().take(crb_decide::Place::NAMED).map(QueueKey::node).collect(),
            overdue: overdue(ahead().filter(|key| key.lease.is_none()), now),
        }
    }
}

impl Coordinator {
    /// Takes a place at the end of the queue.
    ///
    /// # Errors
    /// When the store does not answer, the place may be there all the same; it ends with its lease.
    pub async fn enqueue(&self, now: Timestamp) -> Result<Place, LockError> {
        let lease = Arc::new(Lease::grant(self.store(), self.terms().lock_ttl).await?);
        let key = self.keys.place(lease.id());
        let record = PlaceRecord {
            node: self.identity.node.to_string(),
            pid: self.identity.pid,
            acquired_at: now,
            machine_id: Some(self.identity.machine_id.clone()),
            boot_id: Some(self.boot_id()),
            phase: ClaimPhase::Waiting,
            since: None,
            deadline: None,
            attempts: 0,
        };
        let put =
            Txn::when([Compare::absent(&key)]).then([Op::put_leased(&key, encode(&record), lease.id())]);
        let reply = self.store.txn(put).await;
        match reply {
            Ok(reply) if reply.succeeded => Ok(Place { key, lease, created: reply.header.revision, record }),
            Ok(_) => Err(LockError::PlaceGone),
            Err(error) => {
                // Should the place be there, it would stand in everyone's way until its lease ends.
                self.store.revoke(lease.id()).await.ok();
                Err(error.into())
            }
        }
    }

    /// Reads the queue.
    pub async fn queue(&self) -> Result<Queue, LockError> {
        let found = snapshot(self.store(), &[self.keys.queue()]).await?;
        let revision = found.header.revision;
        Ok(Queue::from_pairs(revision, found.ranges.into_iter().flatten().collect()))
    }

    /// Whether `place` still stands behind every key of `ahead`, and at which revision: one read of these keys alone,
    /// however long the queue is.
    ///
    /// # Errors
    /// [`LockError::PlaceGone`] when the place is no longer there; [`LockError::LateCommit`] when a commit has made a
    /// claim of it that this node does not know of.
    pub async fn stands_behind(
        &self,
        place: &Place,
        ahead: &[String],
    ) -> Result<(bool, Revision), LockError> {
        let asked: Vec<KeyRange> = [&place.key].into_iter().chain(ahead).map(KeyRange::key).collect();
        let found = snapshot(self.store(), &asked).await?;
        let mut pairs = found.ranges.iter().map(|pairs| pairs.first());
        match pairs.next().flatten() {
            None => Err(LockError::PlaceGone),
            Some(own) if own.lease.is_none() => Err(LockError::LateCommit),
            Some(_) => Ok((pairs.all(|pair| pair.is_some()), found.header.revision)),
        }
    }

    /// Follows the places and records on which the turn of a waiter depends: the keys `ahead` of it that it
    /// has to see go, or, where there are none, everything that its view is made of. Changes after `revision`
    /// are seen.
    pub async fn watch_turn<'a>(
        &self,
        ahead: impl IntoIterator<Item = &'a String>,
        revision: Revision,
    ) -> Result<Watch, LockError> {
        let mut ranges: Vec<KeyRange> = ahead.into_iter().map(KeyRange::key).collect();
        if ranges.is_empty() {
            ranges = self.view_ranges();
        }
        Ok(self.store.watch(&ranges, revision.next()).await?)
    }

    /// Leaves the queue at once: nothing can make a claim of the place any more. A place of which a commit
    /// had made a claim before, unknown to the caller, is not left but returned.
    pub async fn leave(&self, place: &Place) -> Result<Option<Claim>, LockError> {
        self.store.revoke(place.lease.id()).await?;
        let found = snapshot(self.store(), &[KeyRange::key(&place.key)]).await?;
        let claim = found.ranges.into_iter().flatten().next().and_then(|pair| self.own_claim(&pair));
        if claim.is_none() {
            // A commit that was dropped midway has left the health record held.
            self.own.resume().await;
        }
        Ok(claim)
    }

    pub(crate) fn boot_id(&self) -> BootId {
        self.identity.boot_id.clone()
    }
}
