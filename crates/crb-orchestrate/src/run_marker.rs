//! What the machine remembers of the reboot commands that ran in this boot, whatever becomes of the claim.

use std::io;

use crb_decide::{BootId, MAX_RUNS, Reason};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::node::Node;

/// A run of the reboot command, noted before it begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The boot in which it runs.
    pub boot_id: BootId,
    /// The key of the claim under which it runs.
    pub claim: String,
    /// Which run under this claim it is, from 1.
    pub runs: u32,
    /// When it was noted.
    pub at: Timestamp,
}

/// Where a machine remembers the last run of the reboot command.
///
/// It need not outlive the boot, but it must outlive the daemon. Errors say where it is.
pub trait RunMarker: Send + Sync {
    /// What was put last; `None`: nothing, or it was removed since.
    ///
    /// # Errors
    /// It cannot be read, or says nothing that can be understood.
    fn read(&self) -> io::Result<Option<RunRecord>>;

    /// Puts `record` in the place of the last one, whole or not at all.
    ///
    /// # Errors
    /// It could not be put for sure.
    fn put(&self, record: &RunRecord) -> io::Result<()>;

    /// Forgets what was put; nothing is a success.
    ///
    /// # Errors
    /// It may still be there.
    fn remove(&self) -> io::Result<()>;
}

impl Node {
    /// How often the reboot command ran in this boot before this daemon began, or may have; `None`: not once.
    pub(crate) fn earlier_runs(&self) -> Option<u32> {
        match self.marker.read() {
            Ok(None) => None,
            Ok(Some(run)) if run.boot_id == self.coordinator.identity().boot_id => Some(run.runs.max(1)),
            Ok(Some(_)) => {
                self.forget_runs();
                None
            }
            Err(error) => {
                let careful = format!(
                    "whether the reboot command ran in this boot cannot be told, so it is taken to have run as \
                     often as it may: {error}; if you know better, remove it and start the daemon again"
                );
                self.trouble("recovery", &careful);
                Some(MAX_RUNS)
            }
        }
    }

    /// That the command ran in this boot, or may have, as the marker tells an onlooker, who changes nothing.
    pub(crate) fn ran_in_this_boot(&self) -> Option<Reason> {
        let detail = match self.marker.read() {
            Ok(Some(run)) if run.boot_id == self.coordinator.identity().boot_id => {
                format!("run {} at {:.0}", run.runs, run.at)
            }
            Ok(_) => return None,
            Err(error) => error.to_string(),
        };
        Some(Reason::CommandRan { detail })
    }

    /// Notes the `runs`th run under the claim at `key`, which is about to begin.
    pub(crate) fn note_run(&self, key: &str, runs: u32) -> io::Result<()> {
        let boot_id = self.coordinator.identity().boot_id.clone();
        self.marker.put(&RunRecord { boot_id, claim: key.to_owned(), runs, at: self.now() })
    }

    /// Forgets runs that did not happen in this boot. One that cannot be forgotten makes the next start of the
    /// daemon too careful, and no more.
    pub(crate) fn forget_runs(&self) {
        if let Err(error) = self.marker.remove() {
            self.trouble("reboot", &error);
        }
    }
}
