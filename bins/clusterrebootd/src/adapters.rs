//! Adapters: what the machine offers, behind the traits that the loop asks for.

mod hook;
mod kept_file;
mod kill_switch;
mod memory_file;
mod reboot;
mod reboot_notes;
mod run_marker;
mod runtime_file;
mod script_env;
mod standing_file;

pub(crate) use hook::{SystemHook, run as run_hook};
pub(crate) use kill_switch::KillSwitchFile;
pub(crate) use memory_file::{MemoryFile, MemoryReader};
pub(crate) use reboot::SystemReboot;
pub(crate) use reboot_notes::{RebootNotesFile, last_reboot};
pub(crate) use run_marker::RunMarkerFile;
pub(crate) use script_env::script_environment;
pub(crate) use standing_file::{Kept, StandingFile};
