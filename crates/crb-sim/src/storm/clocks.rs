//! Wall clocks that may be wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crb_observe::Clock;
use jiff::{SignedDuration, Timestamp};

/// A machine's wall clock: the true time, and by how much it is off.
#[derive(Debug, Default)]
pub(crate) struct Wrong(AtomicI64);

impl Wrong {
    /// Sets it ahead by so many seconds, or back.
    pub(crate) fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::Relaxed);
    }

    /// By how much it is off.
    pub(crate) fn offset(&self) -> SignedDuration {
        SignedDuration::from_secs(self.0.load(Ordering::Relaxed))
    }
}

/// The clock that shows `right` as `wrong` has it.
pub(crate) fn clock(right: &Clock, wrong: &Arc<Wrong>) -> Clock {
    let (right, wrong) = (Arc::clone(right), Arc::clone(wrong));
    Arc::new(move || {
        let now: Timestamp = right();
        now.saturating_add(wrong.offset()).unwrap_or(now)
    })
}
