//! What we cost etcd.

use std::time::Duration;

use crb_store::etcd::EtcdSettings;
use crb_store::{KeyRange, Op, Revision, Store, Txn};
use crb_testbed::EtcdCluster;

use crate::store;

#[tokio::test]
async fn renewing_a_lease_writes_nothing_and_is_one_request() {
    let cluster = EtcdCluster::start(1);
    let store = store(&EtcdSettings::new(cluster.endpoints()));
    let lease = store.grant(Duration::from_secs(60)).await.unwrap();
    store.txn(Txn::default().then([Op::put_leased("alive", "", lease)])).await.unwrap();
    store.keep_alive(lease).await.unwrap();
    let count = |name| cluster.metric(0, name).unwrap();
    let entries = || count("etcd_server_proposals_committed_total");
    let renewals =
        || count("etcd_debugging_server_lease_expired_total") + count("etcd_debugging_lease_renewed_total");

    let (entries_before, renewals_before) = (entries(), renewals());
    for _ in 0..20 {
        store.keep_alive(lease).await.unwrap();
    }

    assert!((entries() - entries_before).abs() < 0.5, "raft entries for renewals");
    assert!((renewals() - renewals_before - 20.0).abs() < 0.5, "more than one renewal each");
    let page = store.page(&KeyRange::prefix(""), None, 1, None).await.unwrap();
    assert_eq!(page.header.revision, Revision(2));
}
