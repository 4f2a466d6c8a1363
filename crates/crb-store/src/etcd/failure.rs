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
    /// The store has answered that it does not know us, or not any more: nothing was applied, and who logs in anew may
    /// be let in.
    Unknown(StoreError),
    /// Nobody knows whether the call was applied. Another endpoint may answer.
    Lost(String),
}

impl Failure {
    pub(super) fn of(error: &Error, call: &Call) -> Self {
        match error {
            Error::GRpcStatus(status) if is_refusal(status) && is_about_login(status) => {
                Self::Unknown(refusal(status, call))
            }
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

/// A watch that was denied: some releases of etcd say so of an old token, too.
const WATCH_DENIED: &str = "etcdserver: permission denied, or the token is old";

/// What etcd says when it does not know us: the token is old, or of a time before the users were changed; the password
/// is not the user's; or nobody logged in, since there were no users then.
const LOGIN: [&str; 5] = [
    "etcdserver: invalid auth token",
    "etcdserver: revision of auth store is old",
    "etcdserver: authentication failed, invalid user ID or password",
    "etcdserver: user name is empty",
    WATCH_DENIED,
];

fn is_about_login(status: &Status) -> bool {
    LOGIN.contains(&status.message())
}

/// Whether etcd turned a login away since it knows no users.
pub(super) fn is_without_users(error: &Error) -> bool {
    matches!(error, Error::GRpcStatus(status) if status.message() == "etcdserver: authentication is not enabled")
}

/// The error of a watch that etcd ended as it was made, if it did so for want of a right.
pub(super) fn watch_denied(reason: &str) -> Option<Error> {
    let denials =
        ["permission denied", "invalid auth token", "revision of auth store is old", "user name is empty"];
    let denied = denials.iter().any(|words| reason.contains(words));
    denied.then(|| Error::GRpcStatus(Status::permission_denied(WATCH_DENIED)))
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
            "authentication failed, invalid user ID or password"
            | "user name is empty"
            | "revision of auth store is old",
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

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(code: Code, message: &str) -> Result<StoreError, String> {
        let call = Call::writes(operation::TXN).naming(Some(LeaseId(7))).at(Some(Revision(5)));
        match Failure::of(&Error::GRpcStatus(Status::new(code, message)), &call) {
            Failure::Refused(error) | Failure::Unknown(error) => Ok(error),
            Failure::Lost(detail) => Err(detail),
        }
    }

    #[test]
    fn what_etcd_says_that_it_did_not_do_is_a_refusal() {
        let refused = |text: &str| StoreError::Refused(text.to_owned());
        let denied = |text: &str| StoreError::Denied(text.to_owned());
        let cases = [
            (Code::NotFound, "requested lease not found", StoreError::LeaseNotFound(LeaseId(7))),
            (
                Code::OutOfRange,
                "mvcc: required revision has been compacted",
                StoreError::Compacted(Revision(5)),
            ),
            (
                Code::OutOfRange,
                "mvcc: required revision is a future revision",
                refused("mvcc: required revision is a future revision"),
            ),
            (
                Code::InvalidArgument,
                "duplicate key given in txn request",
                refused("duplicate key given in txn request"),
            ),
            (
                Code::ResourceExhausted,
                "mvcc: database space exceeded",
                refused("mvcc: database space exceeded"),
            ),
            (Code::PermissionDenied, "permission denied", denied("permission denied")),
            (Code::Unauthenticated, "invalid auth token", denied("invalid auth token")),
            (Code::InvalidArgument, "user name is empty", denied("user name is empty")),
        ];
        for (code, message, error) in cases {
            assert_eq!(outcome(code, &format!("etcdserver: {message}")), Ok(error), "{code:?}");
        }
    }

    #[test]
    fn who_is_not_known_may_log_in_anew() {
        let call = Call::writes(operation::TXN);
        let cases = [
            (Code::Unauthenticated, LOGIN[0], true),
            (Code::InvalidArgument, LOGIN[1], true),
            (Code::InvalidArgument, LOGIN[2], true),
            (Code::InvalidArgument, LOGIN[3], true),
            (Code::PermissionDenied, LOGIN[4], true),
            (Code::PermissionDenied, "etcdserver: permission denied", false),
            // What a proxy says is no word of etcd's.
            (Code::Unauthenticated, "invalid auth token", false),
        ];
        for (code, message, anew) in cases {
            let failure = Failure::of(&Error::GRpcStatus(Status::new(code, message)), &call);
            assert_eq!(
                matches!(failure, Failure::Unknown(StoreError::Denied(_))),
                anew,
                "{message}: {failure:?}"
            );
        }
    }

    #[test]
    fn what_may_have_been_done_is_no_refusal() {
        let cases = [
            (Code::Unavailable, "etcdserver: leader changed"),
            (Code::Unavailable, "etcdserver: no leader"),
            (Code::Unavailable, "etcdserver: request timed out"),
            (Code::DeadlineExceeded, "context deadline exceeded"),
            (Code::Cancelled, "etcdserver: request cancelled"),
            (Code::Unknown, "etcdserver: too many requests"),
            (Code::Internal, "h2 protocol error"),
            (Code::ResourceExhausted, "h2 protocol error: ENHANCE_YOUR_CALM"),
            (Code::PermissionDenied, "a proxy forbids"),
            (Code::InvalidArgument, "revision of auth store is old"),
        ];
        for (code, message) in cases {
            assert_eq!(outcome(code, message), Err(message.to_owned()), "{code:?}");
        }
    }
}
