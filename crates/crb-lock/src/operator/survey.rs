//! Survey: who is out, and who is known at all.

use crb_decide::NodeName;
use crb_store::snapshot;

use super::{Operator, OperatorError};
use crate::keys::Keys;
use crate::queue::{Queue, QueueKey};

/// Who is out, and who is on the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Every claim, the oldest first.
    pub claims: Vec<QueueKey>,
    /// Every node on the roster, by its name.
    pub roster: Vec<NodeName>,
}

impl Operator {
    /// Every claim, the oldest first.
    ///
    /// # Errors
    /// A refusal or the silence of the store.
    pub async fn claims(&self) -> Result<Vec<QueueKey>, OperatorError> {
        let found = snapshot(self.store(), &[self.keys.queue()]).await?;
        let queue = Queue::from_pairs(found.header.revision, found.ranges.into_iter().flatten().collect());
        Ok(queue.keys.into_iter().filter(|key| key.lease.is_none()).collect())
    }

    /// The same, and who is on the roster, at one revision.
    ///
    /// # Errors
    /// A refusal or the silence of the store.
    pub async fn survey(&self) -> Result<Survey, OperatorError> {
        let found = snapshot(self.store(), &[self.keys.queue(), self.keys.health_records()]).await?;
        let mut ranges = found.ranges.into_iter();
        let queue = Queue::from_pairs(found.header.revision, ranges.next().unwrap_or_default());
        let roster = ranges.next().unwrap_or_default();
        Ok(Survey {
            claims: queue.keys.into_iter().filter(|key| key.lease.is_none()).collect(),
            roster: roster.iter().filter_map(|pair| NodeName::try_new(Keys::leaf(&pair.key)).ok()).collect(),
        })
    }
}
