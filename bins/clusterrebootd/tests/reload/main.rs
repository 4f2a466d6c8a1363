//! A daemon that is told to load its configuration again: the real program, real signals, a real etcd.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod gates;
mod service;
mod start;
mod watchdog;

use crb_testbed::{EtcdCluster, TestNode};

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_clusterrebootd");

fn node(cluster: &EtcdCluster) -> TestNode {
    TestNode::new(PROGRAM, "node-a", &cluster.endpoints())
}
