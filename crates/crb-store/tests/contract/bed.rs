//! A store under test, and short ways to say what a test does with it.

use std::ops::Deref;

use crb_store::etcd::{EtcdSettings, EtcdStore};
use crb_store::memory::MemoryStore;
use crb_store::{
    Compare, KeyRange, KeyValue, LeaseId, Op, OpReply, Revision, Store, StoreError, Txn, TxnReply,
};
use crb_testbed::EtcdCluster;

/// A fresh store.
pub(crate) struct Bed {
    store: Box<dyn Store>,
    compact: Box<dyn Fn(Revision) -> bool>,
}

impl Deref for Bed {
    type Target = dyn Store;

    fn deref(&self) -> &Self::Target {
        &*self.store
    }
}

impl Bed {
    pub(crate) fn memory() -> Self {
        let store = MemoryStore::new(1);
        Self { store: Box::new(store.clone()), compact: Box::new(move |at| store.compact(at).is_ok()) }
    }

    pub(crate) fn etcd() -> Self {
        let cluster = EtcdCluster::start(1);
        let store = EtcdStore::try_new(&EtcdSettings::new(cluster.endpoints())).unwrap();
        let compact = move |at: Revision| cluster.etcdctl(&["compact", &at.to_string()]).status.success();
        Self { store: Box::new(store), compact: Box::new(compact) }
    }

    pub(crate) fn compact(&self, revision: Revision) {
        assert!(self.try_compact(revision), "revision {revision} can be compacted");
    }

    /// Whether it was done.
    pub(crate) fn try_compact(&self, revision: Revision) -> bool {
        (self.compact)(revision)
    }

    /// Applies operations without a condition.
    pub(crate) async fn apply(&self, ops: impl IntoIterator<Item = Op>) -> TxnReply {
        self.try_apply(ops).await.unwrap()
    }

    pub(crate) async fn try_apply(&self, ops: impl IntoIterator<Item = Op>) -> Result<TxnReply, StoreError> {
        self.txn(Txn::default().then(ops)).await
    }

    pub(crate) async fn put(&self, key: &str, value: &str) -> Revision {
        self.apply([Op::put(key, value)]).await.header.revision
    }

    pub(crate) async fn put_leased(&self, key: &str, lease: LeaseId) -> Revision {
        self.apply([Op::put_leased(key, "", lease)]).await.header.revision
    }

    pub(crate) async fn delete(&self, key: &str) -> Revision {
        self.apply([Op::delete(key)]).await.header.revision
    }

    /// What the key holds now.
    pub(crate) async fn get(&self, key: &str) -> Option<KeyValue> {
        self.page(&KeyRange::key(key), None, 1, None).await.unwrap().items.pop()
    }

    /// The keys there are, in the order in which the store gives them.
    pub(crate) async fn keys(&self) -> Vec<String> {
        keys(&self.page(&KeyRange::prefix(""), None, 0, None).await.unwrap().items)
    }

    pub(crate) async fn revision(&self) -> Revision {
        self.page(&KeyRange::prefix(""), None, 1, None).await.unwrap().header.revision
    }

    /// Whether a compare holds.
    pub(crate) async fn holds(&self, compare: Compare) -> bool {
        self.txn(Txn::when([compare])).await.unwrap().succeeded
    }
}

pub(crate) fn keys(pairs: &[KeyValue]) -> Vec<String> {
    pairs.iter().map(|pair| pair.key.clone()).collect()
}

/// The pairs that a read inside a transaction found.
pub(crate) fn found(reply: &OpReply) -> &[KeyValue] {
    let OpReply::Get { items, .. } = reply else { panic!("{reply:?} answers no read") };
    items
}
