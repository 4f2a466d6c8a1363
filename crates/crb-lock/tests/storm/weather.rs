//! A store behind a network in which anything may be lost, or come late: long after its sender has given up, or ended.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use crb_store::{KeyRange, LeaseId, Page, Revision, Store, StoreError, Txn, TxnReply, Watch, operation};
use fastrand::Rng;
use tokio::time::{sleep, timeout};

/// When the sender of a call gives up.
const DEADLINE: Duration = Duration::from_secs(5);

/// One node's way to the store.
pub(crate) struct Weather {
    store: Arc<dyn Store>,
    rng: Mutex<Rng>,
}

impl Weather {
    pub(crate) fn new(store: Arc<dyn Store>, seed: u64) -> Self {
        Self { store, rng: Mutex::new(Rng::with_seed(seed)) }
    }

    /// Mostly a moment; at times longer than a sender waits; rarely for good.
    fn delay(&self) -> Duration {
        let mut rng = self.rng.lock().unwrap();
        match rng.u32(0..100) {
            0..80 => Duration::from_millis(rng.u64(1..50)),
            80..92 => Duration::from_millis(rng.u64(50..5_000)),
            92..99 => Duration::from_millis(rng.u64(5_000..120_000)),
            _ => Duration::from_secs(1_000_000),
        }
    }

    /// Makes a call that goes its way whatever becomes of its sender.
    async fn call<T, F>(
        &self,
        operation: &'static str,
        call: impl FnOnce(Arc<dyn Store>) -> F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        let (there, back, call) = (self.delay(), self.delay(), call(Arc::clone(&self.store)));
        let under_way = tokio::spawn(async move {
            sleep(there).await;
            let answer = call.await;
            sleep(back).await;
            answer
        });
        match timeout(DEADLINE, under_way).await {
            Ok(answer) => answer.unwrap(),
            Err(_) => Err(StoreError::Unanswered {
                operation,
                endpoint: "the storm".to_owned(),
                detail: "no answer in time".to_owned(),
            }),
        }
    }
}

#[async_trait]
impl Store for Weather {
    async fn txn(&self, txn: Txn) -> Result<TxnReply, StoreError> {
        self.call(operation::TXN, |store| async move { store.txn(txn).await }).await
    }

    async fn page(
        &self,
        range: &KeyRange,
        after: Option<&str>,
        limit: usize,
        at: Option<Revision>,
    ) -> Result<Page, StoreError> {
        let (range, after) = (range.clone(), after.map(str::to_owned));
        self.call(
            operation::RANGE,
            |store| async move { store.page(&range, after.as_deref(), limit, at).await },
        )
        .await
    }

    async fn grant(&self, ttl: Duration) -> Result<LeaseId, StoreError> {
        self.call(operation::LEASE_GRANT, move |store| async move { store.grant(ttl).await }).await
    }

    async fn keep_alive(&self, lease: LeaseId) -> Result<Duration, StoreError> {
        self.call(operation::LEASE_KEEP_ALIVE, move |store| async move { store.keep_alive(lease).await })
            .await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        self.call(operation::LEASE_REVOKE, move |store| async move { store.revoke(lease).await }).await
    }

    async fn watch(&self, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError> {
        self.store.watch(ranges, from).await
    }
}
