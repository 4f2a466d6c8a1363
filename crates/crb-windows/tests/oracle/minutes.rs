//! Two years of a zone, minute by minute, and which of these a window covers.

use crate::forms::{Cron, Form};
use crate::zones::{DAY, Zone, timestamp};

/// How many minutes these years have.
pub(crate) const MINUTES: usize = 731 * 1_440;

/// From how many minutes on a skip is not made good.
const LONG_SKIP: u32 = 180;

const LEAD_DAYS: i64 = 2;

/// Two years of a zone.
pub(crate) struct Years {
    pub(crate) zone: Zone,
    /// The second at which they begin.
    pub(crate) begin: i64,
    /// What clocks show at each minute, in minutes since two days before these years.
    clock: Vec<u32>,
}

impl Years {
    /// The years that begin with `year` in a zone whose clocks change at full minutes.
    pub(crate) fn of(name: &'static str, year: i16) -> Self {
        let zone = Zone::new(name);
        let first = jiff::civil::date(year, 1, 1).to_zoned(jiff::tz::TimeZone::UTC).unwrap();
        let begin = first.timestamp().as_second();
        let seconds = (0..MINUTES).map(|minute| begin + 60 * i64::try_from(minute).unwrap());
        let lead = begin - LEAD_DAYS * DAY;
        let clock = seconds.map(|second| u32::try_from((second + zone.offset(second) - lead) / 60).unwrap());
        let clock = clock.collect();
        Self { zone, begin, clock }
    }

    pub(crate) fn first_day(&self) -> i64 {
        self.begin / DAY
    }

    /// The days, counted from the first, at which clocks change.
    pub(crate) fn change_days(&self) -> Vec<i64> {
        let end = self.begin + 60 * i64::try_from(MINUTES).unwrap();
        self.zone.changes(self.begin, end).map(|change| (change - self.begin) / DAY).collect()
    }

    pub(crate) fn instant(&self, minute: usize) -> jiff::Timestamp {
        timestamp(self.begin + 60 * i64::try_from(minute).unwrap())
    }

    /// The minute that begins at an instant; none for one that is no full minute of these years.
    pub(crate) fn minute(&self, instant: jiff::Timestamp) -> Option<usize> {
        let since = instant.as_second() - self.begin;
        let minute = usize::try_from(since / 60).ok().filter(|_| since % 60 == 0)?;
        (instant.subsec_nanosecond() == 0 && minute < MINUTES).then_some(minute)
    }

    /// Marks each minute at which one of `windows` is open.
    pub(crate) fn covered(&self, windows: &[Form]) -> Vec<bool> {
        let mut ends = vec![0; MINUTES];
        for window in windows {
            match window {
                Form::Cron(cron) => self.note_cron(cron, &mut ends),
                Form::Weekly(written) => {
                    for day in self.first_day() - 9..self.first_day() + 732 {
                        if written.opens_on(day) {
                            let end = (day + written.length_days, written.end);
                            self.note([(day, written.start), end], &mut ends);
                        }
                    }
                }
                Form::Dated(dated) => self.note(dated.ends(), &mut ends),
            }
        }
        let mut open_until = 0;
        let mut covered = Vec::with_capacity(MINUTES);
        for (minute, end) in (0_u32..).zip(&ends) {
            open_until = open_until.max(*end);
            covered.push(minute < open_until);
        }
        covered
    }

    /// Notes that something is open between two civil times, each a day and a minute of it.
    fn note(&self, ends: [(i64, i64); 2], until: &mut [u32]) {
        let minute = |(day, minute)| (self.zone.second(day, minute) - self.begin).div_euclid(60).max(0);
        let [start, end] = ends.map(|at| u32::try_from(minute(at)).unwrap());
        if let Some(until) = until.get_mut(start as usize).filter(|_| start < end) {
            *until = end.max(*until);
        }
    }

    fn note_cron(&self, cron: &Cron, until: &mut [u32]) {
        let length = u32::try_from(cron.length).unwrap();
        let times = cron.minutes();
        let first_day = self.first_day() - LEAD_DAYS;
        let days: Vec<bool> = (first_day..first_day + 736).map(|day| cron.matches_day(day)).collect();
        let matches = |clock: u32| times[(clock % 1_440) as usize] && days[(clock / 1_440) as usize];
        let goes_with_the_clock = cron.minute.star || cron.hour.star;
        let mut shown = self.clock[0] - 1;
        for ((minute, until), clock) in (0_u32..).zip(until).zip(&self.clock) {
            let clock = *clock;
            let opens = if goes_with_the_clock || clock == shown + 1 {
                matches(clock)
            } else {
                let skipped = if clock > shown + LONG_SKIP { clock..clock } else { shown + 1..clock };
                (clock > shown && matches(clock)) || skipped.into_iter().any(matches)
            };
            if opens {
                *until = (minute + length).max(*until);
            }
            shown = shown.max(clock);
        }
    }
}
