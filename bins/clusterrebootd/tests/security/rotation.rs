//! Certificates that are replaced on disk while the daemon runs.
#![allow(clippy::disallowed_methods, reason = "etcd goes by the clock when it looks at a certificate")]

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crb_testbed::{EtcdCluster, Request, eventually};
use tempfile::TempDir;

use crate::bed::{YEAR_2096, node_with, put};

/// How long the first certificate can be used.
const LIFE: Duration = Duration::from_secs(15);

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

#[test]
fn a_new_certificate_is_used_without_a_restart_and_half_a_one_is_told_and_not_used() {
    let mut cluster = EtcdCluster::start_with_tls(1);
    let directory = TempDir::new().unwrap();
    let end = now() + LIFE;
    let first = Request::local().between(Duration::ZERO, end);
    let own = cluster.tls().unwrap().issue(&first, directory.path());
    let mut node = node_with(&cluster, &own);
    node.start();
    node.wait_for("its presence", |event| event.is("presence_joined"));

    // Whoever writes in place is read in the middle.
    let key = fs::read_to_string(&own.key_file).unwrap();
    put(&own.key_file, &key[..key.len() / 2], 0o600);
    cluster.restart(0);
    let told = node.wait_for("the fault", |event| event.says("etcd_files", "result", "refused"));
    assert!(told.message.contains(&own.key_file.display().to_string()), "{}", told.message);
    assert!(told.message.ends_with("what was read of it before goes on being used"), "{}", told.message);
    assert_eq!(told.level, "warn");

    let second = Request::local().between(Duration::ZERO, YEAR_2096);
    let _ = cluster.tls().unwrap().issue(&second, directory.path());
    eventually("the first certificate expires", || (now() > end).then_some(()));
    cluster.restart(0);
    let told = node.wait_for("the news", |event| event.says("etcd_files", "result", "renewed"));
    assert!(told.message.contains(&own.cert_file.display().to_string()), "{}", told.message);

    node.need_reboot();
    assert_eq!(node.exit_code(), None, "it was to reboot: {}", node.log_tail());
    assert_eq!(node.journal().starts(), ["node-a"]);
}
