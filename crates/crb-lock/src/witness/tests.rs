//! Stores that go backwards, and members of etcd that lag behind.

use std::sync::atomic::{AtomicBool, Ordering};

use crb_store::memory::MemoryStore;
use crb_store::snapshot;

use super::*;
use crate::memory::{RamMemory, StorePoint};

const KEY: &str = "/crb/hold/me";

/// A store whose reads may come from a member that lags behind: from what was there when it began to.
struct Lagging {
    store: MemoryStore,
    past: Revision,
    lags: AtomicBool,
    loses_writes: AtomicBool,
}

#[async_trait]
impl Store for Lagging {
    async fn txn(&self, txn: Txn) -> Result<TxnReply, StoreError> {
        let writes = txn.writes();
        if writes && self.loses_writes.load(Ordering::Relaxed) {
            let (operation, detail) = (crb_store::operation::TXN, "lost".to_owned());
            return Err(StoreError::Unanswered { operation, endpoint: "lagging".to_owned(), detail });
        }
        let mut reply = self.store.txn(txn).await?;
        if !writes && self.lags.load(Ordering::Relaxed) {
            reply.header.revision = self.past;
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
        self.store.page(range, after, limit, at).await
    }

    async fn grant(&self, ttl: Duration) -> Result<LeaseId, StoreError> {
        self.store.grant(ttl).await
    }

    async fn keep_alive(&self, lease: LeaseId) -> Result<Duration, StoreError> {
        self.store.keep_alive(lease).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        self.store.revoke(lease).await
    }

    async fn watch(&self, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError> {
        self.store.watch(ranges, from).await
    }
}

fn witness(store: Arc<dyn Store>) -> (Witness, Arc<Lineage>) {
    let lineage = Arc::new(Lineage::recall(Arc::new(RamMemory::default())));
    (Witness::new(store, Arc::clone(&lineage), KEY.to_owned()), lineage)
}

async fn put(store: &dyn Store) -> Header {
    store.txn(Txn::default().then([Op::put("key", "")])).await.unwrap().header
}

async fn read(store: &dyn Store) -> Result<Header, StoreError> {
    snapshot(store, &[KeyRange::key("key")]).await.map(|found| found.header)
}

#[tokio::test(start_paused = true)]
async fn a_store_that_was_restored_or_replaced_is_noticed_by_a_read_and_by_a_write() {
    for cluster_id in [1, 2] {
        for writes in [false, true] {
            let store = MemoryStore::new(1);
            let (witness, lineage) = witness(Arc::new(store.clone()));
            let backup = store.backup();
            for _ in 0..3 {
                put(&witness).await;
            }
            let before = read(&witness).await.unwrap();
            store.restore(&backup, cluster_id);
            let found = if writes { put(&witness).await } else { read(&witness).await.unwrap() };
            let regression = lineage.regression().unwrap();
            assert_eq!(regression.remembered, Some(before.into()));
            assert_eq!(regression.found, Some(StorePoint::from(found)));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_member_that_lags_behind_is_refused_and_no_alarm() {
    let store = MemoryStore::new(1);
    let past = put(&store).await.revision;
    let lagging = Lagging { store: store.clone(), past, lags: true.into(), loses_writes: false.into() };
    let (witness, lineage) = witness(Arc::new(lagging));
    put(&witness).await;
    let history = store.history();
    let refused = read(&witness).await.unwrap_err();
    assert_eq!(refused.kind(), "refused");
    assert_eq!(lineage.regression(), None);
    assert_eq!(store.history(), history, "to be sure of it nothing is written");
}

#[tokio::test(start_paused = true)]
async fn while_it_cannot_be_told_a_suspicious_answer_is_none() {
    let store = MemoryStore::new(1);
    let past = put(&store).await.revision;
    let lagging = Lagging { store, past, lags: false.into(), loses_writes: false.into() };
    let lagging = Arc::new(lagging);
    let (witness, lineage) = witness(Arc::clone(&lagging) as Arc<dyn Store>);
    put(&witness).await;
    lagging.lags.store(true, Ordering::Relaxed);
    lagging.loses_writes.store(true, Ordering::Relaxed);
    assert!(read(&witness).await.unwrap_err().is_unanswered());
    assert_eq!(lineage.regression(), None);
    lagging.lags.store(false, Ordering::Relaxed);
    assert!(read(&witness).await.is_ok());
}
