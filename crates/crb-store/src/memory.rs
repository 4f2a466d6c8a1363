//! An in-process store with the semantics of etcd, on tokio's clock.
//!
//! Revisions, leases, transactions, compaction and watches behave as those of etcd 3.4 and later; the contract
//! suite holds both to it. Leases end on time by themselves, also on a paused clock.

mod backup;
mod history;
mod leases;
mod state;
#[cfg(test)]
mod tests;
mod txn;
mod watchers;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, sleep_until};

use crate::{KeyRange, KeyValue, LeaseId, Page, Revision, Store, StoreError, Txn, TxnReply, Watch};
pub use backup::Backup;
pub use history::{Change, Commit};
use state::State;

/// A whole cluster in process. Clones share it, as clients share a cluster.
///
/// Leases are timed by a task each, so [`Store::grant`] must be called inside a tokio runtime with its clock
/// enabled. Equal calls at equal times give equal answers: even lease ids follow from the cluster id alone.
#[derive(Clone)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
}

impl MemoryStore {
    /// An empty store, at revision 1 as a fresh etcd. The lease ids follow from `cluster_id`.
    pub fn new(cluster_id: u64) -> Self {
        Self { state: Arc::new(Mutex::new(State::new(cluster_id))) }
    }

    /// Calls `observer` with every commit from now on and with all pairs as the commit left them.
    ///
    /// The observer runs inside the commit, before any watch or caller learns of it, so it must not call the store.
    pub fn on_commit(&self, observer: impl FnMut(&Commit, &BTreeMap<String, KeyValue>) + Send + 'static) {
        self.lock().observe(Box::new(observer));
    }

    /// Every commit that was not compacted away, oldest first.
    pub fn history(&self) -> Vec<Commit> {
        self.lock().history().cloned().collect()
    }

    /// All pairs as they are now.
    pub fn pairs(&self) -> BTreeMap<String, KeyValue> {
        self.lock().pairs().clone()
    }

    /// How many leases live.
    pub fn leases(&self) -> usize {
        self.lock().leases.len()
    }

    /// Forgets the history before `revision`, as `etcdctl compact` does.
    ///
    /// # Errors
    /// The revision lies in the future, or was compacted before.
    pub fn compact(&self, revision: Revision) -> Result<(), StoreError> {
        self.lock().compact(revision)
    }

    /// Everything as it is now, for [`restore`](Self::restore).
    pub fn backup(&self) -> Backup {
        self.lock().backup()
    }

    /// Puts everything back as it was, under `cluster_id`, as `etcdctl snapshot restore` does: data, history and
    /// revision are those of the backup, its leases live for their whole time once more, and all watches break.
    /// Observers stay, and are told nothing.
    pub fn restore(&self, backup: &Backup, cluster_id: u64) {
        let leases = self.lock().restore(backup, cluster_id, Instant::now());
        for lease in leases {
            self.time_lease(lease);
        }
    }

    /// Keeps the last `commits` of the history alone from now on, as a cluster that compacts itself.
    pub fn keep_history(&self, commits: usize) {
        self.lock().keep_history(commits);
    }

    /// The state, with everything done that was due by now.
    fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.end_leases_due(Instant::now());
        state
    }

    /// Ends `lease` on time, even if nobody calls the store by then.
    fn time_lease(&self, lease: LeaseId) {
        let store = Arc::downgrade(&self.state);
        tokio::spawn(async move {
            loop {
                let Some(state) = store.upgrade() else { return };
                let Some(end) = Self { state }.lock().lease_end(lease) else { return };
                sleep_until(end).await;
            }
        });
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("header", &self.lock().header()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn txn(&self, txn: Txn) -> Result<TxnReply, StoreError> {
        self.lock().txn(txn)
    }

    async fn page(
        &self,
        range: &KeyRange,
        after: Option<&str>,
        limit: usize,
        at: Option<Revision>,
    ) -> Result<Page, StoreError> {
        self.lock().page(range, after, limit, at)
    }

    async fn grant(&self, ttl: Duration) -> Result<LeaseId, StoreError> {
        let lease = self.lock().grant(ttl, Instant::now())?;
        self.time_lease(lease);
        Ok(lease)
    }

    async fn keep_alive(&self, lease: LeaseId) -> Result<Duration, StoreError> {
        self.lock().renew(lease, Instant::now())
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        self.lock().end_lease(lease);
        Ok(())
    }

    async fn watch(&self, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError> {
        self.lock().watch(ranges, from)
    }
}
