//! Real etcd clusters for tests, on free loopback ports.
//!
//! [`EtcdCluster`] starts one or three members, waits until they serve, can stop, kill and restart each of them,
//! and ends them all when it is dropped. A test that cannot have its cluster fails: every function here panics
//! with what is missing rather than letting a test pass that tested nothing.

mod certificates;
mod cluster;
mod member;
mod poll;
mod ports;
mod tools;

pub use certificates::Certificates;
pub use cluster::EtcdCluster;
pub use poll::poll_until;
