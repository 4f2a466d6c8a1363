//! What can go wrong on the way to the store and back.

use crate::kv::{LeaseId, Revision};

/// A call to the store that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The call was sent and no answer came in time: it may or may not have been applied.
    #[error("no answer to {operation} from {endpoint}: {detail}")]
    Unanswered {
        /// The operation, in the words of telemetry (`txn`, `range`, `lease_grant`, …).
        operation: &'static str,
        /// The endpoint it went to.
        endpoint: String,
        /// What was seen instead of an answer.
        detail: String,
    },
    /// No endpoint could be reached: the call was not applied.
    #[error("no endpoint answers: {detail}")]
    Unreachable {
        /// What each endpoint said.
        detail: String,
    },
    /// The lease has ended, or never was.
    #[error("lease {0} has ended")]
    LeaseNotFound(LeaseId),
    /// The revision asked for was compacted away.
    #[error("revision {0} was compacted away")]
    Compacted(Revision),
    /// The store knows who we are and refuses, or does not know us.
    #[error("the store denies access: {0}")]
    Denied(String),
    /// The store refused the call for another reason; it was not applied.
    #[error("the store refused the call: {0}")]
    Refused(String),
}

impl StoreError {
    /// A word for the kind of error, as metrics show it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unanswered { .. } => "unanswered",
            Self::Unreachable { .. } => "unreachable",
            Self::LeaseNotFound(_) => "lease_not_found",
            Self::Compacted(_) => "compacted",
            Self::Denied(_) => "denied",
            Self::Refused(_) => "refused",
        }
    }

    /// Whether the call may have been applied all the same.
    pub const fn is_unanswered(&self) -> bool {
        matches!(self, Self::Unanswered { .. })
    }
}
