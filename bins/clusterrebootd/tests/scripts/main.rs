//! The example scripts, each against stand-ins of what it asks: which situation gives which verdict.

#![allow(clippy::disallowed_methods, reason = "these tests start the scripts that they are about")]
#![allow(clippy::unwrap_used, reason = "a test may")]

mod all;
mod bed;
mod ceph;
mod etcd;
mod galera;
mod haproxy;
mod http;
mod kubernetes;
mod lint;
mod messages;
mod settings;
mod web;
