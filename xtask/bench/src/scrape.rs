//! What etcd counts of its own work.

use std::collections::BTreeMap;

use crb_testbed::EtcdCluster;
use xtask::Failure;

const PUTS: &str = "etcd_debugging_mvcc_put_total";
const DELETES: &str = "etcd_debugging_mvcc_delete_total";
const COMMITTED: &str = "etcd_server_proposals_committed_total";
const REQUESTS: &str = "grpc_server_started_total{";
const RENEWAL: &str = "LeaseKeepAlive";

/// What one member has counted since it started.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Scrape {
    /// Entries of the raft log that were committed.
    pub(crate) committed: f64,
    /// Keys that were put or deleted.
    pub(crate) writes: f64,
    /// Calls begun, by the name of the method.
    pub(crate) calls: BTreeMap<String, f64>,
}

impl Scrape {
    /// What the one member of `cluster` has counted.
    pub(crate) fn of(cluster: &EtcdCluster) -> Result<Self, Failure> {
        let told =
            cluster.metrics(0).ok_or_else(|| Failure::Verdict("etcd does not tell its metrics".into()))?;
        Self::parse(&told)
    }

    fn parse(told: &str) -> Result<Self, Failure> {
        let mut scrape = Self::default();
        let mut known = 0;
        for line in told.lines().filter(|line| !line.starts_with('#')) {
            let Some((name, value)) = line.rsplit_once(' ') else { continue };
            let Ok(value) = value.parse::<f64>() else { continue };
            match name {
                COMMITTED => (scrape.committed, known) = (value, known + 1),
                PUTS | DELETES => (scrape.writes, known) = (scrape.writes + value, known + 1),
                _ => {
                    let labels = name.strip_prefix(REQUESTS);
                    let method =
                        labels.and_then(|labels| labels.split_once("grpc_method=\"")?.1.split_once('"'));
                    if let Some((method, _)) = method {
                        *scrape.calls.entry(method.to_owned()).or_default() += value;
                    }
                }
            }
        }
        // Under other names nothing would be counted, and all would be well.
        if known < 3 || !scrape.calls.contains_key(RENEWAL) {
            return Err(Failure::Verdict(
                "etcd does not tell what it does under the names that are known".into(),
            ));
        }
        Ok(scrape)
    }

    /// How many calls were begun since `before`: those that renew leases, and all others.
    pub(crate) fn calls_since(&self, before: &Self) -> (f64, f64) {
        let since =
            |method: &String| self.calls[method] - before.calls.get(method).copied().unwrap_or_default();
        let (renewals, others): (Vec<_>, Vec<_>) = self.calls.keys().partition(|method| *method == RENEWAL);
        (renewals.into_iter().map(since).sum(), others.into_iter().map(since).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: &str = r#"# HELP etcd_server_proposals_committed_total The total number of consensus proposals committed.
etcd_server_proposals_committed_total 12
etcd_debugging_mvcc_put_total 4
etcd_debugging_mvcc_delete_total 1
grpc_server_started_total{grpc_method="LeaseKeepAlive",grpc_service="etcdserverpb.Lease",grpc_type="bidi_stream"} 7
grpc_server_started_total{grpc_method="Txn",grpc_service="etcdserverpb.KV",grpc_type="unary"} 2
grpc_server_handled_total{grpc_code="OK",grpc_method="Txn",grpc_service="etcdserverpb.KV",grpc_type="unary"} 2
"#;

    #[test]
    fn counts_calls_by_method_and_writes_by_key() {
        let now = Scrape::parse(TOLD).unwrap();
        assert_eq!((now.committed, now.writes), (12.0, 5.0));
        let mut before = now.clone();
        before.calls.insert("LeaseKeepAlive".into(), 4.0);
        before.calls.remove("Txn");
        assert_eq!(now.calls_since(&before), (3.0, 2.0));
    }

    #[test]
    fn what_tells_nothing_that_is_known_is_a_failure() {
        assert!(Scrape::parse("").is_err());
        assert!(Scrape::parse(&TOLD.replace("mvcc_put", "mvcc_puts")).is_err());
        assert!(Scrape::parse(&TOLD.replace("LeaseKeepAlive", "KeepAlive")).is_err());
    }
}
