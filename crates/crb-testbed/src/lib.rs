//! Real etcd clusters and real daemons for tests, on free loopback ports.
//!
//! [`EtcdCluster`] starts one or three members, waits until they serve, can stop, kill and restart each of them,
//! and ends them all when it is dropped. [`TestNode`] does the same for a daemon and the machine around it.
//! A test that cannot have what it needs fails: every function here panics with what is missing rather than
//! letting a test pass that tested nothing.

mod certificates;
mod cluster;
mod daemon;
mod member;
mod poll;
mod ports;
mod snapshot;
mod tools;

pub use certificates::Certificates;
pub use cluster::EtcdCluster;
pub use daemon::{Entry, Event, Journal, Rival, Signal, TestNode, eventually};
pub use poll::poll_until;
pub use snapshot::Snapshot;
