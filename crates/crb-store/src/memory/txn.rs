//! Transactions: checked whole, then applied whole.

use super::history::Change;
use super::state::{State, check_key, cut, within};
use crate::{
    Compare, KeyRange, KeyValue, LeaseId, Op, OpReply, Relation, Revision, StoreError, Target, Txn, TxnReply,
};

/// How many compares, and how many operations a branch, etcd takes by default.
const MOST_OPERATIONS: usize = 128;

impl State {
    pub(super) fn txn(&mut self, txn: Txn) -> Result<TxnReply, StoreError> {
        check(&txn)?;
        let succeeded = txn.compares.iter().all(|compare| self.holds(compare));
        let ops = if succeeded { txn.success } else { txn.failure };
        self.check_leases(&ops)?;
        let mut changes = Vec::new();
        let replies = ops.into_iter().map(|op| self.apply(op, &mut changes)).collect();
        self.commit(changes);
        Ok(TxnReply { header: self.header(), succeeded, replies })
    }

    fn holds(&self, compare: &Compare) -> bool {
        let mut pairs = within(self.pairs(), &compare.range, None).peekable();
        if pairs.peek().is_none() {
            return pair_holds(None, compare);
        }
        pairs.all(|pair| pair_holds(Some(pair), compare))
    }

    /// Only the branch that is taken has to name living leases.
    fn check_leases(&self, ops: &[Op]) -> Result<(), StoreError> {
        for op in ops {
            if let Op::Put { lease: Some(lease), .. } = op
                && !self.has_lease(*lease)
            {
                return Err(StoreError::LeaseNotFound(*lease));
            }
        }
        Ok(())
    }

    fn apply(&mut self, op: Op, changes: &mut Vec<Change>) -> OpReply {
        match op {
            Op::Get { range, limit } => {
                let (items, more) = cut(within(self.pairs(), &range, None), limit);
                OpReply::Get { items, more }
            }
            Op::Put { key, value, lease } => {
                changes.push(self.put(key, value, lease));
                OpReply::Put
            }
            Op::Delete { range } => {
                let keys: Vec<String> =
                    within(self.pairs(), &range, None).map(|pair| pair.key.clone()).collect();
                let gone = keys.iter().filter_map(|key| self.remove(key));
                let before = changes.len();
                changes.extend(gone);
                OpReply::Delete(i64::try_from(changes.len() - before).unwrap_or(i64::MAX))
            }
        }
    }
}

/// What etcd refuses whatever it holds.
fn check(txn: &Txn) -> Result<(), StoreError> {
    let refused = |reason: &str| Err(StoreError::Refused(reason.to_owned()));
    if [txn.compares.len(), txn.success.len(), txn.failure.len()].iter().any(|count| *count > MOST_OPERATIONS)
    {
        return refused("too many operations in txn request");
    }
    txn.compares.iter().try_for_each(|compare| check_key(&compare.range))?;
    for branch in [&txn.success, &txn.failure] {
        branch.iter().try_for_each(check_op)?;
        if writes_twice(branch) {
            return refused("duplicate key given in txn request");
        }
    }
    Ok(())
}

fn check_op(op: &Op) -> Result<(), StoreError> {
    match op {
        Op::Get { range, .. } | Op::Delete { range } => check_key(range),
        Op::Put { key, .. } => check_key(&KeyRange::key(key)),
    }
}

/// Whether a key is put twice, or put and deleted.
fn writes_twice(ops: &[Op]) -> bool {
    ops.iter().enumerate().any(|(at, op)| {
        let Op::Put { key, .. } = op else { return false };
        ops.iter().enumerate().any(|(other_at, other)| match other {
            Op::Get { .. } => false,
            Op::Put { key: other_key, .. } => at != other_at && key == other_key,
            Op::Delete { range } => range.contains(key),
        })
    })
}

/// A missing pair is compared as one that was never put.
fn pair_holds(pair: Option<&KeyValue>, compare: &Compare) -> bool {
    let (is, wanted) = match compare.target {
        Target::Version(version) => (pair.map_or(0, |pair| pair.version), version),
        Target::Create(Revision(revision)) => (pair.map_or(0, |pair| pair.create_revision.0), revision),
        Target::Mod(Revision(revision)) => (pair.map_or(0, |pair| pair.mod_revision.0), revision),
        Target::Lease(lease) => {
            let number = |lease: Option<LeaseId>| lease.map_or(0, |id| id.0);
            (number(pair.and_then(|pair| pair.lease)), number(lease))
        }
    };
    match compare.relation {
        Relation::Equal => is == wanted,
        Relation::NotEqual => is != wanted,
        Relation::Less => is < wanted,
        Relation::Greater => is > wanted,
    }
}
