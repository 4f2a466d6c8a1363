//! Forget: strikes a node off the roster that will not come back.

use crb_decide::NodeName;
use crb_health::HealthRecord;
use crb_store::{Compare, Op, Revision, Txn, snapshot};
use jiff::Timestamp;

use super::{Operator, OperatorError};
use crate::guard::{Guard, OutNode};
use crate::queue::Queue;
use crate::records::HistoryRecord;

/// A node on the roster that may be struck off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forgettable {
    /// Its last report, which is put on change only; `None` where it cannot be read.
    pub report: Option<HealthRecord>,
    reported: Revision,
    guard: Guard,
    out: Vec<OutNode>,
}

impl Operator {
    /// Looks whether `node` may be forgotten, and what would be struck off.
    ///
    /// # Errors
    /// [`OperatorError::Present`], [`OperatorError::InQueue`] or [`OperatorError::NotOnRoster`] when there is
    /// nothing to forget yet; a refusal or the silence of the store.
    pub async fn forgettable(&self, node: &NodeName) -> Result<Forgettable, OperatorError> {
        let found = snapshot(self.store(), &self.around(node)).await?;
        let [queue, guard, health, presence] = [0, 1, 2, 3].map(|index| &found.ranges[index]);
        let queue = Queue::from_pairs(found.header.revision, queue.clone());
        if queue.keys.iter().any(|key| key.node() == *node) {
            return Err(OperatorError::InQueue { node: node.clone() });
        }
        if !presence.is_empty() {
            return Err(OperatorError::Present { node: node.clone() });
        }
        let Some(health) = health.first() else {
            return Err(OperatorError::NotOnRoster { node: node.clone() });
        };
        let guard = Guard::read(guard.first());
        Ok(Forgettable {
            report: serde_json::from_slice(&health.value).ok(),
            reported: health.mod_revision,
            out: guard.out(self.store(), &self.keys).await?,
            guard,
        })
    }

    /// Strikes `node` off the roster: its health record is deleted, so that it no longer counts as silent. A
    /// node that comes back puts itself on the roster again. The history gets who did it and why; what was
    /// struck off is given back.
    ///
    /// A record that is gone has no revision for a commit to compare; so the guard is put, which it compares.
    ///
    /// # Errors
    /// Those of [`forgettable`](Self::forgettable).
    pub async fn forget(
        &self,
        node: &NodeName,
        reason: &str,
        now: Timestamp,
    ) -> Result<Option<HealthRecord>, OperatorError> {
        let (alive, health) = (self.keys.alive(node), self.keys.health(node));
        let entry = HistoryRecord::by_operator(node, "forgotten", &self.who, reason, now);
        let mut history = None;
        loop {
            let Forgettable { report, reported, guard, out } = self.forgettable(node).await?;
            if history.is_none() {
                history = self.put_history(node, &entry).await?;
            }
            // No claim can have been made while the guard is unchanged.
            let strike = Txn::when([
                guard.unchanged(&self.keys),
                Compare::unchanged(&health, reported),
                Compare::absent(&alive),
            ])
            .then([Op::delete(&health), guard.put(&self.keys, out)])
            .then(history.clone());
            if self.store.txn(strike).await?.succeeded {
                return Ok(report);
            }
        }
    }
}
