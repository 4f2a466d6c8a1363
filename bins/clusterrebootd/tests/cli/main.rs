//! The command line, as a shell sees it: what is printed where, and with which code it ends. Needs no etcd.

#![allow(clippy::disallowed_methods, reason = "these tests start the program that they are about")]
#![allow(clippy::unwrap_used, reason = "a test may")]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod bed;
mod colours;
mod config;
mod faults;
mod passes;
mod simulate;
mod single;
mod status;
mod usage;
