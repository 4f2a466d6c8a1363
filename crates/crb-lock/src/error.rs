//! Why a step of the protocol could not be made.

use crb_decide::Trouble;
use crb_store::StoreError;

/// A step that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// The store did not answer, or refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another machine is in the fleet under this node's name.
    #[error("machine {machine_id} is in the fleet under this node's name")]
    NameTaken {
        /// The other machine.
        machine_id: String,
    },
    /// The node has not joined, or its presence has ended.
    #[error("the node is not present in the fleet: {detail}")]
    NotPresent {
        /// What is known of it.
        detail: String,
    },
    /// The place in the queue is gone.
    #[error("the place in the queue is gone")]
    PlaceGone,
    /// The store has gone backwards, or is another one, and no operator has confirmed it.
    #[error("{node} found that etcd has gone backwards: {reason}")]
    StoreRegressed {
        /// Who noticed: this node.
        node: String,
        /// What it noticed.
        reason: String,
    },
    /// What this node has to remember over a reboot could not be saved.
    #[error("what this node has to remember of etcd could not be saved: {detail}")]
    NotSaved {
        /// Why.
        detail: String,
    },
    /// A commit of this node that was not answered turned out to have been applied.
    #[error("an earlier commit of this node was applied late")]
    LateCommit,
}

impl From<LockError> for Trouble {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Store(error) => Self::StoreFailed(error.to_string()),
            LockError::NameTaken { machine_id } => Self::NameTaken { machine_id },
            LockError::NotPresent { detail } => Self::PresenceLost(detail),
            LockError::StoreRegressed { node, reason } => Self::StoreRegressed { node, reason },
            LockError::NotSaved { detail } => Self::NotSaved(detail),
            LockError::PlaceGone | LockError::LateCommit => Self::PlaceLost(error.to_string()),
        }
    }
}
