//! Why a run could not be proven safe.

use crb_decide::NodeName;
use crb_store::{Revision, StoreError};

/// A run that came to no summary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SimError {
    /// Something happened that must never happen.
    #[error("the protocol was violated")]
    Violated(#[from] Violation),
    /// The oracle could not follow the store, so nothing is proven.
    #[error("the store could not be followed")]
    Store(#[from] StoreError),
    /// A daemon panicked.
    #[error("a machine's daemon died: {0}")]
    Died(String),
}

/// What the oracle saw that must never be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// More keys of the queue are without a lease than nodes may be out (invariant I1, in the store).
    #[error("at revision {revision} there are {} claims in {slots} slots: {}", .claims.len(), .claims.join(", "))]
    TooManyClaims {
        /// When.
        revision: Revision,
        /// How many there may be.
        slots: usize,
        /// The nodes, or keys, that hold them.
        claims: Vec<String>,
    },
    /// More machines are down, or back and not yet released, than may be (invariant I1, of the machines).
    #[error("{} machines are away in {slots} slots: {}", .nodes.len(), names(.nodes))]
    TooManyAway {
        /// How many there may be.
        slots: usize,
        /// The machines.
        nodes: Vec<NodeName>,
    },
    /// A machine went down by its reboot command, and no claim in the store says so (invariant I2).
    #[error("{node} went down without a claim in the store")]
    Uncovered {
        /// The machine.
        node: NodeName,
    },
}

fn names(nodes: &[NodeName]) -> String {
    nodes.iter().map(NodeName::as_str).collect::<Vec<_>>().join(", ")
}
