//! Accept: an operator confirms that the store has gone backwards, and lifts the hold of the whole fleet.

use crb_health::encode;
use crb_store::{Compare, KeyRange, Op, Revision, Txn, snapshot};
use jiff::Timestamp;

use crate::coordinator::Coordinator;
use crate::error::LockError;
use crate::guard::Guard;
use crate::hold::HoldRecord;
use crate::keys::Keys;
use crate::records::HistoryRecord;

/// The holds of the fleet, as they were shown to an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holds {
    /// Who holds; for a hold that cannot be read, only whose it is.
    pub holds: Vec<(String, Option<HoldRecord>)>,
    revision: Revision,
    /// One of them: while it is as it was shown, they were not all lifted by another hand.
    first: Option<(String, Revision)>,
}

/// What came of an operator's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// Every hold is lifted.
    Lifted,
    /// The holds have changed since they were shown, and none was lifted.
    Changed,
}

impl Coordinator {
    /// Reads the holds of the fleet.
    pub async fn holds(&self) -> Result<Holds, LockError> {
        let found = snapshot(self.store(), &[self.keys.holds()]).await?;
        let revision = found.header.revision;
        let pairs: Vec<_> = found.ranges.into_iter().flatten().collect();
        let shown = |pair: &crb_store::KeyValue| {
            (Keys::leaf(&pair.key).to_owned(), serde_json::from_slice(&pair.value).ok())
        };
        Ok(Holds {
            holds: pairs.iter().map(shown).collect(),
            revision,
            first: pairs.first().map(|pair| (pair.key.clone(), pair.mod_revision)),
        })
    }

    /// Lifts the holds that were `shown`, in one transaction however many they are: none of them may have been
    /// put since, and none be new. `by` and `reason` go into the history.
    ///
    /// # Errors
    /// When the store does not answer, the holds may be lifted all the same: look again.
    pub async fn accept_store(
        &self,
        shown: &Holds,
        by: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<Acceptance, LockError> {
        let Some((first, modified)) = &shown.first else { return Ok(Acceptance::Changed) };
        let found = snapshot(self.store(), &[KeyRange::key(self.keys.guard())]).await?;
        let guard = Guard::read(found.ranges.iter().flatten().next());
        let out = guard.out(self.store(), &self.keys).await?;
        let mut accept = Txn::when([
            Compare::unchanged(first, *modified),
            Compare::none_put_after(self.keys.holds(), shown.revision),
            guard.unchanged(&self.keys),
        ])
        .then([Op::Delete { range: self.keys.holds() }, guard.put(&self.keys, out)]);
        if let Some(keep) = self.terms().history_keep {
            let lease = self.store.grant(keep).await?;
            let entry = HistoryRecord {
                node: self.identity.node.to_string(),
                outcome: "store_accepted".to_owned(),
                reason: reason.to_owned(),
                by: by.to_owned(),
                committed_at: None,
                ended_at: now,
                attempts: 0,
                boot_before: None,
                boot_after: None,
            };
            let key = self.keys.history(now, &self.identity.node);
            accept = accept.then([Op::put_leased(key, encode(&entry), lease)]);
        }
        let reply = self.store.txn(accept).await?;
        Ok(if reply.succeeded { Acceptance::Lifted } else { Acceptance::Changed })
    }
}
