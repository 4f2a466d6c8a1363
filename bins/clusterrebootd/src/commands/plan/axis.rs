//! The time of a plan, cut into hours, days or weeks, and the marks along it.

use std::time::Duration;

use crb_decide::WindowState;
use crb_windows::Windows;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

use super::local::Local;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What a long plan is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Hour,
    Day,
    Week,
}

impl Unit {
    /// The smallest by which so long a time is still told on one screen or two.
    pub(super) fn of(span: Duration) -> Self {
        match i64::try_from(span.as_secs()).unwrap_or(i64::MAX) {
            0..=172_800 => Self::Hour,
            172_801..=5_184_000 => Self::Day,
            _ => Self::Week,
        }
    }

    /// Its name.
    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    fn begin(self, at: &Zoned) -> Zoned {
        let day = || at.start_of_day().unwrap_or_else(|_| at.clone());
        match self {
            Self::Hour => {
                let into = i64::from(at.minute()) * MINUTE + i64::from(at.second());
                let whole = at.timestamp().as_second() - into;
                Timestamp::from_second(whole)
                    .map_or_else(|_| at.clone(), |hour| hour.to_zoned(at.time_zone().clone()))
            }
            Self::Day => day(),
            Self::Week => {
                let since_monday = i64::from(at.weekday().to_monday_zero_offset());
                day().checked_sub(since_monday.days()).unwrap_or_else(|_| at.clone())
            }
        }
    }

    fn after(self, begin: &Zoned) -> Zoned {
        let span = match self {
            Self::Hour => 1.hour(),
            Self::Day => 1.day(),
            Self::Week => 7.days(),
        };
        begin.checked_add(span).unwrap_or_else(|_| begin.clone())
    }

    /// What stands before its row.
    pub(super) fn label(self, begin: &Zoned) -> String {
        let form = match self {
            Self::Hour => "%a %d %b %H:%M",
            Self::Day => "%a %Y-%m-%d",
            Self::Week => "week of %Y-%m-%d",
        };
        begin.strftime(form).to_string()
    }
}

/// One hour, day or week.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    pub(super) begin: Zoned,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

/// Every `unit` that has a part between `from` and `until`, which comes after it.
pub(super) fn buckets(local: &Local, from: Timestamp, until: Timestamp, unit: Unit) -> Vec<Bucket> {
    let (mut buckets, mut begin) = (vec![], unit.begin(&local.zoned(from)));
    while begin.timestamp() < until || buckets.is_empty() {
        let next = unit.after(&begin);
        if next <= begin {
            break;
        }
        buckets.push(Bucket { from: begin.timestamp(), until: next.timestamp(), begin });
        begin = next;
    }
    buckets
}

/// How much of a time the windows leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Openness {
    Open,
    Partly,
    Closed,
}

/// That of the time between `from` and `until`.
pub(super) fn openness(windows: &Windows, from: Timestamp, until: Timestamp) -> Openness {
    match windows.at(from) {
        WindowState::Open { until: closes } if closes.is_none_or(|closes| closes >= until) => Openness::Open,
        WindowState::Open { .. } => Openness::Partly,
        _ if windows.next_open(from).is_some_and(|opens| opens < until) => Openness::Partly,
        _ => Openness::Closed,
    }
}

/// The time between `from` and `until` in so many equal cells, and how much of each the windows leave open.
pub(super) fn cells(windows: &Windows, from: Timestamp, until: Timestamp, cells: usize) -> Vec<Openness> {
    let begin = |cell: usize| moment(from, until, cell, cells);
    (0..cells).map(|cell| openness(windows, begin(cell), begin(cell + 1))).collect()
}

/// Where the `cell`th of so many begins.
fn moment(from: Timestamp, until: Timestamp, cell: usize, cells: usize) -> Timestamp {
    let span = until.duration_since(from).unsigned_abs();
    let part = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    from.saturating_add(span * part(cell) / part(cells).max(1)).unwrap_or(Timestamp::MAX)
}

/// Where `at` lies between `from` and `until`, from 0 to 1.
pub(super) fn place(from: Timestamp, until: Timestamp, at: Timestamp) -> f64 {
    let span = until.duration_since(from).as_secs_f64();
    if span > 0.0 { (at.duration_since(from).as_secs_f64() / span).clamp(0.0, 1.0) } else { 0.0 }
}

/// A mark on the axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) at: Timestamp,
    pub(super) label: String,
}

/// Marks at round local times between `from` and `until`, no more than `most` and as many as make sense.
pub(super) fn marks(local: &Local, from: Timestamp, until: Timestamp, most: usize) -> Vec<Mark> {
    const STEPS: [i64; 14] = [
        MINUTE,
        5 * MINUTE,
        15 * MINUTE,
        30 * MINUTE,
        HOUR,
        2 * HOUR,
        3 * HOUR,
        6 * HOUR,
        12 * HOUR,
        DAY,
        2 * DAY,
        7 * DAY,
        28 * DAY,
        91 * DAY,
    ];
    let span = until.duration_since(from).as_secs();
    let most = i64::try_from(most.max(1)).unwrap_or(i64::MAX);
    let step = STEPS.into_iter().find(|step| span / step < most).unwrap_or(365 * DAY);
    let unit = if step >= 7 * DAY { Unit::Week } else { Unit::Day };
    let mut day = unit.begin(&local.zoned(from));
    let mut marks = vec![];
    while day.timestamp() < until {
        let Ok(next) = day.checked_add((step.max(DAY) / DAY).days()) else { break };
        let mut at = day.timestamp();
        while at < next.timestamp().min(until) {
            if at >= from {
                marks.push(Mark { at, label: label(&local.zoned(at), step) });
            }
            at = at.saturating_add(SignedDuration::from_secs(step.min(DAY * 365))).unwrap_or(Timestamp::MAX);
            if step >= DAY {
                break;
            }
        }
        day = next;
    }
    marks
}

/// A day's first moment is told by its day, every other by its time.
fn label(at: &Zoned, step: i64) -> String {
    let is_day = at.start_of_day().is_ok_and(|day| day == *at);
    let form = if step >= 7 * DAY {
        "%d %b"
    } else if is_day {
        "%a %d"
    } else {
        "%H:%M"
    };
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use crb_windows::Window;
    use jiff::tz::TimeZone;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn berlin() -> Local {
        Local(TimeZone::get("Europe/Berlin").unwrap())
    }

    #[test]
    fn days_are_those_of_the_zone_however_long_they_are() {
        // The clocks go back on Sunday.
        let (from, until) = (at("2026-10-24T10:30:00Z"), at("2026-10-26T09:00:00Z"));
        let told = |unit: Unit| -> Vec<String> {
            let told = |bucket: &Bucket| {
                format!(
                    "{} {}",
                    unit.label(&bucket.begin),
                    bucket.until.duration_since(bucket.from).as_hours()
                )
            };
            buckets(&berlin(), from, until, unit).iter().map(told).collect()
        };
        assert_eq!(told(Unit::Day), ["Sat 2026-10-24 24", "Sun 2026-10-25 25", "Mon 2026-10-26 24"]);
        assert_eq!(told(Unit::Week), ["week of 2026-10-19 169", "week of 2026-10-26 168"]);
        let hours = told(Unit::Hour);
        assert_eq!((hours.len(), hours[0].as_str()), (47, "Sat 24 Oct 12:00 1"));
        assert_eq!((hours[14].as_str(), hours[15].as_str()), ("Sun 25 Oct 02:00 1", "Sun 25 Oct 02:00 1"));
    }

    #[test]
    fn marks_stand_at_round_times_and_are_no_more_than_there_is_room_for() {
        let cases = [
            ("2026-11-25T12:04:00Z", "2026-11-25T12:50:00Z", 6, "13:15 13:30 13:45"),
            ("2026-11-25T12:04:00Z", "2026-11-26T12:00:00Z", 6, "18:00 Thu 26 06:00 12:00"),
            ("2026-11-25T12:04:00Z", "2026-12-01T12:00:00Z", 3, "Fri 27 Sun 29 Tue 01"),
            ("2026-11-25T12:04:00Z", "2027-01-25T12:00:00Z", 3, "21 Dec 18 Jan"),
        ];
        for (from, until, most, expected) in cases {
            let marks = marks(&berlin(), at(from), at(until), most);
            let told: Vec<String> = marks.into_iter().map(|mark| mark.label).collect();
            assert_eq!(told.join(" "), expected, "{from} {until}");
        }
    }

    #[test]
    fn a_time_is_open_closed_or_a_part_of_it_is() {
        let windows = Windows::new(vec![Window::parse("02:00-04:00").unwrap()], vec![], TimeZone::UTC);
        let cases = [
            ("02:00", "04:00", Openness::Open),
            ("02:00", "04:01", Openness::Partly),
            ("01:00", "02:00", Openness::Closed),
            ("01:00", "02:01", Openness::Partly),
            ("04:00", "05:00", Openness::Closed),
        ];
        for (from, until, expected) in cases {
            let at = |time: &str| at(&format!("2026-11-25T{time}:00Z"));
            assert_eq!(openness(&windows, at(from), at(until)), expected, "{from} {until}");
        }
    }
}
