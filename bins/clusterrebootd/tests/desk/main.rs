//! The operator's commands on a real etcd: what they do, what they say, and that daemons obey.

#![allow(clippy::disallowed_methods, reason = "these tests start the program that they are about, at a time")]
#![allow(clippy::unwrap_used, reason = "a test may")]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod bed;
mod forget;
mod history;
mod lost;
mod obeyed;
mod pause;
mod terminal;
mod unlock;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_clusterrebootd");
