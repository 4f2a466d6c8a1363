//! The guard: put by whatever changes who is out. Its revision is a fence; its value tells who that is.
//!
//! So a peer that has nothing to do learns from one small change of one key who is out and until when, and
//! reads nothing, however large the fleet is.

use crb_decide::{NodeName, Overdue};
use crb_health::encode;
use crb_store::{Compare, KeyValue, Op, Revision, Store, StoreError, snapshot};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::coordinator::Coordinator;
use crate::error::LockError;
use crate::keys::Keys;
use crate::queue::{Queue, QueueKey};
use crate::records::PlaceRecord;

/// A node that is out, by its claim.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OutNode {
    /// The node; a stranger is called by the last part of its key.
    pub node: NodeName,
    /// Since when it is out, by its own clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When it is overdue, by its own clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
}

impl OutNode {
    pub(crate) const fn new(node: NodeName, claim: &PlaceRecord) -> Self {
        Self { node, since: claim.since, deadline: claim.deadline }
    }

    /// That it is overdue, if it is at `now`.
    pub fn overdue(&self, now: Timestamp) -> Option<Overdue> {
        let deadline = self.deadline.filter(|deadline| *deadline <= now)?;
        Some(Overdue { node: self.node.clone(), since: self.since, deadline })
    }
}

impl From<&QueueKey> for OutNode {
    fn from(key: &QueueKey) -> Self {
        let (since, deadline) =
            key.record.as_ref().map_or((None, None), |record| (record.since, record.deadline));
        Self { node: key.node(), since, deadline }
    }
}

/// Those of `claims` whose nodes are overdue at `now`.
pub(crate) fn overdue<'a>(claims: impl Iterator<Item = &'a QueueKey>, now: Timestamp) -> Vec<Overdue> {
    claims.filter_map(|key| OutNode::from(key).overdue(now)).collect()
}

/// The guard's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardRecord {
    /// How often it was put.
    pub count: u64,
    /// Every node that is out: no more than there are slots.
    pub out: Vec<OutNode>,
}

/// The guard, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// When it was last put; [`Revision::NEVER`] before the first commit.
    pub revision: Revision,
    count: u64,
    /// `None` where the value does not tell: an earlier version put a bare number.
    out: Option<Vec<OutNode>>,
}

impl Guard {
    pub(crate) fn read(pair: Option<&KeyValue>) -> Self {
        let Some(pair) = pair else {
            return Self { revision: Revision::NEVER, count: 0, out: Some(vec![]) };
        };
        let (count, out) = match serde_json::from_slice(&pair.value) {
            Ok(GuardRecord { count, out }) => (count, Some(out)),
            Err(_) => (serde_json::from_slice(&pair.value).unwrap_or(0), None),
        };
        Self { revision: pair.mod_revision, count, out }
    }

    /// That nobody has put it since, and so that the same nodes are out.
    pub(crate) fn unchanged(&self, keys: &Keys) -> Compare {
        Compare::unchanged(keys.guard(), self.revision)
    }

    /// Puts it once more, with the nodes that are `out` from then on.
    pub(crate) fn put(&self, keys: &Keys, out: Vec<OutNode>) -> Op {
        Op::put(keys.guard(), encode(&GuardRecord { count: self.count + 1, out }))
    }

    /// Who is out. Only where the value does not tell, the queue is read; as long as the guard is unchanged,
    /// that shows the same nodes.
    pub(crate) async fn out(&self, store: &dyn Store, keys: &Keys) -> Result<Vec<OutNode>, StoreError> {
        if let Some(out) = &self.out {
            return Ok(out.clone());
        }
        let found = snapshot(store, &[keys.queue()]).await?;
        let queue = Queue::from_pairs(found.header.revision, found.ranges.into_iter().flatten().collect());
        Ok(queue.keys.iter().filter(|key| key.lease.is_none()).map(OutNode::from).collect())
    }

    /// The same without the claim of `gone`.
    pub(crate) async fn out_but(
        &self,
        gone: &OutNode,
        store: &dyn Store,
        keys: &Keys,
    ) -> Result<Vec<OutNode>, StoreError> {
        let mut out = self.out(store, keys).await?;
        out.retain(|node| node != gone);
        Ok(out)
    }
}

impl Coordinator {
    /// Who is out by `guard`. The queue is read where an earlier version has put the guard.
    pub async fn out_by(&self, guard: &Guard) -> Result<Vec<OutNode>, LockError> {
        Ok(guard.out(self.store(), &self.keys).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_an_earlier_version_is_counted_on_and_names_nobody() {
        let out = || OutNode {
            node: NodeName::try_new("a").unwrap(),
            since: None,
            deadline: "2026-11-22T12:30:00Z".parse().ok(),
        };
        let table: [(&str, u64, Option<Vec<OutNode>>); 6] = [
            ("7", 7, None),
            (r#"{"count":7,"out":[]}"#, 7, Some(vec![])),
            (r#"{"count":7,"out":[{"node":"a","deadline":"2026-11-22T12:30:00Z"}]}"#, 7, Some(vec![out()])),
            (r#"{"count":7,"out":[{"node":"a/b"}]}"#, 0, None),
            ("", 0, None),
            ("no number", 0, None),
        ];
        for (value, count, out) in table {
            let pair = KeyValue {
                key: "/crb/guard".to_owned(),
                value: value.into(),
                create_revision: Revision(3),
                mod_revision: Revision(5),
                version: 2,
                lease: None,
            };
            assert_eq!(Guard::read(Some(&pair)), Guard { revision: Revision(5), count, out }, "{value}");
        }
        let none = Guard { revision: Revision::NEVER, count: 0, out: Some(vec![]) };
        assert_eq!(Guard::read(None), none);
    }
}
