//! Windows that open whenever a cron expression matches: `{cron: "0 2 * * 6", duration: 4h}`.
//!
//! Civil time and clock changes meet as cron(8) of Vixie cron has it, for changes of less than three hours:
//!
//! - An expression whose minutes and hours both begin without a `*` names points of the day. Those that clocks skip
//!   open the window at once after the change; those that clocks repeat open it the first time only.
//! - An expression with a `*` in front of its minutes or hours goes with the clock: what is skipped does not open,
//!   and what is repeated opens twice.
//!
//! Where clocks skip three hours or more, as a country does that moves across the date line, nothing skipped opens.
//! Once open, a window lasts its duration of elapsed time.

mod expression;

use std::fmt;

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, DateTime, Time, time},
    tz::{Offset, TimeZone},
};

pub use self::expression::CronExpression;
use crate::{duration::WindowDuration, opening::Opening, segment::Segment};

/// From which length on a skip of the clock is no longer made good.
const LONG_SKIP: SignedDuration = SignedDuration::from_hours(3);

/// Opens at each civil time that an expression matches, for a duration.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Cron {
    expression: CronExpression,
    duration: WindowDuration,
    /// The openings of an undisturbed day that matches, those that overlap or meet merged: first and last start.
    whole_day: Vec<(Time, Time)>,
}

impl Cron {
    pub(crate) fn new(expression: CronExpression, duration: WindowDuration) -> Self {
        let whole_day = merged(expression.times(), duration.elapsed());
        Self { expression, duration, whole_day }
    }

    /// The openings in order that start before `until`, from before `after` on; some of the first may have ended by
    /// then.
    pub(crate) fn openings<'a>(
        &'a self,
        zone: &'a TimeZone,
        after: Timestamp,
        until: Timestamp,
    ) -> impl Iterator<Item = Opening> + 'a {
        let from = after.saturating_sub(self.duration.elapsed()).unwrap_or(Timestamp::MIN);
        Segment::all(zone, from, until).flat_map(|segment| self.openings_in(segment))
    }

    fn openings_in(&self, segment: Segment) -> impl Iterator<Item = Opening> + '_ {
        let (mut first, last) = segment.civil();
        let mut made_good = None;
        if self.expression.names_points_of_the_day() {
            let (old, new) = segment.change();
            let skipped = old.duration_until(new);
            if skipped.is_positive() && skipped < LONG_SKIP {
                let opens = self.starts(old, new).next().is_some();
                made_good = opens.then(|| self.opening(segment.changed, segment.changed)).flatten();
            }
            // What clocks showed before they were set back is not shown for the first time.
            first = first.max(old);
        }
        let days = first.date().series(1.day()).take_while(move |date| *date <= last.date());
        let days = days.filter(|date| self.expression.matches_day(*date));
        let openings = days.flat_map(move |date| self.openings_of(date, first, last));
        let offset = segment.offset;
        made_good.into_iter().chain(openings.filter_map(move |(from, to)| self.stretch(from, to, offset)))
    }

    /// The merged openings of a day whose starts lie from `first` on and before `last`.
    fn openings_of(
        &self,
        date: Date,
        first: DateTime,
        last: DateTime,
    ) -> impl Iterator<Item = (DateTime, DateTime)> {
        let whole =
            first <= date.to_datetime(Time::midnight()) && date.to_datetime(time(23, 59, 0, 0)) < last;
        let cut = (!whole).then(|| {
            let within = |time: &Time| (first..last).contains(&date.to_datetime(*time));
            merged(self.expression.times().filter(within), self.duration.elapsed())
        });
        let count = cut.as_ref().map_or(self.whole_day.len(), Vec::len);
        (0..count).map(move |index| {
            let (from, to) = cut.as_ref().map_or(self.whole_day[index], |cut| cut[index]);
            (date.to_datetime(from), date.to_datetime(to))
        })
    }

    /// Every civil time that matches, from `first` on and before `last`.
    fn starts(&self, first: DateTime, last: DateTime) -> impl Iterator<Item = DateTime> + '_ {
        let days = first.date().series(1.day()).take_while(move |date| *date <= last.date());
        let days = days.filter(|date| self.expression.matches_day(*date));
        let starts = days.flat_map(|date| self.expression.times().map(move |time| date.to_datetime(time)));
        starts.filter(move |start| (first..last).contains(start))
    }

    fn stretch(&self, from: DateTime, to: DateTime, offset: Offset) -> Option<Opening> {
        self.opening(offset.to_timestamp(from).ok()?, offset.to_timestamp(to).ok()?)
    }

    fn opening(&self, start: Timestamp, last_start: Timestamp) -> Option<Opening> {
        Some(Opening { start, end: last_start.checked_add(self.duration.elapsed()).ok()? })
    }
}

/// Starts of a day, first and last of each row of openings that overlap or meet. It keeps an hour every hour from being
/// twenty-four openings, and a minute every minute from being 1,440.
fn merged(starts: impl Iterator<Item = Time>, duration: SignedDuration) -> Vec<(Time, Time)> {
    let mut rows: Vec<(Time, Time)> = Vec::new();
    for start in starts {
        match rows.last_mut() {
            Some((_, last)) if last.duration_until(start) <= duration => *last = start,
            _ => rows.push((start, start)),
        }
    }
    rows
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cron {} for {}", self.expression, self.duration)
    }
}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cron").field(&self.to_string()).finish()
    }
}

#[cfg(test)]
mod tests;
