//! Real time in stretches between two clock changes, in each of which civil time simply runs on.

use jiff::{
    SignedDuration, Timestamp,
    civil::DateTime,
    tz::{Offset, TimeZone},
};

const NANOSECOND: SignedDuration = SignedDuration::from_nanos(1);

/// A part of the time from one clock change until just before the next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment {
    /// The clock change; where there never was one, the same as `from`.
    pub(crate) changed: Timestamp,
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) offset: Offset,
    /// How clocks were set before the change.
    before: Offset,
}

impl Segment {
    /// The segments of `zone` from `from` until `until`. The change before the first one lies before `from`, and is told
    /// all the same: what it repeats may last beyond.
    pub(crate) fn all(zone: &TimeZone, from: Timestamp, until: Timestamp) -> impl Iterator<Item = Self> {
        let before = |change: Timestamp| {
            let just_before = change.saturating_sub(NANOSECOND).unwrap_or(Timestamp::MIN);
            zone.to_offset(just_before)
        };
        let up_to_now = from.saturating_add(NANOSECOND).unwrap_or(Timestamp::MAX);
        let last_change = zone.preceding(up_to_now).next().map(|change| change.timestamp());
        let last_change = last_change.map_or((from, zone.to_offset(from)), |change| (change, before(change)));

        let mut ahead = zone.following(from).map(|change| change.timestamp());
        let mut next = Some((last_change, from));
        std::iter::from_fn(move || {
            let ((changed, before), from) = next.take().filter(|(_, from)| *from < until)?;
            let offset = zone.to_offset(from);
            let end = ahead.next().map_or(until, |change| change.min(until));
            next = Some(((end, offset), end));
            Some(Self { changed, from, until: end, offset, before })
        })
    }

    /// What clocks show at the beginning and at the end.
    pub(crate) fn civil(&self) -> (DateTime, DateTime) {
        (self.offset.to_datetime(self.from), self.offset.to_datetime(self.until))
    }

    /// What clocks showed when they were changed, and what they show since then.
    pub(crate) fn change(&self) -> (DateTime, DateTime) {
        (self.before.to_datetime(self.changed), self.offset.to_datetime(self.changed))
    }
}
