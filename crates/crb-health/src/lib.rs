//! Is this node healthy, and is the fleet?
//!
//! The script gate asks the operator's health script. [`OwnHealth`] publishes what it said, on change only.
//! [`RosterFacts`] judges from published records, presence and claims how every peer is.

mod own;
mod record;
mod roster;
mod script;

pub use own::{OwnHealth, Published, Statement};
pub use record::{AliveRecord, HealthRecord, encode};
pub use roster::{Report, RosterFacts};
pub use script::{HealthCheck, RelativePath, RunContext, Script, ScriptPhase, ScriptReport};
