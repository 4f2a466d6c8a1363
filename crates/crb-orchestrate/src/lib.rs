//! The loop: asks, decides, acts.
//!
//! A [`Node`] is what one machine brings: its detectors, health script, kill switch, windows, reboot command
//! and its [`Coordinator`](crb_lock::Coordinator). [`Daemon`] keeps it present in the fleet, publishes its
//! health, makes one pass after the other and carries a claim through. [`diagnose`] makes a single pass that
//! never commits. Which adapters a node has is all that tells `run`, `status`, `--once` and `demo` apart.

mod carry_out;
mod closing;
mod daemon;
mod diagnose;
mod fleet_watch;
mod heartbeat;
mod node;
mod overdue;
mod pass_run;
mod presence;
mod probe;
mod recover;
mod run_marker;
mod signs;
mod store_watch;
mod turn;
mod verify;
mod wait;

pub use daemon::{Daemon, Stopped};
pub use diagnose::{Diagnosis, Report, diagnose};
pub use node::{Jitter, KillSwitch, Node, Plan, RebootCommand};
pub use run_marker::{RunMarker, RunRecord};
