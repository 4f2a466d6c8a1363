//! A store that tells of every call made to it.

use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use crate::{KeyRange, LeaseId, Page, Revision, Store, StoreError, Txn, TxnReply, Watch, operation};

/// A call that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallSeen {
    /// What was called: one of [`operation`].
    pub operation: &'static str,
    /// `ok`, or the [kind](StoreError::kind) of its error.
    pub result: &'static str,
    /// How long it took.
    pub took: Duration,
}

/// A store around another, which tells `observer` of every call that has ended. A call that is given up midway has
/// not.
#[derive(Debug)]
pub struct Observed<S, F> {
    store: S,
    observer: F,
}

impl<S: Store, F: Fn(CallSeen) + Send + Sync> Observed<S, F> {
    /// Puts `observer` around `store`.
    pub const fn new(store: S, observer: F) -> Self {
        Self { store, observer }
    }

    async fn see<T>(
        &self,
        operation: &'static str,
        call: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let begin = Instant::now();
        let answer = call.await;
        let result = answer.as_ref().map_or_else(StoreError::kind, |_| "ok");
        (self.observer)(CallSeen { operation, result, took: begin.elapsed() });
        answer
    }
}

#[async_trait]
impl<S: Store, F: Fn(CallSeen) + Send + Sync> Store for Observed<S, F> {
    async fn txn(&self, txn: Txn) -> Result<TxnReply, StoreError> {
        self.see(operation::TXN, self.store.txn(txn)).await
    }

    async fn page(
        &self,
        range: &KeyRange,
        after: Option<&str>,
        limit: usize,
        at: Option<Revision>,
    ) -> Result<Page, StoreError> {
        self.see(operation::RANGE, self.store.page(range, after, limit, at)).await
    }

    async fn grant(&self, ttl: Duration) -> Result<LeaseId, StoreError> {
        self.see(operation::LEASE_GRANT, self.store.grant(ttl)).await
    }

    async fn keep_alive(&self, lease: LeaseId) -> Result<Duration, StoreError> {
        self.see(operation::LEASE_KEEP_ALIVE, self.store.keep_alive(lease)).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        self.see(operation::LEASE_REVOKE, self.store.revoke(lease)).await
    }

    async fn watch(&self, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError> {
        self.see(operation::WATCH, self.store.watch(ranges, from)).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::memory::MemoryStore;
    use crate::{Compare, Op};

    #[tokio::test(start_paused = true)]
    async fn every_call_is_told_with_its_result() {
        let (sender, seen) = mpsc::channel();
        let store = Observed::new(MemoryStore::new(1), move |call| sender.send(call).unwrap());
        let (lost, all) = (LeaseId(1), KeyRange::prefix(""));

        let _ = store.txn(Txn::when([Compare::absent("a")]).then([Op::put("a", "")])).await;
        let _ = store.txn(Txn::default().then([Op::put_leased("a", "", lost)])).await;
        let _ = store.page(&all, None, 1, Some(Revision(99))).await;
        let _ = store.grant(Duration::from_secs(1)).await;
        let _ = store.keep_alive(lost).await;
        let _ = store.revoke(lost).await;
        let _ = store.watch(&[all], Revision::NEVER).await;

        let seen: Vec<_> = seen.try_iter().map(|call| (call.operation, call.result)).collect();
        let expected = [
            ("txn", "ok"),
            ("txn", "lease_not_found"),
            ("range", "refused"),
            ("lease_grant", "ok"),
            ("lease_keep_alive", "lease_not_found"),
            ("lease_revoke", "ok"),
            ("watch", "ok"),
        ];
        assert_eq!(seen, expected);
    }
}
