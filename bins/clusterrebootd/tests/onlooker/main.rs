//! `fleet` on a real etcd: real nodes, ten thousand records, and what a person sees of it at a real terminal.

#![allow(clippy::disallowed_methods, reason = "these tests start the program that they are about, at a time")]
#![allow(clippy::unwrap_used, reason = "a test may")]
#![allow(clippy::print_stdout, reason = "what a crowd takes is to be seen")]

mod bed;
mod crowd;
mod document;
mod nodes;
mod refused;
mod stream;
mod terminal;
mod watch;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_clusterrebootd");
