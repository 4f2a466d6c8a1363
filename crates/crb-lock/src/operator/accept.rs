//! Accept: confirms that the store has gone backwards, and lifts the hold of the whole fleet.

use crb_decide::NodeName;
use crb_store::{Compare, KeyRange, KeyValue, Op, Revision, Txn, snapshot};
use jiff::Timestamp;

use super::{Operator, OperatorError};
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

impl Operator {
    /// Reads the holds of the fleet.
    ///
    /// # Errors
    /// A refusal or the silence of the store.
    pub async fn holds(&self) -> Result<Holds, OperatorError> {
        let found = snapshot(self.store(), &[self.keys.holds()]).await?;
        let revision = found.header.revision;
        let pairs: Vec<_> = found.ranges.into_iter().flatten().collect();
        let shown =
            |pair: &KeyValue| (Keys::leaf(&pair.key).to_owned(), serde_json::from_slice(&pair.value).ok());
        Ok(Holds {
            holds: pairs.iter().map(shown).collect(),
            revision,
            first: pairs.first().map(|pair| (pair.key.clone(), pair.mod_revision)),
        })
    }

    /// Lifts the holds that were `shown`, in one transaction however many they are: none of them may have been
    /// put since, and none be new. The `reason` goes into the history, under the node `at` which it was given.
    ///
    /// # Errors
    /// A refusal or the silence of the store.
    pub async fn accept_store(
        &self,
        shown: &Holds,
        reason: &str,
        at: &NodeName,
        now: Timestamp,
    ) -> Result<Acceptance, OperatorError> {
        let Some((first, modified)) = &shown.first else { return Ok(Acceptance::Changed) };
        let found = snapshot(self.store(), &[KeyRange::key(self.keys.guard())]).await?;
        let guard = Guard::read(found.ranges.iter().flatten().next());
        let out = guard.out(self.store(), &self.keys).await?;
        let entry = HistoryRecord::by_operator(at, "store_accepted", &self.who, reason, now);
        let accept = Txn::when([
            Compare::unchanged(first, *modified),
            Compare::none_put_after(self.keys.holds(), shown.revision),
            guard.unchanged(&self.keys),
        ])
        .then([Op::Delete { range: self.keys.holds() }, guard.put(&self.keys, out)])
        .then(self.put_history(at, &entry).await?);
        let reply = self.store.txn(accept).await?;
        Ok(if reply.succeeded { Acceptance::Lifted } else { Acceptance::Changed })
    }
}
