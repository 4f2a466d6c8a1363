//! Facts in, decision with reasons out.
//!
//! [`Pass`] is the step machine that says what to look at next and takes what was seen; the gates it walks
//! stand in one ordered table, [`Gate::ORDER`], used before the lock, under it, and before the command.
//! [`Policy`] judges the fleet, [`Decision`] carries an [`Outcome`] with its typed [`Reason`]s, and
//! [`resume`] and [`after_command`] say how a claim goes on.
//!
//! **Invariant:** no clock, no I/O, no async, no randomness: time and jitter come in as arguments.

mod backoff;
mod claim;
mod decision;
mod fleet;
mod gate;
mod hook;
mod names;
mod never_met;
mod outcome;
mod pass;
mod policy;
mod reason;
mod seen;

pub use backoff::Backoff;
pub use claim::{ClaimPhase, CommandEnd, MAX_RUNS, NextStep, Resume, after_command, resume};
pub use decision::Decision;
pub use fleet::{Cooldown, FleetFacts, Hold, Overdue, Pause, PeerState};
pub use gate::{Gate, Stage};
pub use hook::{HookEnd, HookPhase, OnFailure};
pub use names::{BootId, MachineId, NameError, NodeName};
pub use never_met::NeverMet;
pub use outcome::{ExitCode, Outcome};
pub use pass::{Action, Checked, Goal, LockUse, Pass, PassPlan};
pub use policy::{Basis, Policy};
pub use reason::Reason;
pub use seen::{
    CommitSeen, DetectorFinding, DetectorVerdict, KillSwitchSeen, Observation, Place, ScriptVerdict, Trouble,
    WindowState,
};
