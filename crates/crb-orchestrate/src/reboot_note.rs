//! What a node notes of the reboot under way, over the boot, and what it leaves for others to read when it is back.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use crb_decide::{BootId, NodeName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::hooks::HookRun;

/// A reboot under way. It is noted before the first hook, and forgotten when the claim has ended and all that hooks
/// have to undo is undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RebootNote {
    /// The key of the claim.
    pub claim: String,
    /// The boot in which it was made.
    pub boot_id: BootId,
    /// When it was made.
    pub committed_at: Timestamp,
    /// The detectors that asked for the reboot.
    pub detectors: Vec<String>,
    /// Whether `pre_reboot` hooks began, so that the `post_reboot` ones are owed.
    pub hooks_began: bool,
    /// What came of the hooks so far.
    pub hooks: Vec<HookRun>,
    /// When the claim was first found in another boot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_at: Option<Timestamp>,
}

/// The last reboot of this machine that was proven good, for those who want to know in the boot that it led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastReboot {
    /// The node.
    pub node: NodeName,
    /// The boot that it led to.
    pub boot_id: BootId,
    /// The boot that it ended, if the claim told.
    pub boot_before: Option<BootId>,
    /// When the claim was made, if it told.
    pub committed_at: Option<Timestamp>,
    /// When the daemon first found the claim in the new boot.
    pub back_at: Timestamp,
    /// When the claim was given back.
    pub verified_at: Timestamp,
    /// The detectors that had asked for it; empty: not known any more.
    pub detectors: Vec<String>,
    /// How often the claim was armed, which is about how often the command was run.
    pub attempts: u32,
    /// The key of its entry in the history in etcd, if there is one and its answer was not lost.
    pub history: Option<String>,
    /// What came of the hooks.
    pub hooks: Vec<HookRun>,
}

/// Where a machine notes its reboots. Errors say where that is.
#[async_trait]
pub trait RebootNotes: Send + Sync {
    /// The note of the reboot under way; `None`: there is none.
    ///
    /// # Errors
    /// It cannot be read, or says nothing that can be understood.
    fn read(&self) -> io::Result<Option<RebootNote>>;

    /// Puts `note` in the place of the last one, whole or not at all, so that it outlives the boot.
    ///
    /// # Errors
    /// It could not be put for sure.
    async fn put(&self, note: &RebootNote) -> io::Result<()>;

    /// Forgets the note; nothing is a success.
    ///
    /// # Errors
    /// It may still be there.
    async fn remove(&self) -> io::Result<()>;

    /// Leaves word of a reboot that is proven good, for as long as its boot lasts.
    ///
    /// # Errors
    /// It could not be left.
    fn publish(&self, reboot: &LastReboot) -> io::Result<()>;
}

/// Notes that end with the process: for fleets that are pretended, and for whoever has no disk.
#[derive(Debug, Default)]
pub struct RamNotes(Mutex<(Option<RebootNote>, Option<LastReboot>)>);

impl RamNotes {
    /// The last reboot that was proven good.
    pub fn last(&self) -> Option<LastReboot> {
        self.lock().1.clone()
    }

    fn lock(&self) -> MutexGuard<'_, (Option<RebootNote>, Option<LastReboot>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl RebootNotes for RamNotes {
    fn read(&self) -> io::Result<Option<RebootNote>> {
        Ok(self.lock().0.clone())
    }

    async fn put(&self, note: &RebootNote) -> io::Result<()> {
        self.lock().0 = Some(note.clone());
        Ok(())
    }

    async fn remove(&self) -> io::Result<()> {
        self.lock().0 = None;
        Ok(())
    }

    fn publish(&self, reboot: &LastReboot) -> io::Result<()> {
        self.lock().1 = Some(reboot.clone());
        Ok(())
    }
}
