//! What an operator does, who is no node: has no presence, waits in no queue, and decides what nodes may not.

mod accept;
mod forget;
pub(crate) mod history;
mod pause;
mod survey;
mod unlock;

use std::sync::Arc;
use std::time::Duration;

use crb_decide::{ClaimPhase, NodeName};
use crb_health::encode;
use crb_store::{KeyRange, Op, Store, StoreError};
use jiff::Timestamp;

use crate::keys::Keys;
use crate::records::HistoryRecord;
pub use accept::{Acceptance, Holds};
pub use forget::Forgettable;
pub use history::{History, HistoryEntry};
pub use pause::PauseBefore;
pub use survey::Survey;
pub use unlock::{ShownClaim, Whereabouts};

/// The steps of an operator.
///
/// A step whose answer was lost may have been applied: look, and make it again if it is still wanted.
pub struct Operator {
    store: Arc<dyn Store>,
    keys: Keys,
    who: String,
    history_keep: Option<Duration>,
}

/// Why a step of an operator was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OperatorError {
    /// The store did not answer, or refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The pause would have no time to last.
    #[error("a pause until {until:.0} is over already")]
    PauseIsOver {
        /// When it was to end.
        until: Timestamp,
    },
    /// The claim ended by itself, or an earlier try to unlock it was applied.
    #[error("the claim of {node} is gone already")]
    ClaimGone {
        /// Whose it was.
        node: NodeName,
    },
    /// What the operator was shown is no longer so.
    #[error("{node} or its claim has changed since it was shown: look at it again")]
    ClaimChanged {
        /// Whose it is.
        node: NodeName,
    },
    /// The claim was armed in the boot in which its node is present.
    #[error(
        "{node} is present, in the boot in which its reboot command may have run (its claim is {}): it may \
         still go down, and another node with it",
        .phase.as_str()
    )]
    MayGoDown {
        /// Whose claim it is.
        node: NodeName,
        /// Where the node is on its way.
        phase: ClaimPhase,
    },
    /// A node that is there is not forgotten.
    #[error("{node} is present: it would be back on the roster at once; stop its daemon first")]
    Present {
        /// The node.
        node: NodeName,
    },
    /// A node that is out, or may soon be, is not forgotten.
    #[error("{node} has a claim, or waits in the queue")]
    InQueue {
        /// The node.
        node: NodeName,
    },
    /// There is nothing to forget.
    #[error("{node} is not on the roster")]
    NotOnRoster {
        /// The node.
        node: NodeName,
    },
}

impl Operator {
    /// The operator `who`, as the store's records are to call her. The history of what she ends is kept for
    /// `history_keep`; `None`: none is written.
    pub fn new(
        store: Arc<dyn Store>,
        keys: Keys,
        who: impl Into<String>,
        history_keep: Option<Duration>,
    ) -> Self {
        Self { store, keys, who: who.into(), history_keep }
    }

    fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// What puts `entry` into the history, for what came of `node`; nothing, where none is kept.
    async fn put_history(&self, node: &NodeName, entry: &HistoryRecord) -> Result<Option<Op>, OperatorError> {
        let Some(keep) = self.history_keep else { return Ok(None) };
        let lease = self.store.grant(keep).await?;
        Ok(Some(Op::put_leased(self.keys.history(entry.ended_at, node), encode(entry), lease)))
    }

    /// What her decisions about `node` rest on, in the order queue, guard, health, presence.
    fn around(&self, node: &NodeName) -> [KeyRange; 4] {
        [
            self.keys.queue(),
            KeyRange::key(self.keys.guard()),
            KeyRange::key(self.keys.health(node)),
            KeyRange::key(self.keys.alive(node)),
        ]
    }
}
