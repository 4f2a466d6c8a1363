//! What blocks a reboot, on a real etcd and through the real program: each thing at each time, and nothing else.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod bed;
mod events;
mod hooks;
mod local;
mod marker;
mod peers;
mod waiting;
