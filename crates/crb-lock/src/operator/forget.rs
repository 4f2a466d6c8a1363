//! Forget: strikes a node off the roster that will not come back.

use crb_decide::NodeName;
use crb_store::{Compare, Op, Txn, snapshot};

use super::{Operator, OperatorError};
use crate::guard::Guard;
use crate::queue::Queue;

impl Operator {
    /// Strikes `node` off the roster: its health record is deleted, so that it no longer counts as silent. A
    /// node that comes back puts itself on the roster again.
    ///
    /// A record that is gone has no revision for a commit to compare; so the guard is put, which it compares.
    ///
    /// # Errors
    /// [`OperatorError::Present`], [`OperatorError::InQueue`] or [`OperatorError::NotOnRoster`] when there is
    /// nothing to forget yet; a refusal or the silence of the store.
    pub async fn forget(&self, node: &NodeName) -> Result<(), OperatorError> {
        let alive = self.keys.alive(node);
        loop {
            let found = snapshot(self.store(), &self.around(node)).await?;
            let [queue, guard, health, presence] = [0, 1, 2, 3].map(|index| &found.ranges[index]);
            if !presence.is_empty() {
                return Err(OperatorError::Present { node: node.clone() });
            }
            let queue = Queue::from_pairs(found.header.revision, queue.clone());
            if queue.keys.iter().any(|key| key.node() == *node) {
                return Err(OperatorError::InQueue { node: node.clone() });
            }
            let Some(health) = health.first() else {
                return Err(OperatorError::NotOnRoster { node: node.clone() });
            };
            let guard = Guard::read(guard.first());
            let out = guard.out(self.store(), &self.keys).await?;
            // No claim can have been made while the guard is unchanged.
            let strike = Txn::when([
                guard.unchanged(&self.keys),
                Compare::unchanged(&health.key, health.mod_revision),
                Compare::absent(&alive),
            ])
            .then([Op::delete(&health.key), guard.put(&self.keys, out)]);
            if self.store.txn(strike).await?.succeeded {
                return Ok(());
            }
        }
    }
}
