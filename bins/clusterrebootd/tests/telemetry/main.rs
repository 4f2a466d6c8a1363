//! Everything that a daemon tells: its log, its metrics, and `status` as JSON.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod catalogue;
mod log;
mod rollout;
mod scrape;
mod status;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_clusterrebootd");
