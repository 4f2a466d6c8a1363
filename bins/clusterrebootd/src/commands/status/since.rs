//! Since when a reason holds: by the record that says so, or by the daemon whose passes it holds back.

use crb_decide::Reason;
use crb_lock::{QueueKey, View};
use crb_observe::Standing;
use jiff::Timestamp;

/// Who knows since when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Since<'a> {
    /// The shared state, where it was looked at.
    pub(crate) view: Option<&'a View>,
    /// This node's own place or claim in it.
    pub(crate) own: Option<&'a QueueKey>,
    /// What the running daemon knows.
    pub(crate) standing: Option<&'a Standing>,
}

impl Since<'_> {
    /// Since when `reason` holds; `None`: nobody has kept just this one.
    pub(crate) fn of(&self, reason: &Reason) -> Option<Timestamp> {
        self.recorded(reason).or_else(|| self.standing?.since(reason))
    }

    fn recorded(&self, reason: &Reason) -> Option<Timestamp> {
        let view = self.view?;
        match reason {
            Reason::Paused { .. } => view.dates.paused(),
            Reason::PeerUnhealthy { node, reason, .. } => view.dates.unhealthy(node, reason),
            Reason::RebootOverdue(overdue) => overdue.since,
            Reason::RebootingElsewhere { nodes, .. } => {
                let claims = view.queue.keys.iter().filter(|key| key.lease.is_none());
                claims
                    .filter(|key| nodes.contains(&key.node()))
                    .filter_map(|key| key.record.as_ref()?.since)
                    .min()
            }
            Reason::BehindInQueue { .. } => self.own?.record.as_ref().map(|record| record.acquired_at),
            _ => None,
        }
    }
}
