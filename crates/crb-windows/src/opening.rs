//! One stretch of real time during which a window is open.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// From `start` until just before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) start: Timestamp,
    pub(crate) end: Timestamp,
}

impl Opening {
    /// The instants of a civil stretch in `zone`.
    ///
    /// A civil time that a clock change skips counts as that much later, and the first of two equal ones
    /// counts (RFC 5545, section 3.3.5). A stretch may thus come out empty. Nothing comes of civil times too
    /// far off to be instants.
    pub(crate) fn between(start: DateTime, end: DateTime, zone: &TimeZone) -> Option<Self> {
        let instant = |civil| zone.to_ambiguous_timestamp(civil).compatible().ok();
        Some(Self { start: instant(start)?, end: instant(end)? })
    }

    pub(crate) fn is_empty(self) -> bool {
        self.start >= self.end
    }
}
