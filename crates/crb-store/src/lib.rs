//! The slice of etcd v3 that the coordination protocol uses.
//!
//! [`Store`] is the seam: transactions with compares over keys and ranges, leases, and watches from a
//! revision. [`memory::MemoryStore`] keeps those semantics in process, on tokio's clock; `etcd::EtcdStore`
//! (feature `etcd`) speaks to a real cluster. One contract suite runs against both. `faults` (a feature of
//! that name, for tests alone) puts a bad line before either.
//!
//! **Invariant:** nothing outside this crate names `tonic` or `etcd-client`.

mod error;
mod kv;
mod metered;
mod observed;
mod snapshot;
mod txn;
mod watch;

#[cfg(feature = "etcd")]
pub mod etcd;
#[cfg(feature = "faults")]
pub mod faults;
pub mod memory;
pub mod operation;

use std::time::Duration;

use async_trait::async_trait;

pub use error::StoreError;
pub use kv::{Header, KeyRange, KeyValue, LeaseId, Revision};
pub use metered::{Meter, Metered, Traffic};
pub use observed::{CallSeen, Observed};
pub use snapshot::{PAGE_SIZE, Snapshot, snapshot, snapshot_pages};
pub use txn::{Compare, Op, OpReply, Relation, Target, Txn, TxnReply};
pub use watch::{Watch, WatchBatch, WatchEvent, WatchSender, watch_channel};

/// A page of a range read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Cluster and revision the page was read at.
    pub header: Header,
    /// The key-value pairs, in key order.
    pub items: Vec<KeyValue>,
    /// Whether more keys follow the last one of this page.
    pub more: bool,
}

/// What the protocol needs of etcd.
///
/// Every call ends: implementations bound each of them with a deadline. A call that wrote and was not
/// answered may have been applied; [`StoreError::is_unanswered`] tells these errors from definite refusals.
#[async_trait]
pub trait Store: Send + Sync {
    /// Applies one transaction, atomically and strictly serializably.
    ///
    /// Implementations never send a transaction twice: the caller settles an unanswered one by reading.
    async fn txn(&self, txn: Txn) -> Result<TxnReply, StoreError>;

    /// Reads at most `limit` pairs (0: all) of `range` whose key is greater than `after`, in key order,
    /// at revision `at` (`None`: the newest, linearizably).
    ///
    /// # Errors
    /// [`StoreError::Compacted`] when `at` is too old, [`StoreError::Refused`] when it lies in the future.
    async fn page(
        &self,
        range: &KeyRange,
        after: Option<&str>,
        limit: usize,
        at: Option<Revision>,
    ) -> Result<Page, StoreError>;

    /// Grants a lease that ends `ttl` (whole seconds, rounded up) after its last renewal. A store may have a
    /// shortest time, and etcd has: one and a half elections.
    async fn grant(&self, ttl: Duration) -> Result<LeaseId, StoreError>;

    /// Renews a lease once, and says how long it now lives without another renewal.
    ///
    /// # Errors
    /// [`StoreError::LeaseNotFound`] when the lease has ended or was never granted.
    async fn keep_alive(&self, lease: LeaseId) -> Result<Duration, StoreError>;

    /// Ends a lease at once and deletes the keys attached to it. A lease that is not there is a success.
    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError>;

    /// Follows all changes of `ranges` from revision `from` on ([`Revision::NEVER`]: from now on), that revision
    /// included.
    ///
    /// Within a range no revision is told before an older one. Between ranges the order is not promised, and what
    /// one revision changed in several ranges may come as several batches. A `from` that was compacted away is told
    /// by the watch itself.
    async fn watch(&self, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError>;
}

/// `ttl` in whole seconds, rounded up, and at least one.
fn whole_seconds(ttl: Duration) -> Duration {
    Duration::from_secs(ttl.as_secs().saturating_add(u64::from(ttl.subsec_nanos() > 0)).max(1))
}
