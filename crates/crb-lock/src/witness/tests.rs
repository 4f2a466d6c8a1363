//! Stores that go backwards, and members of etcd that lag behind.

use std::sync::atomic::{AtomicBool, Ordering};

use crb_store::faults::{Call, Decider, Fate, Faulty};
use crb_store::memory::MemoryStore;
use crb_store::snapshot;

use super::*;
use crate::memory::{RamMemory, StorePoint};

const KEY: &str = "/crb/hold/me";

/// A line at whose end reads are answered by a member that lags behind.
#[derive(Default)]
struct Lagging {
    lags: AtomicBool,
    loses_writes: AtomicBool,
}

impl Lagging {
    fn before(self: &Arc<Self>, store: &MemoryStore) -> Arc<dyn Store> {
        Arc::new(Faulty::foresighted(Arc::new(store.clone()), Arc::clone(self)))
    }
}

impl Decider for Lagging {
    fn fate(&self, call: Call<'_>) -> Fate {
        if call.is_writing_txn() && self.loses_writes.load(Ordering::Relaxed) {
            Fate::Lost
        } else if self.lags.load(Ordering::Relaxed) {
            Fate::Stale(1)
        } else {
            Fate::Answered
        }
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
    put(&store).await;
    let lagging = Arc::new(Lagging { lags: true.into(), ..Lagging::default() });
    let (witness, lineage) = witness(lagging.before(&store));
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
    put(&store).await;
    let lagging = Arc::<Lagging>::default();
    let (witness, lineage) = witness(lagging.before(&store));
    put(&witness).await;
    lagging.lags.store(true, Ordering::Relaxed);
    lagging.loses_writes.store(true, Ordering::Relaxed);
    assert!(read(&witness).await.unwrap_err().is_unanswered());
    assert_eq!(lineage.regression(), None);
    lagging.lags.store(false, Ordering::Relaxed);
    assert!(read(&witness).await.is_ok());
}
