//! Nodes that meet on a secured etcd, and files that only their owner may read.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;
use std::time::Duration;

use crb_testbed::{Certificates, EtcdCluster, TestNode};
use serde_json::{Value, json};

use crate::PROGRAM;

/// Long over, and long to come, since the epoch.
pub(crate) const YEAR_2001: Duration = Duration::from_secs(1_000_000_000);
pub(crate) const YEAR_2001_TOO: Duration = Duration::from_secs(1_000_086_400);
pub(crate) const YEAR_2096: Duration = Duration::from_secs(4_000_000_000);
pub(crate) const YEAR_2096_TOO: Duration = Duration::from_secs(4_000_086_400);

/// A node on `cluster`, with `certificates` of its own.
pub(crate) fn node_with(cluster: &EtcdCluster, certificates: &Certificates) -> TestNode {
    node(cluster).with("etcd_tls", tls(certificates))
}

pub(crate) fn tls(certificates: &Certificates) -> Value {
    json!({
        "enabled": true,
        "ca_file": certificates.ca_file,
        "cert_file": certificates.cert_file,
        "key_file": certificates.key_file,
    })
}

/// A node on `cluster`.
pub(crate) fn node(cluster: &EtcdCluster) -> TestNode {
    TestNode::new(PROGRAM, "node-a", &cluster.endpoints())
}

/// The same node as a user of etcd, with the password in a file of its directory.
pub(crate) fn as_user(node: TestNode, user: &str, password: &str) -> TestNode {
    let file = node.file("password");
    put(&file, password, 0o600);
    node.with("etcd_auth", json!({ "username": user, "password_file": file }))
}

/// Puts a file of a mode.
pub(crate) fn put(file: &Path, text: &str, mode: u32) {
    fs::write(file, text).unwrap();
    fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
}

/// All that a command said, in one line of single blanks.
pub(crate) fn said(output: &Output) -> String {
    let both = [&output.stdout[..], b" ", &output.stderr].concat();
    String::from_utf8_lossy(&both).split_whitespace().collect::<Vec<_>>().join(" ")
}
