//! Aborts in a row for one reason share an entry of the history: a node whose hook fails every minute would leave more than
//! a hundred thousand of them before the first one ends.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use crb_store::LeaseId;
use jiff::Timestamp;

use crate::finish::Ending;

/// An entry of the history, which may tell of several ends of claims for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) lease: LeaseId,
    reason: String,
    times: u64,
    since: Timestamp,
}

impl Entry {
    /// The entry of one more end for `reason`, which takes the place of the one `before`, if there is one.
    pub(crate) fn after(
        before: Option<&Self>,
        key: String,
        lease: LeaseId,
        reason: &str,
        now: Timestamp,
    ) -> Self {
        let (times, since) = before.map_or((0, now), |before| (before.times, before.since));
        Self { key, lease, reason: reason.to_owned(), times: times + 1, since }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.reason)?;
        match self.times {
            1 => Ok(()),
            times => write!(f, " ({times} times since {:.0})", self.since),
        }
    }
}

/// The last entry that this process put into the history, if that tells of an abort.
#[derive(Debug, Default)]
pub(crate) struct LastAborted(Mutex<Option<Entry>>);

impl LastAborted {
    /// The entry that one more `ending` for `reason` takes the place of.
    pub(crate) fn again(&self, ending: Ending, reason: &str) -> Option<Entry> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        last.filter(|last| ending == Ending::Aborted && last.reason == reason)
    }

    pub(crate) fn replace(&self, last: Option<Entry>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = last;
    }
}
