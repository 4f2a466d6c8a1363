//! The lock's queue as etcd has it, now and through all its history.

use crb_lock::PlaceRecord;
use crb_store::etcd::{EtcdSettings, EtcdStore};
use crb_store::{KeyRange, KeyValue, Revision, Store};
use crb_testbed::{Change, EtcdCluster, History, Journal, Oracle, Outing};
use tokio::runtime::Builder;

/// The key of the lock of every test.
pub(crate) const LOCK: &str = "/test/lock";

/// The queue now, in the order of its places.
pub(crate) fn places(cluster: &EtcdCluster) -> Vec<KeyValue> {
    let mut places = block_on(async {
        store(cluster)
            .page(&KeyRange::prefix(format!("{LOCK}/")), None, 0, None)
            .await
            .expect("the queue")
            .items
    });
    places.sort_by_key(|pair| pair.create_revision);
    places
}

/// What a key of the queue says.
pub(crate) fn record(pair: &KeyValue) -> PlaceRecord {
    serde_json::from_slice(&pair.value).unwrap_or_else(|error| panic!("{} says {error}", pair.key))
}

/// Every time that a node was out, from revision 1 on, and all of them over. At no revision there were two.
pub(crate) fn claims_one_at_a_time(cluster: &EtcdCluster, journal: &Journal) -> Vec<Outing> {
    let history = History::of(cluster);
    history.catch_up(cluster);
    let judged = Oracle::new("", LOCK, 1).judge(&history.under(""), &journal.entries());
    let outings = judged.unwrap_or_else(|objections| panic!("{objections:#?}"));
    assert!(outings.iter().all(|outing| outing.end.is_some()), "claims were left behind: {outings:#?}");
    outings
}

/// What happened to the keys that begin with `prefix`, from a revision on.
pub(crate) fn history(cluster: &EtcdCluster, prefix: &str, from: Revision) -> Vec<Change> {
    let history = History::of(cluster);
    history.catch_up(cluster);
    let mut changes = history.under(prefix);
    changes.retain(|change| change.revision >= from.0);
    changes
}

fn store(cluster: &EtcdCluster) -> EtcdStore {
    EtcdStore::try_new(&EtcdSettings::new(cluster.endpoints())).expect("a store")
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}
