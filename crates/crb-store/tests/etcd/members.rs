//! What members tell of themselves.

use std::time::Duration;

use crb_store::etcd::{EtcdSettings, StaleReads};
use crb_testbed::EtcdCluster;
use tokio::time::Instant;

use crate::store;

#[tokio::test]
async fn every_member_that_answers_tells_its_version() {
    let mut cluster = EtcdCluster::start(3);
    let settings =
        EtcdSettings { call_timeout: Duration::from_secs(2), ..EtcdSettings::new(cluster.endpoints()) };
    let members = store(&settings).members();
    let versions = members.versions().await;
    let endpoints: Vec<&String> = versions.iter().map(|(endpoint, _)| endpoint).collect();
    assert_eq!(endpoints, cluster.endpoints().iter().collect::<Vec<_>>());
    for (endpoint, version) in &versions {
        assert_ne!(StaleReads::of(version), StaleReads::Unknown, "{endpoint} is {version}");
    }

    // One that hangs and one that is gone are no errors, and take no longer than a call may.
    let began = Instant::now();
    cluster.stop(0);
    assert_eq!(members.versions().await, versions[1..]);
    cluster.kill(0);
    assert_eq!(members.versions().await, versions[1..]);
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}
