//! What an error means: a definite refusal, or nothing that we could know.

use std::error::Error as _;

use etcd_client::Error;
use tonic::{Code, Status};

use crate::{LeaseId, Revision, StoreError, operation};

/// What is asked of etcd, as far as errors have to speak of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub(super) operation: &'static str,
    lease: Option<LeaseId>,
    revision: Option<Revision>,
    writes: bool,
}

impl Call {
    /// A call that changes nothing.
    pub(super) const fn reads(operation: &'static str) -> Self {
        Self { operation, lease: None, revision: None, writes: false }
    }

    /// A call that changes something.
    pub(super) const fn writes(operation: &'static str) -> Self {
        Self { writes: true, ..Self::reads(operation) }
    }

    /// The lease that the call names.
    pub(super) const fn naming(self, lease: Option<LeaseId>) -> Self {
        Self { lease, ..self }
    }

    /// The revision that the call names.
    pub(super) const fn at(self, revision: Option<Revision>) -> Self {
        Self { revision, ..self }
    }

    /// The error of a call that no endpoint answered, given what each of them said last.
    pub(super) fn failed(&self, seen: &[(String, String)]) -> StoreError {
        match seen.last() {
            Some((endpoint, detail)) if self.writes => self.unanswered(endpoint, detail.clone()),
            _ => {
                let lines: Vec<String> =
                    seen.iter().map(|(endpoint, detail)| format!("{endpoint}: {detail}")).collect();
                StoreError::Unreachable { detail: lines.join("; ") }
            }
        }
    }

    /// The error of a call that was sent to `endpoint` in vain.
    pub(super) fn unanswered(&self, endpoint: &str, detail: String) -> StoreError {
        StoreError::Unanswered { operation: self.operation, endpoint: endpoint.to_owned(), detail }
    }
}

/// How an attempt failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The store has answered, and refuses: nothing was applied, and no other endpoint would say otherwise.
    Refused(StoreError),
    /// Nobody knows whether the call was applied. Another endpoint may answer.
    Lost(String),
}

impl Failure {
    pub(super) fn of(error: &Error, call: &Call) -> Self {
        match error {
            Error::GRpcStatus(status) if is_refusal(status) => Self::Refused(refusal(status, call)),
            Error::LeaseKeepAliveError(message) if message == "lease not found" => {
                Self::Refused(StoreError::LeaseNotFound(call.lease.unwrap_or(LeaseId(0))))
            }
            // It never left us.
            Error::InvalidArgs(message) => Self::Refused(StoreError::Refused(message.clone())),
            Error::GRpcStatus(status) => Self::Lost(describe(status)),
            other => Self::Lost(other.to_string()),
        }
    }
}

/// Whether etcd itself says that it did not do it. Anything that a proxy, the transport or a member in trouble may
/// have said is no such word.
fn is_refusal(status: &Status) -> bool {
    let definite = matches!(
        status.code(),
        Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::ResourceExhausted
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unauthenticated
    );
    definite && status.message().starts_with("etcdserver: ")
}

fn refusal(status: &Status, call: &Call) -> StoreError {
    let message = status.message().trim_start_matches("etcdserver: ").to_owned();
    match (status.code(), message.as_str()) {
        (Code::NotFound, "requested lease not found") => {
            StoreError::LeaseNotFound(call.lease.unwrap_or(LeaseId(0)))
        }
        (Code::OutOfRange, "mvcc: required revision has been compacted") => {
            StoreError::Compacted(call.revision.unwrap_or(Revision::NEVER))
        }
        (Code::PermissionDenied | Code::Unauthenticated, _)
        | (
            Code::InvalidArgument,
            "authentication failed, invalid user ID or password" | "user name is empty",
        ) => StoreError::Denied(message),
        _ => StoreError::Refused(message),
    }
}

/// The whole chain of what went wrong, each link once.
fn describe(status: &Status) -> String {
    let mut text = status.message().to_owned();
    let mut source = status.source();
    while let Some(error) = source {
        let more = error.to_string();
        // The chain repeats itself, and opens with words that say nothing.
        if text.is_empty() || text == "transport error" || text == "tcp connect error" {
            text = more;
        } else if !text.contains(&more) && more != "transport error" {
            text = format!("{text}: {more}");
        }
        source = error.source();
    }
    text
}

/// Why etcd ended a watch that began at `from`.
pub(super) fn watch_ended(endpoint: &str, from: Revision, compacted: i64, reason: &str) -> StoreError {
    if compacted > 0 {
        StoreError::Compacted(from)
    } else if reason.contains("permission denied") {
        StoreError::Denied(reason.to_owned())
    } else {
        let reason = if reason.is_empty() { "etcd ended the watch" } else { reason };
        Call::reads(operation::WATCH).unanswered(endpoint, reason.to_owned())
    }
}
