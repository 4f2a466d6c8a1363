//! Word of an etcd that may serve stale reads.

use crb_store::etcd::StaleReads;
use crb_testbed::{EtcdCluster, Signal, TestNode, eventually};
use serde_json::{Value, json};

use crate::PROGRAM;

#[test]
fn a_daemon_asks_etcd_for_its_version_when_it_joins_and_warns_once() {
    let cluster = EtcdCluster::start(1);
    let asked = || {
        let status = "grpc_server_started_total{grpc_method=\"Status\",grpc_service=\"etcdserverpb.Maintenance\",\
                      grpc_type=\"unary\"}";
        cluster.metric(0, status).expect("how often etcd was asked for its status")
    };
    let output = cluster.etcdctl(&["endpoint", "status", "--write-out=json"]);
    let status: Value = serde_json::from_slice(&output.stdout).unwrap();
    let version = status[0]["Status"]["version"].as_str().expect("a version");

    // Told without regard to what was told before, heartbeats among it.
    let mut node =
        TestNode::new(PROGRAM, "node-a", &cluster.endpoints()).with("log", json!({ "level": "debug" }));
    let before = asked();
    node.start();
    for joins in [1.0, 2.0] {
        let joined = node.wait_for("its presence", |event| event.is("presence_joined"));
        eventually("etcd is asked", || (asked() >= before + joins).then_some(()));
        for _ in 0..3 {
            node.wait_for("a heartbeat", |event| event.is("health_check"));
        }
        assert!(asked() < before + joins + 0.5, "it is asked at joins alone");
        // It has to join again.
        let lease = joined.fields["lease_id"].as_str().expect("a lease").to_owned();
        assert!(cluster.etcdctl(&["lease", "revoke", &lease]).status.success());
    }
    node.signal(Signal::TERM);
    node.exit_code().expect("an end in order");

    let told: Vec<_> = node.events().iter().filter(|event| event.is("stale_reads")).cloned().collect();
    let expected = match StaleReads::of(version) {
        StaleReads::Mended => None,
        StaleReads::Possible { mended_by } => Some(json!(mended_by)),
        StaleReads::Unknown => Some(Value::Null),
    };
    assert_eq!(told.len(), usize::from(expected.is_some()), "{told:#?}");
    for event in told {
        assert_eq!(event.level, "warn");
        assert_eq!(event.fields["version"], version);
        assert_eq!(event.fields["endpoint"], cluster.endpoints()[0]);
        assert_eq!(Some(&event.fields["mended_by"]), expected.as_ref());
    }
}
