//! Commit: the one transaction that makes a claim of a place.

use std::time::Duration;

use crb_decide::ClaimPhase;
use crb_health::{Statement, encode};
use crb_store::{Compare, KeyRange, Op, Txn, TxnReply};
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use crate::claim::Claim;
use crate::coordinator::Coordinator;
use crate::error::LockError;
use crate::guard::OutNode;
use crate::presence::Joined;
use crate::queue::Place;
use crate::records::PlaceRecord;
use crate::reply::found;
use crate::view::View;

/// How long to wait before asking again what became of a commit.
const SETTLE_PAUSE: Duration = Duration::from_secs(1);

/// What came of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Commitment {
    /// The claim is in the store.
    Made(Claim),
    /// Something that the view showed has changed, and the commit was not and will not be applied.
    Refused,
}

impl Coordinator {
    /// Makes a claim of `place` if nothing that `view` showed has changed since.
    ///
    /// A view counts only for the place that it was taken for: another one may stand elsewhere in the queue.
    ///
    /// A commit that is not answered is settled before this returns, however long the store is away. Do not
    /// drop the future before; [`leave`](Self::leave) settles what a dropped one left behind.
    ///
    /// # Errors
    /// [`LockError::NotPresent`] without a presence; [`LockError::StoreRegressed`] and [`LockError::NotSaved`], with
    /// which nothing was sent; a definite refusal of the store.
    pub async fn commit(&self, place: &Place, view: &View, now: Timestamp) -> Result<Commitment, LockError> {
        let joined = self.presence()?;
        self.hold_back()?;
        if view.place_created != Some(place.created) {
            return Ok(Commitment::Refused);
        }
        let record = PlaceRecord {
            phase: ClaimPhase::Committed,
            since: Some(now),
            deadline: now.checked_add(deadline_after(self.terms().reboot_timeout)).ok(),
            ..place.record.clone()
        };
        // Whoever boots into an older store is to know that it is older.
        self.lineage.save().await?;
        self.own.hold().await;
        let sent = self.store.txn(self.commit_txn(place, view, &joined, &record, now)).await;
        let outcome = match sent {
            Ok(reply) if reply.succeeded => Ok(Commitment::Made(Claim {
                key: place.key.clone(),
                modified: reply.header.revision,
                record,
            })),
            Ok(reply) => Ok(self.refused(&joined, reply)),
            Err(error) if error.is_unanswered() => Ok(self.settle(place, &joined).await),
            Err(error) => Err(error.into()),
        };
        if !matches!(outcome, Ok(Commitment::Made(_))) {
            self.own.resume().await;
        }
        outcome
    }

    fn commit_txn(
        &self,
        place: &Place,
        view: &View,
        joined: &Joined,
        record: &PlaceRecord,
        now: Timestamp,
    ) -> Txn {
        let rebooting = Statement::unhealthy("rebooting", "this node is about to reboot");
        // What peers publish of slots matters only to those who count on more than one.
        let slots =
            (view.facts.slots > 1).then(|| Compare::none_put_after(self.keys.alive_records(), view.revision));
        let others = self.claims_of_others(&view.queue.keys).map(OutNode::from);
        let out = others.chain([OutNode::new(self.identity.node.clone(), record)]).collect();
        let fences = [
            Compare::created_at(&place.key, place.created),
            Compare::leased(&place.key, Some(place.lease.id())),
            view.guard.unchanged(&self.keys),
            Compare::none_put_after(self.keys.health_records(), view.revision),
            Compare::absent(self.keys.pause()),
            Compare::absent(self.keys.cooldown()),
            Compare::none(self.keys.holds()),
            Compare::unchanged(self.keys.alive(&self.identity.node), joined.revision),
        ];
        Txn::when(fences.into_iter().chain(slots))
            .then([
                Op::put(&place.key, encode(record)),
                view.guard.put(&self.keys, out),
                self.own.put(&rebooting, now),
            ])
            .otherwise(self.after_refusal(place))
    }

    /// What a commit, or the fence against it, reads when it is refused.
    fn after_refusal(&self, place: &Place) -> [Op; 2] {
        [place.key.clone(), self.keys.alive(&self.identity.node)].map(|key| Op::get(KeyRange::key(key)))
    }

    /// What a refusal means, by what was read with it: an own key without a lease is a commit that was applied.
    fn refused(&self, joined: &Joined, reply: TxnReply) -> Commitment {
        let [own, alive] = found(reply);
        self.forget_presence_unless(joined, alive.as_ref());
        own.and_then(|pair| self.own_claim(&pair)).map_or(Commitment::Refused, Commitment::Made)
    }

    /// Finds out what became of a commit that was not answered.
    ///
    /// While the place still has its lease, the presence is put again. That moves a fence of the commit, so
    /// that one still on its way cannot be applied any more. Where this is refused, a fence has moved already,
    /// or the commit was applied; and an answer that is lost here, too, is found out by asking again.
    async fn settle(&self, place: &Place, joined: &Joined) -> Commitment {
        let alive = self.keys.alive(&self.identity.node);
        let fence = Txn::when([
            Compare::created_at(&place.key, place.created),
            Compare::leased(&place.key, Some(place.lease.id())),
            Compare::unchanged(&alive, joined.revision),
        ])
        .then([joined.put(&alive)])
        .otherwise(self.after_refusal(place));
        loop {
            match self.store.txn(fence.clone()).await {
                Ok(reply) if reply.succeeded => {
                    self.presence_put_again(joined, joined.at(reply.header.revision));
                    return Commitment::Refused;
                }
                Ok(reply) => return self.refused(joined, reply),
                Err(_) => sleep(SETTLE_PAUSE).await,
            }
        }
    }
}

fn deadline_after(timeout: Duration) -> SignedDuration {
    SignedDuration::try_from(timeout).unwrap_or(SignedDuration::MAX)
}
