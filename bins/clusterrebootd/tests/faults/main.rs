//! Real daemons on a real etcd of three members, and everything that can befall either: `cargo xtask faults`.
//!
//! docs/faults.md tells what is tried, and what each case must come to.

#![allow(clippy::unwrap_used, reason = "a test may")]
#![allow(clippy::print_stdout, reason = "every case says in one line what came of it")]

mod case;
mod etcd;
mod fault;
mod report;
mod scene;
mod step;
mod table;

use crb_testbed::{EtcdCluster, History};

use case::Bed;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_clusterrebootd");

/// The key of the lock of every case.
const LOCK: &str = "/test/lock";

/// So many fleets of three at once: most of a case is waiting.
const FLEETS_AT_ONCE: usize = 10;

/// The same for fleets of six, each with a cluster of its own.
const CLUSTERS_AT_ONCE: usize = 3;

#[test]
fn no_fault_at_any_step_of_the_protocol_lets_two_be_out() {
    let cluster = EtcdCluster::start(3);
    let history = History::of(&cluster);
    let bed = Bed { cluster: &cluster, history: &history };
    report::run(FLEETS_AT_ONCE, table::ROWS, table::Row::name, |row| case::run(row, &bed));
}

#[test]
fn nothing_that_befalls_etcd_lets_two_be_out() {
    report::run(CLUSTERS_AT_ONCE, etcd::CASES, |case| format!("etcd-{}", case.name), etcd::run);
}
