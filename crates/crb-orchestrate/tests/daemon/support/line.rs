//! The line to the store, which can be cut, and can lose answers.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use crb_store::memory::MemoryStore;
use crb_store::{KeyRange, LeaseId, Page, Revision, Store, StoreError, Txn, TxnReply, Watch};
use tokio::time::sleep;

/// A store at the other end of a line.
pub(crate) struct Line {
    store: MemoryStore,
    fault: Mutex<Fault>,
}

/// What the line does to calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// Nothing arrives.
    Cut,
    /// Transactions that write without reading are applied, and their answers are lost.
    Deaf,
    /// Every call takes so long to arrive.
    Slow(Duration),
    /// Every transaction is applied at once, and its answer takes so long.
    SlowBack(Duration),
}

impl Line {
    pub(crate) fn to(store: &MemoryStore) -> Self {
        Self { store: store.clone(), fault: Mutex::new(Fault::None) }
    }

    pub(crate) fn set(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
    }

    async fn pass(&self) -> Result<Fault, StoreError> {
        let fault = *self.fault.lock().unwrap();
        match fault {
            Fault::Cut => Err(StoreError::Unreachable { detail: "the line is cut".to_owned() }),
            Fault::Slow(time) => {
                sleep(time).await;
                Ok(fault)
            }
            Fault::None | Fault::Deaf | Fault::SlowBack(_) => Ok(fault),
        }
    }
}

#[async_trait]
impl Store for Line {
    async fn txn(&self, txn: Txn) -> Result<TxnReply, StoreError> {
        let fault = self.pass().await?;
        let writes = !txn.compares.is_empty();
        let reply = self.store.txn(txn).await?;
        if let Fault::SlowBack(time) = fault {
            sleep(time).await;
        }
        if fault == Fault::Deaf && writes {
            return Err(StoreError::Unanswered {
                operation: "txn",
                endpoint: "memory".to_owned(),
                detail: "the answer was lost".to_owned(),
            });
        }
        Ok(reply)
    }

    async fn page(
        &self,
        range: &KeyRange,
        after: Option<&str>,
        limit: usize,
        at: Option<Revision>,
    ) -> Result<Page, StoreError> {
        self.pass().await?;
        self.store.page(range, after, limit, at).await
    }

    async fn grant(&self, ttl: Duration) -> Result<LeaseId, StoreError> {
        self.pass().await?;
        self.store.grant(ttl).await
    }

    async fn keep_alive(&self, lease: LeaseId) -> Result<Duration, StoreError> {
        self.pass().await?;
        self.store.keep_alive(lease).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        self.pass().await?;
        self.store.revoke(lease).await
    }

    async fn watch(&self, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError> {
        self.pass().await?;
        self.store.watch(ranges, from).await
    }
}
