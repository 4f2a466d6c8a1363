//! What happened to the machines and when: the one place that all that watch them report to, and that has the clock.
#![allow(clippy::disallowed_methods, reason = "this file alone reads the clocks")]

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crb_testbed::poll_until;

use crate::patience::stretched;
use crate::timeline::{Happening, Power, What};
use crate::trouble::{Outcome, Trouble};

/// Everything that has happened so far. Clones are the same log.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    begun: Instant,
    begun_at: Duration,
    happenings: Arc<Mutex<Vec<Happening>>>,
}

impl Log {
    pub(crate) fn new() -> Self {
        let begun_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { begun: Instant::now(), begun_at, happenings: Arc::default() }
    }

    /// The time since this log was begun.
    pub(crate) fn now(&self) -> Duration {
        self.begun.elapsed()
    }

    /// A time of this log, since the epoch.
    pub(crate) fn since_epoch(&self, at: Duration) -> Duration {
        self.begun_at + at
    }

    /// A time since the epoch, in this log.
    pub(crate) fn of_epoch(&self, at: Duration) -> Duration {
        at.saturating_sub(self.begun_at)
    }

    /// Writes down what happens to `node` just now.
    pub(crate) fn add(&self, node: &str, what: What) {
        let mut happenings = self.happenings.lock().unwrap_or_else(PoisonError::into_inner);
        // The time is read under the lock, so that the order is that of the times.
        happenings.push(Happening { at: self.begun.elapsed(), node: node.to_owned(), what });
    }

    /// Everything from `from` on, in order.
    pub(crate) fn from(&self, from: Duration) -> Vec<Happening> {
        let happenings = self.happenings.lock().unwrap_or_else(PoisonError::into_inner);
        happenings.iter().filter(|happening| happening.at >= from).cloned().collect()
    }

    /// How `node` stands after all that.
    pub(crate) fn power(&self, node: &str) -> Power {
        let happenings = self.happenings.lock().unwrap_or_else(PoisonError::into_inner);
        let own = happenings.iter().filter(|happening| happening.node == node);
        own.fold(Power::Off, |power, happening| power.after(&happening.what))
    }
}

/// Asks until the answer is there, `limit` long or as much longer as patience was asked for; whatever keeps it from being asked ends the wait.
pub(crate) fn until<T>(
    what: impl Into<String>,
    limit: Duration,
    mut condition: impl FnMut() -> Outcome<Option<T>>,
) -> Outcome<T> {
    let limit = stretched(limit);
    let found = poll_until(limit, || condition().transpose());
    found.unwrap_or_else(|| Err(Trouble::InVain { what: what.into(), limit }))
}
