//! What a real etcd alone can show: members that hang or die, TLS, users, and what we cost it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod failover;
mod frugality;
mod members;
mod security;
mod watches;

use crb_store::etcd::{EtcdSettings, EtcdStore};
use crb_store::{KeyRange, KeyValue, Op, Revision, Store, StoreError, Txn};

fn store(settings: &EtcdSettings) -> EtcdStore {
    EtcdStore::try_new(settings).unwrap()
}

async fn put(store: &EtcdStore, key: &str) -> Result<Revision, StoreError> {
    Ok(store.txn(Txn::default().then([Op::put(key, "")])).await?.header.revision)
}

async fn get(store: &EtcdStore, key: &str) -> Result<Option<KeyValue>, StoreError> {
    Ok(store.page(&KeyRange::key(key), None, 1, None).await?.items.pop())
}
