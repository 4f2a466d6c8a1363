//! The real program on a real etcd: many nodes, rivals, and how a daemon ends.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod farewell;
mod queue;
mod restored;
mod rivals;
mod rollout;
mod stale_reads;
mod start;
mod stuck;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_clusterrebootd");
