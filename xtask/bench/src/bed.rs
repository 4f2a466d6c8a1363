//! Daemons as a fleet runs them, with the defaults of the configuration, on a real etcd with TLS on both sides.

use std::path::Path;

use crb_testbed::{EtcdCluster, TestNode};
use serde_json::{Value, json};

/// How often everything is measured, so that there is a middle.
pub(crate) const TIMES: usize = 5;

/// A node of `cluster` under the defaults of the configuration: one file detector, `/bin/true` for the health script,
/// metrics on. Nodes with the same `fleet` meet each other.
pub(crate) fn node(binary: &Path, cluster: &EtcdCluster, fleet: &str, name: &str) -> TestNode {
    let tls = cluster.tls().expect("a cluster with TLS");
    let configured: [(&str, Value); 11] = [
        ("health_script", json!("/bin/true")),
        ("health_publish_interval_sec", json!(15)),
        ("check_interval_sec", json!(60)),
        ("backoff_min_sec", json!(5)),
        ("backoff_max_sec", json!(60)),
        ("lock_ttl_sec", json!(90)),
        ("presence_ttl_sec", json!(60)),
        ("etcd_namespace", json!(fleet)),
        ("log", json!({ "level": "info" })),
        ("metrics", json!({ "enabled": true, "listen": "127.0.0.1:0" })),
        (
            "etcd_tls",
            json!({
                "enabled": true,
                "ca_file": tls.ca_file,
                "cert_file": tls.cert_file,
                "key_file": tls.key_file,
            }),
        ),
    ];
    let node = TestNode::new(&binary.to_string_lossy(), name, &cluster.endpoints());
    configured.into_iter().fold(node, |node, (key, value)| node.with(key, value))
}
