//! Transactions as data: compares, then one of two lists of operations.

use crate::kv::{Header, KeyRange, KeyValue, LeaseId, Revision};

/// How a compared value has to stand to the one given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The same.
    Equal,
    /// Another.
    NotEqual,
    /// Smaller than the one given.
    Less,
    /// Greater than the one given.
    Greater,
}

/// What is compared, and with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// How often the key was put since it was created; 0 where there is none.
    Version(i64),
    /// When the key was created; [`Revision::NEVER`] where there is none.
    Create(Revision),
    /// When the key was last put; [`Revision::NEVER`] where there is none.
    Mod(Revision),
    /// The lease of the key; `None` for a key without, and for no key.
    Lease(Option<LeaseId>),
}

/// A condition on every key of a range.
///
/// As in etcd, a range without keys is compared as one key that was never put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compare {
    /// The keys the condition speaks of.
    pub range: KeyRange,
    /// What is compared.
    pub target: Target,
    /// How it must stand to the value in `target`.
    pub relation: Relation,
}

impl Compare {
    /// The key was created at `revision` and has not been deleted since.
    pub fn created_at(key: impl Into<String>, revision: Revision) -> Self {
        Self { range: KeyRange::key(key), target: Target::Create(revision), relation: Relation::Equal }
    }

    /// The key was last put at `revision`; [`Revision::NEVER`]: it does not exist.
    pub fn unchanged(key: impl Into<String>, revision: Revision) -> Self {
        Self { range: KeyRange::key(key), target: Target::Mod(revision), relation: Relation::Equal }
    }

    /// The key does not exist.
    pub fn absent(key: impl Into<String>) -> Self {
        Self::unchanged(key, Revision::NEVER)
    }

    /// No key of `range` exists.
    pub fn none(range: KeyRange) -> Self {
        // A range without keys is compared as one key that was never put, and every other key was put once.
        Self { range, target: Target::Version(0), relation: Relation::Equal }
    }

    /// No key of `range` was put after `revision`.
    pub fn none_put_after(range: KeyRange, revision: Revision) -> Self {
        Self { range, target: Target::Mod(revision.next()), relation: Relation::Less }
    }

    /// The key carries exactly this lease.
    pub fn leased(key: impl Into<String>, lease: Option<LeaseId>) -> Self {
        Self { range: KeyRange::key(key), target: Target::Lease(lease), relation: Relation::Equal }
    }
}

/// One operation of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Read the first `limit` pairs of a range, in key order.
    Get {
        /// What to read.
        range: KeyRange,
        /// How many pairs at most.
        limit: usize,
    },
    /// Write a key. Without a lease, one that the key had is taken off it.
    Put {
        /// The key.
        key: String,
        /// Its new value.
        value: Vec<u8>,
        /// The lease it shall end with.
        lease: Option<LeaseId>,
    },
    /// Delete every key of a range.
    Delete {
        /// What to delete.
        range: KeyRange,
    },
}

impl Op {
    /// Read everything of `range` up to a page.
    pub fn get(range: KeyRange) -> Self {
        Self::Get { range, limit: crate::PAGE_SIZE }
    }

    /// Write `key` without a lease.
    pub fn put(key: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        Self::Put { key: key.into(), value: value.into(), lease: None }
    }

    /// Write `key` so that it ends with `lease`.
    pub fn put_leased(key: impl Into<String>, value: impl Into<Vec<u8>>, lease: LeaseId) -> Self {
        Self::Put { key: key.into(), value: value.into(), lease: Some(lease) }
    }

    /// Delete one key.
    pub fn delete(key: impl Into<String>) -> Self {
        Self::Delete { range: KeyRange::key(key) }
    }
}

/// If all compares hold, `success` is applied, else `failure`; in either case at one revision.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Txn {
    /// The conditions, all of which must hold.
    pub compares: Vec<Compare>,
    /// Applied when they do.
    pub success: Vec<Op>,
    /// Applied when they do not.
    pub failure: Vec<Op>,
}

impl Txn {
    /// A transaction that applies `success` if all `compares` hold.
    pub fn when(compares: impl IntoIterator<Item = Compare>) -> Self {
        Self { compares: compares.into_iter().collect(), ..Self::default() }
    }

    /// What to do if the conditions hold.
    #[must_use]
    pub fn then(mut self, ops: impl IntoIterator<Item = Op>) -> Self {
        self.success.extend(ops);
        self
    }

    /// Whether either list has an operation that writes: the store then agrees upon the transaction before it
    /// answers, whichever list is applied.
    pub fn writes(&self) -> bool {
        self.success.iter().chain(&self.failure).any(|op| !matches!(op, Op::Get { .. }))
    }

    /// What to do if they do not.
    #[must_use]
    pub fn otherwise(mut self, ops: impl IntoIterator<Item = Op>) -> Self {
        self.failure.extend(ops);
        self
    }
}

/// The answer to one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpReply {
    /// What a get found.
    Get {
        /// The pairs, in key order.
        items: Vec<KeyValue>,
        /// Whether the limit cut the list.
        more: bool,
    },
    /// A put was applied.
    Put,
    /// So many keys were deleted.
    Delete(i64),
}

/// The answer to a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TxnReply {
    /// Cluster and revision after the transaction.
    pub header: Header,
    /// Whether all compares held.
    pub succeeded: bool,
    /// One reply an operation of the list that was applied, in its order.
    pub replies: Vec<OpReply>,
}
