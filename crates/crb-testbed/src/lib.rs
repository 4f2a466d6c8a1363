//! Real etcd clusters and real daemons for tests, on free loopback ports.
//!
//! [`EtcdCluster`] starts one or three members, waits until they serve, can stop, kill and restart each of them,
//! and ends them all when it is dropped. [`TestNode`] does the same for a daemon and the machine around it, and a
//! [`Fleet`] is several of them. A [`Line`] between the two can be cut; a [`Network`] takes members apart; a
//! [`Terminal`] shows what a person sees of a command; a [`History`] remembers everything, and an [`Oracle`] judges it.
//!
//! A test that cannot have what it needs fails: every function here panics with what is missing rather than
//! letting a test pass that tested nothing.

mod certificates;
mod cluster;
mod daemon;
mod disk;
mod history;
mod line;
mod member;
mod network;
mod oracle;
mod poll;
mod ports;
mod ran;
mod snapshot;
mod spec;
mod terminal;
mod tools;

pub use certificates::{Certificates, Request};
pub use cluster::EtcdCluster;
pub use daemon::{Entry, Event, Fleet, Journal, Rival, Signal, TestNode, eventually};
pub use disk::SmallDisk;
pub use history::{Change, History, Put};
pub use line::{Catch, Held, Line, Moment, Sent, Signature};
pub use network::Network;
pub use oracle::{End, Oracle, Outing};
pub use poll::poll_until;
pub use ran::Ran;
pub use snapshot::Snapshot;
pub use spec::ClusterSpec;
pub use terminal::{Terminal, Typed};
