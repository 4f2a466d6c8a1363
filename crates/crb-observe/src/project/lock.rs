//! The queue for the lock.

use std::time::Duration;

use crb_decide::Reason;

use super::Said;
use super::fields::{level, ms};
use crate::labels;
use crate::level::Level;
use crate::record::Fields;

pub(super) fn attempt(attempt: u32) -> Said {
    Said::info("asks for a place in the queue", Fields::default().with("attempt", attempt))
}

pub(super) fn backoff(attempt: u32, wait: Duration, reason: &Reason) -> Said {
    Said::new(
        level(reason),
        format!("waits: {reason}"),
        Fields::default().with("attempt", attempt).with("wait_ms", ms(wait)).with("reason", reason.code()),
    )
}

pub(super) fn acquired(attempt: u32, lease_id: &str, waited: Duration) -> Said {
    Said::info(
        "this node's turn",
        Fields::default().with("attempt", attempt).with("lease_id", lease_id).with("wait_ms", ms(waited)),
    )
}

pub(super) fn failed(attempt: u32, error: &str, waited: Duration) -> Said {
    Said::error(
        format!("no place in the queue: {error}"),
        Fields::default().with("attempt", attempt).with("wait_ms", ms(waited)).with("error", error),
    )
}

pub(super) fn released(lease_id: Option<&str>, reason: &str, acknowledged: bool, took: Duration) -> Said {
    let (level, message) = match (acknowledged, lease_id) {
        (true, _) => (Level::Info, format!("gave its place back: {reason}")),
        (false, Some(_)) => {
            (Level::Warn, format!("gave its place back, which the end of its lease will complete: {reason}"))
        }
        (false, None) => (Level::Error, format!("could not give its claim back: {reason}")),
    };
    Said::new(
        level,
        message,
        Fields::default()
            .with_some("lease_id", lease_id)
            .with("reason", reason)
            .with("result", labels::success(acknowledged))
            .with("duration_ms", ms(took)),
    )
}

pub(super) fn lost(error: &str) -> Said {
    Said::error(format!("lost its place in the queue: {error}"), Fields::default().with("error", error))
}
