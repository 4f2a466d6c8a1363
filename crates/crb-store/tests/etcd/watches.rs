//! Watches that break: they end with an error and never hang for good.

use std::time::Duration;

use crb_store::etcd::EtcdSettings;
use crb_store::{KeyRange, Revision, Store, StoreError};
use crb_testbed::EtcdCluster;
use tokio::time::timeout;

use crate::{get, put, store};

const RANGE: fn() -> [KeyRange; 1] = || [KeyRange::key("a")];

#[tokio::test]
async fn a_watch_ends_when_its_member_dies() {
    let mut cluster = EtcdCluster::start(1);
    let store = store(&EtcdSettings::new(cluster.endpoints()));
    let mut watch = store.watch(&RANGE(), Revision(1)).await.unwrap();
    put(&store, "a").await.unwrap();
    assert!(watch.next().await.is_ok());
    cluster.kill(0);

    let broken = timeout(Duration::from_secs(5), watch.next()).await.unwrap().unwrap_err();
    assert!(broken.to_string().contains(&cluster.endpoints()[0]), "{broken}");
    assert!(watch.next().await.is_err());
}

#[tokio::test]
async fn a_watch_ends_once_a_call_finds_that_its_member_hangs() {
    let mut cluster = EtcdCluster::start(3);
    let store = store(&EtcdSettings::new(cluster.endpoints()));
    let mut watch = store.watch(&RANGE(), Revision(1)).await.unwrap();
    cluster.stop(0);

    assert_eq!(get(&store, "a").await, Ok(None), "another member answers");
    let broken = timeout(Duration::from_secs(3), watch.next()).await.unwrap();
    assert!(matches!(broken, Err(StoreError::Unanswered { .. })), "{broken:?}");

    let mut anew = store.watch(&RANGE(), Revision(1)).await.unwrap();
    put(&store, "a").await.unwrap();
    assert!(anew.next().await.is_ok());
}

#[tokio::test]
async fn a_watch_ends_by_itself_when_its_member_hangs() {
    let mut cluster = EtcdCluster::start(1);
    let store = store(&EtcdSettings::new(cluster.endpoints()));
    let mut watch = store.watch(&RANGE(), Revision(1)).await.unwrap();
    cluster.stop(0);
    // A ping every 10 s, and 3 s for its answer.
    let broken = timeout(Duration::from_secs(20), watch.next()).await.unwrap();
    assert!(broken.is_err(), "{broken:?}");
}

#[tokio::test]
async fn a_watch_ends_when_its_member_loses_the_others() {
    let mut cluster = EtcdCluster::start(3);
    let store = store(&EtcdSettings::new(cluster.endpoints()));
    let mut watch = store.watch(&RANGE(), Revision(1)).await.unwrap();
    cluster.stop(1);
    cluster.stop(2);
    let broken = timeout(Duration::from_secs(10), watch.next()).await.unwrap();
    assert!(broken.is_err(), "{broken:?}");
}
