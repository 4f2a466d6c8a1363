//! The parts that documents of several commands share. Keys are only ever added; docs/operator.md has them.

use crb_health::HealthRecord;
use crb_lock::{PauseBefore, PauseRecord, QueueKey};
use jiff::Timestamp;
use serde::Serialize;

/// A pause; all is null where it cannot be read.
#[derive(Debug, Default, Serialize)]
pub(super) struct PauseShown {
    by: Option<String>,
    reason: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

/// A node that is out.
#[derive(Debug, Serialize)]
pub(super) struct OutShown {
    node: String,
    phase: Option<&'static str>,
    since: Option<Timestamp>,
    deadline: Option<Timestamp>,
}

/// The last report of a node's health.
#[derive(Debug, Serialize)]
pub(super) struct ReportShown {
    healthy: bool,
    stage: String,
    reason: String,
    reported_at: Timestamp,
}

impl From<&PauseRecord> for PauseShown {
    fn from(PauseRecord { by, reason, since, until }: &PauseRecord) -> Self {
        Self { by: Some(by.clone()), reason: Some(reason.clone()), since: Some(*since), until: *until }
    }
}

impl PauseShown {
    pub(super) fn before(before: &PauseBefore) -> Option<Self> {
        match before {
            PauseBefore::Nothing => None,
            PauseBefore::Pause(record) => Some(record.into()),
            PauseBefore::Unreadable => Some(Self::default()),
        }
    }
}

impl From<&QueueKey> for OutShown {
    fn from(claim: &QueueKey) -> Self {
        let record = claim.record.as_ref();
        Self {
            node: claim.node().to_string(),
            phase: record.map(|record| record.phase.as_str()),
            since: record.and_then(|record| record.since),
            deadline: record.and_then(|record| record.deadline),
        }
    }
}

impl From<&HealthRecord> for ReportShown {
    fn from(record: &HealthRecord) -> Self {
        Self {
            healthy: record.healthy,
            stage: record.stage.clone(),
            reason: record.reason.clone(),
            reported_at: record.reported_at,
        }
    }
}
