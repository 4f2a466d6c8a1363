//! Zones as plain tables of whole seconds, and instants in them.

use std::sync::LazyLock;

use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;

/// From 2008 to 2036, so that Samoa's lost day is among it, and years for which zones have rules and no table.
const YEARS: std::ops::Range<i64> = 1_200_000_000..2_100_000_000;

/// How far beyond these years a case may look.
const BEYOND: i64 = 3 * 366 * DAY;

pub(crate) const DAY: i64 = 86_400;

/// Clocks that change by an hour at night, by half an hour, at midnight, by a whole day, at Ramadan, and never.
const NAMES: [&str; 8] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "UTC",
];

static ZONES: LazyLock<Vec<Zone>> = LazyLock::new(|| NAMES.into_iter().map(Zone::new).collect());

/// A zone: from which second on clocks are how many seconds ahead of UTC.
#[derive(Debug)]
pub(crate) struct Zone {
    name: &'static str,
    offsets: Vec<(i64, i64)>,
}

impl Zone {
    pub(crate) fn new(name: &'static str) -> Self {
        let zone = TimeZone::get(name).unwrap();
        let begin = timestamp(YEARS.start - BEYOND);
        let changes = zone.following(begin).map(|change| change.timestamp());
        let changes = changes.take_while(|change| change.as_second() < YEARS.end + BEYOND);
        let offset = |from: Timestamp| (from.as_second(), i64::from(zone.to_offset(from).seconds()));
        Self { name, offsets: [begin].into_iter().chain(changes).map(offset).collect() }
    }

    pub(crate) fn time_zone(&self) -> TimeZone {
        TimeZone::get(self.name).unwrap()
    }

    /// How far clocks are ahead of UTC at an instant.
    pub(crate) fn offset(&self, second: i64) -> i64 {
        self.offsets[self.offsets.partition_point(|(from, _)| *from <= second) - 1].1
    }

    /// When clocks change, from an instant on and before another.
    pub(crate) fn changes(&self, from: i64, to: i64) -> impl Iterator<Item = i64> {
        let all = self.offsets.iter().skip(1).map(|(change, _)| *change);
        all.filter(move |change| from <= *change && *change < to)
    }

    /// The second at which clocks show so many minutes of a day, counted from 1970: the first such second, and where
    /// clocks skip that time, the one at which they would have shown it, had they not been changed.
    pub(crate) fn second(&self, day: i64, minutes: i64) -> i64 {
        let clock = day * DAY + minutes * 60;
        // No offset is further from UTC than this, and no zone changes its clocks twice in so short a time.
        let far = 26 * 3_600;
        let offsets = [self.offset(clock - far), self.offset(clock + far)];
        let seconds = offsets.map(|offset| clock - offset);
        let shows = |second: &i64| second + self.offset(*second) == clock;
        seconds.into_iter().filter(shows).min().unwrap_or(seconds[0])
    }
}

pub(crate) fn timestamp(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// An instant in a zone: the last nanosecond of a second, or its first.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(crate) zone: &'static Zone,
    pub(crate) second: i64,
    pub(crate) last_nanosecond: bool,
}

impl Moment {
    pub(crate) fn now(&self) -> Timestamp {
        let nanosecond = if self.last_nanosecond { 999_999_999 } else { 0 };
        Timestamp::new(self.second, nanosecond).unwrap()
    }
}

/// Any instant of those years, or one within ten days of a clock change. Many are full quarters of an hour, where
/// windows open and close, and many the last nanosecond before.
pub(crate) fn moment() -> impl Strategy<Value = Moment> {
    (0..NAMES.len(), any::<prop::sample::Index>(), YEARS, -960..960_i64, 0..900_i64, 0..8_u8).prop_map(
        |(zone, change, anywhere, quarters, second, kind)| {
            let zone = &ZONES[zone];
            let changes: Vec<i64> = zone.changes(YEARS.start, YEARS.end).collect();
            let near = if kind < 2 || changes.is_empty() {
                anywhere - anywhere % 900
            } else {
                // Half of these within a day, where the change itself is felt.
                change.get(&changes) + 900 * if kind < 5 { quarters } else { quarters / 10 }
            };
            let (second, last_nanosecond) = match kind % 3 {
                0 => (near, false),
                1 => (near - 1, true),
                _ => (near + second, false),
            };
            Moment { zone, second, last_nanosecond }
        },
    )
}
