//! The loop: asks, decides, acts.
//!
//! A [`Node`] is what one machine brings: its detectors, health script, kill switch, windows and reboot command, which
//! are its [`Setup`] and may change while it is at work, and its [`Coordinator`](crb_lock::Coordinator). [`Daemon`] keeps it present in the fleet, publishes its
//! health, makes one pass after the other and carries a claim through. [`diagnose`] makes a single pass that
//! never commits. Which adapters a node has is all that tells `run`, `status`, `--once` and `demo` apart.

mod beyond;
mod carry_out;
mod closing;
mod daemon;
mod diagnose;
mod fleet_watch;
mod heartbeat;
mod hooks;
mod node;
mod overdue;
mod pass_run;
mod prepare;
mod presence;
mod probe;
mod publish;
mod pulse;
mod reboot_note;
mod recover;
mod retry;
mod run_marker;
mod seat;
mod setup;
mod signs;
mod store_watch;
mod turn;
mod undo;
mod verify;
mod wait;
mod watchdog;

pub use beyond::{Beyond, NotAsked, WhyNot};
pub use daemon::{Daemon, Stopped};
pub use diagnose::{Diagnosis, Report, diagnose};
pub use hooks::{Courier, Hook, HookContext, HookProgram, HookReport, HookRun, Hooks};
pub use node::{Jitter, KillSwitch, Node, Plan, RebootCommand};
pub use reboot_note::{LastReboot, RamNotes, RebootNote, RebootNotes};
pub use run_marker::{RunMarker, RunRecord};
pub use setup::{Reins, Setup};
pub use watchdog::Watchdog;
