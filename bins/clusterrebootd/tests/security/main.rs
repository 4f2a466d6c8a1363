//! The real program on a real etcd that is secured: TLS, users and roles, and what nobody else may learn.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod bed;
mod privileges;
mod roles;
mod rotation;
mod secrets;
mod tls;
mod users;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_clusterrebootd");
