//! Watches: a stream of changes that wakes, and on which no safety rests.

use std::fmt;

use tokio::sync::mpsc;

use crate::error::StoreError;
use crate::kv::{KeyValue, Revision};

/// One change of one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchEvent {
    /// The key was written.
    Put(KeyValue),
    /// The key was deleted, or ended with its lease.
    Delete {
        /// The key.
        key: String,
        /// When it went.
        revision: Revision,
    },
}

impl WatchEvent {
    /// The key that changed.
    pub fn key(&self) -> &str {
        match self {
            Self::Put(pair) => &pair.key,
            Self::Delete { key, .. } => key,
        }
    }
}

/// The changes of one revision, as far as they lie in the ranges watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchBatch {
    /// The revision of the changes.
    pub revision: Revision,
    /// The changes, in the order in which the store gives them.
    pub events: Vec<WatchEvent>,
}

/// A running watch. Dropping it ends it.
pub struct Watch {
    batches: mpsc::UnboundedReceiver<Result<WatchBatch, StoreError>>,
    tap: Option<Tap>,
}

/// Who looks on at what a watch tells.
type Tap = Box<dyn Fn(&WatchBatch) + Send + Sync>;

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

/// The implementation's end of a [`Watch`].
pub type WatchSender = mpsc::UnboundedSender<Result<WatchBatch, StoreError>>;

/// Makes a watch and the sender that feeds it.
pub fn watch_channel() -> (WatchSender, Watch) {
    let (sender, batches) = mpsc::unbounded_channel();
    (sender, Watch { batches, tap: None })
}

impl Watch {
    /// Waits for the next change. Safe to cancel.
    ///
    /// # Errors
    /// The watch has ended (compaction, lost connection): read anew and watch from there.
    pub async fn next(&mut self) -> Result<WatchBatch, StoreError> {
        let batch =
            self.batches.recv().await.unwrap_or_else(|| {
                Err(StoreError::Unreachable { detail: "the watch has ended".to_owned() })
            })?;
        if let Some(tap) = &self.tap {
            tap(&batch);
        }
        Ok(batch)
    }

    /// The same, and shows `tap` every change that is taken from it.
    #[must_use]
    pub fn tapped(self, tap: impl Fn(&WatchBatch) + Send + Sync + 'static) -> Self {
        Self { tap: Some(Box::new(tap)), ..self }
    }
}
