//! The lock's queue as etcd has it, now and through all its history.

use std::collections::BTreeMap;

use crb_lock::PlaceRecord;
use crb_store::etcd::{EtcdSettings, EtcdStore};
use crb_store::{KeyRange, KeyValue, Revision, Store, WatchEvent};
use crb_testbed::EtcdCluster;
use tokio::runtime::Builder;

/// The key of the lock of every test.
pub(crate) const LOCK: &str = "/test/lock";

/// A time in which one key stood without a lease, from its commit to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Out {
    pub(crate) node: String,
    /// The boot that the claim bore all the time.
    pub(crate) boot_id: String,
    pub(crate) from: Revision,
    pub(crate) until: Revision,
}

/// The queue now, in the order of its places.
pub(crate) fn places(cluster: &EtcdCluster) -> Vec<KeyValue> {
    let mut places =
        block_on(async { store(cluster).page(&queue(), None, 0, None).await.expect("the queue").items });
    places.sort_by_key(|pair| pair.create_revision);
    places
}

/// What a key of the queue says.
pub(crate) fn record(pair: &KeyValue) -> PlaceRecord {
    serde_json::from_slice(&pair.value).unwrap_or_else(|error| panic!("{} says {error}", pair.key))
}

/// Every claim that there ever was, from revision 1 on. At no revision there were two.
pub(crate) fn claims_one_at_a_time(cluster: &EtcdCluster) -> Vec<Out> {
    let end = format!("{LOCK}/end-of-the-test");
    assert!(cluster.etcdctl(&["put", &end, ""]).status.success());
    let mut over = vec![];
    let mut out = BTreeMap::<String, Out>::new();
    block_on(async {
        let store = store(cluster);
        let mut watch = store.watch(&[queue()], Revision(1)).await.expect("the history");
        loop {
            let batch = watch.next().await.expect("the history");
            if batch.events.iter().any(|event| event.key() == end) {
                break;
            }
            for event in batch.events {
                match event {
                    WatchEvent::Put(pair) if pair.lease.is_none() => saw_claim(&mut out, &pair),
                    WatchEvent::Put(pair) => assert!(!out.contains_key(&pair.key), "a claim got a lease"),
                    WatchEvent::Delete { key, revision } => {
                        over.extend(out.remove(&key).map(|claim| Out { until: revision, ..claim }));
                    }
                }
            }
            assert!(out.len() <= 1, "two were out at revision {}: {out:#?}", batch.revision);
        }
    });
    assert!(out.is_empty(), "claims were left behind: {out:#?}");
    assert!(cluster.etcdctl(&["del", &end]).status.success());
    over
}

/// What happened to the keys that begin with `prefix`, from a revision on.
pub(crate) fn history(cluster: &EtcdCluster, prefix: &str, from: Revision) -> Vec<WatchEvent> {
    let end = format!("{prefix}end-of-the-test");
    assert!(cluster.etcdctl(&["put", &end, ""]).status.success());
    let mut events = vec![];
    block_on(async {
        let store = store(cluster);
        let mut watch = store.watch(&[KeyRange::prefix(prefix)], from).await.expect("the history");
        while events.last().is_none_or(|last: &WatchEvent| last.key() != end) {
            events.extend(watch.next().await.expect("the history").events);
        }
    });
    assert!(cluster.etcdctl(&["del", &end]).status.success());
    events.pop();
    events
}

fn saw_claim(out: &mut BTreeMap<String, Out>, pair: &KeyValue) {
    let says = record(pair);
    let boot_id = says.boot_id.expect("a claim bears a boot id").to_string();
    let from = pair.mod_revision;
    let known = out.entry(pair.key.clone()).or_insert_with(|| Out {
        node: says.node.clone(),
        boot_id: boot_id.clone(),
        from,
        until: Revision::NEVER,
    });
    assert_eq!((&known.node, &known.boot_id), (&says.node, &boot_id), "a claim changed hands");
}

fn queue() -> KeyRange {
    KeyRange::prefix(format!("{LOCK}/"))
}

fn store(cluster: &EtcdCluster) -> EtcdStore {
    EtcdStore::try_new(&EtcdSettings::new(cluster.endpoints())).expect("a store")
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}
