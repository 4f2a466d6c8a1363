//! Keys, revisions and leases: what a record in the store is made of.

use std::fmt;

/// A point in the store's history. Every applied write raises it by one; 0 stands for "never".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Revision(pub i64);

impl Revision {
    /// The revision of a key that does not exist.
    pub const NEVER: Self = Self(0);

    /// The revision right after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a lease. Shown, as etcd's own tools do, in lower-case hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeaseId(pub i64);

impl fmt::Display for LeaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

/// One key, or all keys that begin with a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum KeyRange {
    /// Exactly this key.
    Key(String),
    /// Every key that begins with this text.
    Prefix(String),
}

impl KeyRange {
    /// Exactly `key`.
    pub fn key(key: impl Into<String>) -> Self {
        Self::Key(key.into())
    }

    /// Every key that begins with `prefix`.
    pub fn prefix(prefix: impl Into<String>) -> Self {
        Self::Prefix(prefix.into())
    }

    /// Whether `key` lies in the range.
    pub fn contains(&self, key: &str) -> bool {
        match self {
            Self::Key(own) => own == key,
            Self::Prefix(prefix) => key.starts_with(prefix.as_str()),
        }
    }
}

/// A record as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyValue {
    /// The key. Bytes that are no UTF-8, which only a stranger could have written, are shown replaced.
    pub key: String,
    /// The value.
    pub value: Vec<u8>,
    /// When the key was created; a put keeps it, a delete and a new put do not.
    pub create_revision: Revision,
    /// When the key was last put.
    pub mod_revision: Revision,
    /// How often the key was put since it was created, from 1.
    pub version: i64,
    /// The lease the key ends with, if any.
    pub lease: Option<LeaseId>,
}

/// Which cluster answered, and at which revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The id of the cluster; another one means that the store was replaced.
    pub cluster_id: u64,
    /// The newest revision when the answer was made.
    pub revision: Revision,
}
