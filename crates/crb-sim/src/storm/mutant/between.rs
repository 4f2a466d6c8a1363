//! A store behind something that rewrites transactions, and passes on the rest.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use crb_store::{KeyRange, LeaseId, Page, Revision, Store, StoreError, Txn, TxnReply, Watch};

/// Rewrites transactions, or their answers.
#[async_trait]
pub(super) trait Rewrite: Send + Sync {
    /// Sends `txn` to `inner`, or what it makes of it.
    async fn txn(&self, inner: &Arc<dyn Store>, txn: Txn) -> Result<TxnReply, StoreError>;
}

/// A store with a [`Rewrite`] before it.
pub(super) struct Between<R> {
    inner: Arc<dyn Store>,
    rewrite: R,
}

impl<R: Rewrite> Between<R> {
    pub(super) fn new(inner: Arc<dyn Store>, rewrite: R) -> Self {
        Self { inner, rewrite }
    }
}

#[async_trait]
impl<R: Rewrite> Store for Between<R> {
    async fn txn(&self, txn: Txn) -> Result<TxnReply, StoreError> {
        self.rewrite.txn(&self.inner, txn).await
    }

    async fn page(
        &self,
        range: &KeyRange,
        after: Option<&str>,
        limit: usize,
        at: Option<Revision>,
    ) -> Result<Page, StoreError> {
        self.inner.page(range, after, limit, at).await
    }

    async fn grant(&self, ttl: Duration) -> Result<LeaseId, StoreError> {
        self.inner.grant(ttl).await
    }

    async fn keep_alive(&self, lease: LeaseId) -> Result<Duration, StoreError> {
        self.inner.keep_alive(lease).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        self.inner.revoke(lease).await
    }

    async fn watch(&self, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError> {
        self.inner.watch(ranges, from).await
    }
}
