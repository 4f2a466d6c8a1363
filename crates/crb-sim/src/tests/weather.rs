//! A store at the end of a bad line: calls are slow, lost, or applied late, and watches break.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use crb_store::memory::MemoryStore;
use crb_store::{
    KeyRange, LeaseId, Page, Revision, Store, StoreError, Txn, TxnReply, Watch, operation, watch_channel,
};
use fastrand::Rng;
use tokio::time::sleep;

/// How long a caller waits for an answer.
const TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub(super) struct Weather {
    store: MemoryStore,
    chance: Arc<Mutex<Rng>>,
    bad: Arc<AtomicBool>,
}

/// What becomes of a call.
enum Fate {
    Answered,
    Lost,
    Unheard,
    Late(Duration),
    Unreachable,
}

impl Weather {
    pub(super) fn over(store: &MemoryStore, seed: u64) -> Self {
        let chance = Arc::new(Mutex::new(Rng::with_seed(seed)));
        Self { store: store.clone(), chance, bad: Arc::new(AtomicBool::new(false)) }
    }

    pub(super) const fn store(&self) -> &MemoryStore {
        &self.store
    }

    pub(super) fn turn_bad(&self, bad: bool) {
        self.bad.store(bad, Ordering::Relaxed);
    }

    fn is_bad(&self) -> bool {
        self.bad.load(Ordering::Relaxed)
    }

    fn draw(&self, below: u64) -> u64 {
        self.chance.lock().unwrap().u64(0..below)
    }

    async fn fate(&self) -> Fate {
        if !self.is_bad() {
            return Fate::Answered;
        }
        let slow = if self.draw(20) == 0 { 4000 } else { 40 };
        sleep(Duration::from_millis(self.draw(slow))).await;
        match self.draw(40) {
            0 => Fate::Lost,
            1 => Fate::Unheard,
            2 => Fate::Late(Duration::from_millis(self.draw(120_000))),
            3 => Fate::Unreachable,
            _ => Fate::Answered,
        }
    }

    /// Makes a call, or loses it somewhere.
    async fn call<T, F>(&self, operation: &'static str, call: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        match self.fate().await {
            Fate::Answered => return call.await,
            Fate::Unreachable => return Err(StoreError::Unreachable { detail: "bad weather".to_owned() }),
            Fate::Lost => {}
            Fate::Unheard => drop(call.await),
            Fate::Late(after) => {
                tokio::spawn(async move {
                    sleep(after).await;
                    drop(call.await);
                });
            }
        }
        sleep(TIMEOUT).await;
        Err(StoreError::Unanswered { operation, endpoint: "memory".into(), detail: "bad weather".into() })
    }
}

#[async_trait]
impl Store for Weather {
    async fn txn(&self, txn: Txn) -> Result<TxnReply, StoreError> {
        let store = self.store.clone();
        self.call(operation::TXN, async move { store.txn(txn).await }).await
    }

    async fn page(
        &self,
        range: &KeyRange,
        after: Option<&str>,
        limit: usize,
        at: Option<Revision>,
    ) -> Result<Page, StoreError> {
        let (store, range, after) = (self.store.clone(), range.clone(), after.map(str::to_owned));
        self.call(operation::RANGE, async move { store.page(&range, after.as_deref(), limit, at).await })
            .await
    }

    async fn grant(&self, ttl: Duration) -> Result<LeaseId, StoreError> {
        let store = self.store.clone();
        self.call(operation::LEASE_GRANT, async move { store.grant(ttl).await }).await
    }

    async fn keep_alive(&self, lease: LeaseId) -> Result<Duration, StoreError> {
        let store = self.store.clone();
        self.call(operation::LEASE_KEEP_ALIVE, async move { store.keep_alive(lease).await }).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        let store = self.store.clone();
        self.call(operation::LEASE_REVOKE, async move { store.revoke(lease).await }).await
    }

    async fn watch(&self, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError> {
        let mut inner = self.store.watch(ranges, from).await?;
        let (sender, outer) = watch_channel();
        let weather = self.clone();
        tokio::spawn(async move {
            while let Ok(batch) = inner.next().await {
                // Dropping the sender is what breaks the watch.
                if weather.is_bad() && weather.draw(20) == 0 || sender.send(Ok(batch)).is_err() {
                    return;
                }
            }
        });
        Ok(outer)
    }
}
