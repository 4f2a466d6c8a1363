//! The hold: what a node puts into a store that has gone backwards, so that the whole fleet holds.

use crb_health::{Statement, encode};
use crb_store::{Compare, KeyRange, KeyValue, LeaseId, Op, Revision, StoreError, Txn, Watch, snapshot};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::claim::Claim;
use crate::coordinator::{Attended, Coordinator};
use crate::error::LockError;
use crate::guard::{Guard, OutNode};
use crate::keys::Keys;
use crate::memory::{OpenClaim, Regression, StorePoint};
use crate::records::PlaceRecord;
use crate::reply;

/// The value of a hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldRecord {
    /// The node that noticed.
    pub node: String,
    /// Since when it knows.
    pub since: Timestamp,
    /// What it knows, as a sentence.
    pub reason: String,
    /// What it remembered; absent where its memory cannot be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remembered: Option<StorePoint>,
    /// What it found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<StorePoint>,
}

/// What came of a look at the store's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It goes on from what this node remembers.
    Sound,
    /// It has gone backwards, and this node's hold is in it.
    Held(Regression),
    /// It had gone backwards, and an operator has confirmed it since.
    Accepted(Regression),
}

/// A look at the store's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// What came of it.
    pub standing: Standing,
    /// Where the store stood.
    pub revision: Revision,
    /// Whether what is new is saved: [`LockError::NotSaved`] holds this node's own reboot back, and nothing else.
    pub saved: Result<(), LockError>,
    epoch: u64,
}

impl Coordinator {
    /// That the store has gone backwards as far as this node knows, and nobody has confirmed it.
    pub fn regression(&self) -> Option<Regression> {
        self.lineage.regression()
    }

    /// What a look at the store's history is, by the presence `lease`, that is up to date.
    pub fn attended(&self, lease: LeaseId) -> Attended {
        Attended { lease, epoch: self.lineage.epoch() }
    }

    /// Follows the looks at the store's history.
    pub fn follow_attended(&self) -> watch::Receiver<Option<Attended>> {
        self.attended.subscribe()
    }

    /// Follows how often the store has gone backwards since this process began.
    pub fn follow_store_epoch(&self) -> watch::Receiver<u64> {
        self.lineage.follow()
    }

    /// Looks whether the store goes on from what this node remembers, does what follows if it does not, and
    /// saves what is new.
    ///
    /// What follows is one transaction: this node's hold, and its open claim, should the store have lost it. A
    /// hold that was acknowledged and is gone was lifted by an operator: from then on the store counts as sound.
    ///
    /// # Errors
    /// [`LockError::NotPresent`] while the node is not present; the store's own.
    pub async fn attend_to_store(&self, now: Timestamp) -> Result<Look, LockError> {
        let joined = self.presence()?;
        let look = self.attend(now).await?;
        self.attended.send_replace(Some(Attended { lease: joined.lease.id(), epoch: look.epoch }));
        Ok(look)
    }

    async fn attend(&self, now: Timestamp) -> Result<Look, LockError> {
        loop {
            let joined = self.presence()?;
            let hold = self.keys.hold(&self.identity.node);
            let claim = self.lineage.claim();
            let alive = self.keys.alive(&self.identity.node);
            let keys = [hold.as_str(), &self.keys.guard(), self.own.key(), &alive];
            let claim_key = claim.as_ref().map(|claim| claim.key.as_str());
            let asked: Vec<KeyRange> = keys.into_iter().chain(claim_key).map(KeyRange::key).collect();
            let mark = self.lineage.mark();
            let found = snapshot(self.store(), &asked).await?;
            let at = |index: usize| found.ranges.get(index).and_then(|pairs| pairs.first());
            // A store that went back may say of this node what it said long ago, and no watch tells of that.
            self.forget_presence_unless(&joined, at(3));
            self.own.stands_at(at(2).map_or(Revision::NEVER, |pair| pair.mod_revision)).await;
            if self.regression().is_none()
                && let Some(claim) = claim.as_ref().filter(|claim| self.is_lost(claim, at(4)))
                && self.is_forgotten(claim).await?
            {
                let evidence = format!("etcd knows nothing of its claim of revision {}", claim.put_at);
                self.lineage.regress(mark, found.header, Some(evidence));
            }
            let epoch = self.lineage.epoch();
            let Some(regression) = self.lineage.regression_at(now) else {
                let saved = self.lineage.save().await;
                return Ok(Look { standing: Standing::Sound, revision: found.header.revision, saved, epoch });
            };
            if regression.held_at.is_some() {
                let lifted = at(0).is_none();
                if lifted {
                    self.lineage.adopt();
                }
                let saved = self.lineage.save().await;
                let standing =
                    if lifted { Standing::Accepted(regression) } else { Standing::Held(regression) };
                return Ok(Look { standing, revision: found.header.revision, saved, epoch });
            }
            // Before the hold is put; should this fail, the hold is the more needed, and the next save tells.
            self.lineage.save().await.ok();
            let lost = claim.filter(|claim| self.is_lost(claim, at(4)));
            let mut put = Txn::when([Compare::unchanged(&alive, joined.revision)])
                .then([Op::put(&hold, encode(&self.hold_record(&regression, now)))])
                .otherwise([Op::get(KeyRange::key(&alive))]);
            if let Some(claim) = &lost {
                self.own.hold().await;
                put = self.put_back(put, claim, [at(1), at(2), at(4)], now).await?;
            }
            let mark = self.lineage.mark();
            let reply = self.store.txn(put).await?;
            if reply.succeeded {
                self.lineage.held(mark, reply.header);
            } else {
                let [alive] = reply::found(reply);
                self.forget_presence_unless(&joined, alive.as_ref());
            }
        }
    }

    fn hold_record(&self, regression: &Regression, now: Timestamp) -> HoldRecord {
        HoldRecord {
            node: self.identity.node.to_string(),
            since: regression.since.unwrap_or(now),
            reason: regression.to_string(),
            remembered: regression.remembered,
            found: regression.found,
        }
    }

    /// Whether the store has lost `claim`, or has it as it was before this node went on with it.
    fn is_lost(&self, claim: &OpenClaim, stored: Option<&KeyValue>) -> bool {
        let kept = stored.and_then(|pair| self.own_claim(pair));
        claim.record.is_of(&self.identity)
            && kept.is_none_or(|kept| kept.record.attempts < claim.record.attempts)
    }

    /// Whether it was the store that forgot `claim`, and no operator that removed it, although the store is by now
    /// past every revision that this node remembers: then it never had the claim at its revision. Where that
    /// revision was compacted away, the hold of another node tells.
    async fn is_forgotten(&self, claim: &OpenClaim) -> Result<bool, LockError> {
        let key = KeyRange::key(&claim.key);
        match self.store.page(&key, None, 1, Some(Revision(claim.put_at))).await {
            Ok(page) => Ok(!page.items.iter().any(|pair| pair.mod_revision.0 == claim.put_at)),
            Err(StoreError::Compacted(_)) => {
                let holds = snapshot(self.store(), &[self.keys.holds()]).await?;
                Ok(holds.ranges.iter().any(|pairs| !pairs.is_empty()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Adds to `put` what puts a claim back. A new key has lost its place, so the guard goes with it, and the
    /// node's own health.
    async fn put_back(
        &self,
        put: Txn,
        claim: &OpenClaim,
        [guard, health, stored]: [Option<&KeyValue>; 3],
        now: Timestamp,
    ) -> Result<Txn, LockError> {
        let unchanged = |key: &str, pair: Option<&KeyValue>| {
            Compare::unchanged(key, pair.map_or(Revision::NEVER, |pair| pair.mod_revision))
        };
        let statement = Statement::unhealthy("rebooting", "its claim was put back, for etcd had lost it");
        let guard = Guard::read(guard);
        let mut out = guard.out(self.store(), &self.keys).await?;
        if stored.is_none_or(|pair| pair.lease.is_some()) {
            out.push(OutNode::new(self.identity.node.clone(), &claim.record));
        }
        let mut put = put.then([
            Op::put(&claim.key, encode(&claim.record)),
            guard.put(&self.keys, out),
            self.own.put(&statement, now),
        ]);
        put.compares.push(unchanged(self.own.key(), health));
        put.compares.push(unchanged(&claim.key, stored));
        put.compares.push(guard.unchanged(&self.keys));
        Ok(put)
    }

    /// Follows what others may put or delete of this node's own, from after `revision` on: its hold and its health.
    pub async fn watch_own(&self, revision: Revision) -> Result<Watch, LockError> {
        let own = [self.keys.hold(&self.identity.node).as_str(), self.own.key()].map(KeyRange::key);
        Ok(self.store.watch(&own, revision.next()).await?)
    }

    /// Refuses a step towards a reboot while the store has gone backwards.
    pub(crate) fn hold_back(&self) -> Result<(), LockError> {
        match self.regression() {
            None => Ok(()),
            Some(regression) => Err(LockError::StoreRegressed {
                node: self.identity.node.to_string(),
                reason: regression.to_string(),
            }),
        }
    }

    /// The holds of the fleet that `pairs` tell of, and this node's own, if it is not in the store yet.
    pub(crate) fn holds_of(&self, pairs: &[KeyValue]) -> Vec<crb_decide::Hold> {
        let mut holds: Vec<crb_decide::Hold> = pairs.iter().map(hold).collect();
        let me = self.identity.node.as_str();
        if let Some(regression) = self.regression()
            && !holds.iter().any(|hold| hold.node == me)
        {
            holds.push(crb_decide::Hold { node: me.to_owned(), reason: regression.to_string() });
        }
        holds
    }

    /// Notes that this node ended `claim`, or that an operator did.
    ///
    /// # Errors
    /// [`LockError::NotSaved`].
    pub async fn forget_claim(&self, claim: &str) -> Result<(), LockError> {
        self.lineage.forget(|open| open.key == claim).await
    }

    /// Notes that no claim of this node is open, after all that were in the store have come to their end. While
    /// the store may still have to be told of one, it is not forgotten.
    ///
    /// # Errors
    /// [`LockError::NotSaved`].
    pub async fn forget_claims(&self) -> Result<(), LockError> {
        let is_attended = self.regression().is_none_or(|regression| regression.held_at.is_some());
        if is_attended { self.lineage.forget(|_| true).await } else { Ok(()) }
    }

    /// Notes where this node is about to go with `claim`: saved before it goes there.
    pub(crate) async fn remember_claim(&self, claim: &Claim, record: &PlaceRecord) -> Result<(), LockError> {
        let (key, record) = (claim.key.clone(), record.clone());
        self.lineage.remember(OpenClaim { key, record, put_at: claim.modified.0 }).await
    }
}

/// A hold as the gates see it. One that cannot be read holds as well.
pub(crate) fn hold(pair: &KeyValue) -> crb_decide::Hold {
    match serde_json::from_slice::<HoldRecord>(&pair.value) {
        Ok(record) => crb_decide::Hold { node: record.node, reason: record.reason },
        Err(error) => crb_decide::Hold {
            node: Keys::leaf(&pair.key).to_owned(),
            reason: format!("its hold cannot be read: {error}"),
        },
    }
}
