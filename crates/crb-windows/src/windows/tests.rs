use jiff::{Zoned, civil::Date};
use proptest::prelude::*;

use super::*;

fn windows(allow: &[&str], deny: &[&str], zone: &str) -> Windows {
    let parse = |texts: &[&str]| texts.iter().map(|text| Window::parse(text).unwrap()).collect();
    Windows::new(parse(allow), parse(deny), TimeZone::get(zone).unwrap())
}

fn instant(civil: &str, zone: &str) -> Timestamp {
    format!("{civil}[{zone}]").parse::<Zoned>().unwrap().timestamp()
}

/// The state at a civil time, as one line in the zone's civil time with its offset.
fn describe(windows: &Windows, now: Timestamp) -> String {
    let when = |until: Option<Timestamp>| {
        until.map_or("never".into(), |t| {
            t.to_zoned(windows.zone.clone()).strftime("%a %Y-%m-%d %H:%M%:z").to_string()
        })
    };
    match windows.at(now) {
        WindowState::Open { until } => format!("open until {}", when(until)),
        WindowState::Denied { window, until } => format!("denied by {window} until {}", when(until)),
        WindowState::OutsideAllow { until } => format!("outside until {}", when(until)),
    }
}

#[test]
fn denies_before_it_allows() {
    // Allow, deny, now, state. The 9th of January 2026 is a Friday.
    type Case<'a> = (&'a [&'a str], &'a [&'a str], &'a str, &'a str);
    let weekend = "Fri 18:00-Mon 08:00";
    let cases: &[Case<'_>] = &[
        (&[], &[], "2026-01-09T12:00", "open until never"),
        (&[weekend], &[], "2026-01-09T17:59:59", "outside until Fri 2026-01-09 18:00+00:00"),
        (&[weekend], &[], "2026-01-09T18:00", "open until Mon 2026-01-12 08:00+00:00"),
        (&[weekend], &[], "2026-01-12T07:59:59.999", "open until Mon 2026-01-12 08:00+00:00"),
        (&[weekend], &[], "2026-01-12T08:00", "outside until Fri 2026-01-16 18:00+00:00"),
        (&[], &[weekend], "2026-01-09T12:00", "open until Fri 2026-01-09 18:00+00:00"),
        (
            &[],
            &[weekend],
            "2026-01-10T12:00",
            "denied by Fri 18:00-Mon 08:00 until Mon 2026-01-12 08:00+00:00",
        ),
        (&[weekend], &["Sun 00:00-24:00"], "2026-01-10T12:00", "open until Sun 2026-01-11 00:00+00:00"),
        (
            &[weekend],
            &["Sun 00:00-24:00"],
            "2026-01-11T12:00",
            "denied by Sun 00:00-24:00 until Mon 2026-01-12 00:00+00:00",
        ),
        (&[weekend], &["Sun 00:00-24:00"], "2026-01-12T00:00", "open until Mon 2026-01-12 08:00+00:00"),
        // Outside of all allowing windows, the state also changes when a denying one begins.
        (
            &["Sun 10:00-12:00"],
            &["Sat 10:00-12:00"],
            "2026-01-09T12:00",
            "outside until Sat 2026-01-10 10:00+00:00",
        ),
        // Denying beats allowing where both begin at once.
        (
            &["Sat 10:00-12:00"],
            &["Sat 10:00-11:00"],
            "2026-01-10T10:00",
            "denied by Sat 10:00-11:00 until Sat 2026-01-10 11:00+00:00",
        ),
        // Windows that overlap, meet, or contain one another count as one; the first written is named.
        (
            &["Sat 10:00-12:00", "Sat 11:00-13:00", "Sat 13:00-14:00"],
            &[],
            "2026-01-10T10:30",
            "open until Sat 2026-01-10 14:00+00:00",
        ),
        (
            &["Sat 11:00-12:00", "Sat 10:00-20:00"],
            &[],
            "2026-01-10T11:30",
            "open until Sat 2026-01-10 20:00+00:00",
        ),
        (
            &[],
            &["Sun 00:00-Mon 24:00", "Sat 12:00-Sun 00:00"],
            "2026-01-10T12:00",
            "denied by Sat 12:00-Sun 00:00 until Tue 2026-01-13 00:00+00:00",
        ),
        (
            &["* 22:00-06:00", "* 06:00-12:00"],
            &[],
            "2026-01-10T00:00",
            "open until Sat 2026-01-10 12:00+00:00",
        ),
        // Always.
        (&["* 00:00-24:00"], &[], "2026-01-10T12:34", "open until never"),
        (&["Mon 00:00-Sun 24:00"], &[], "2026-01-10T12:34", "open until never"),
        (&[], &["* 12:00-12:00"], "2026-01-10T12:34", "denied by * 12:00-12:00 until never"),
        (
            &["Mon-Fri 00:00-24:00", "Sat 00:00-Sun 24:00"],
            &["Thu 01:00-02:00"],
            "2026-01-10T12:34",
            "open until Thu 2026-01-15 01:00+00:00",
        ),
    ];
    for (allow, deny, now, expected) in cases {
        let windows = windows(allow, deny, "UTC");
        assert_eq!(describe(&windows, instant(now, "UTC")), *expected, "{allow:?} {deny:?} {now}");
    }
}

#[test]
fn keeps_civil_time_when_the_clock_changes() {
    let (berlin, new_york) = ("Europe/Berlin", "America/New_York");
    let cases = [
        // A window across the change keeps its civil start and end, and is an hour shorter or longer.
        (berlin, "Sat 22:00-Sun 06:00", "2026-03-28T23:00+01:00", "open until Sun 2026-03-29 06:00+02:00"),
        (berlin, "Sat 22:00-Sun 06:00", "2026-03-29T05:59+02:00", "open until Sun 2026-03-29 06:00+02:00"),
        (berlin, "Sat 22:00-Sun 06:00", "2026-03-29T06:00+02:00", "outside until Sat 2026-04-04 22:00+02:00"),
        (berlin, "Sat 22:00-Sun 06:00", "2026-10-25T05:59+01:00", "open until Sun 2026-10-25 06:00+01:00"),
        (berlin, "Fri 18:00-Mon 08:00", "2026-03-27T12:00+01:00", "outside until Fri 2026-03-27 18:00+01:00"),
        (berlin, "Fri 18:00-Mon 08:00", "2026-03-27T18:00+01:00", "open until Mon 2026-03-30 08:00+02:00"),
        // A start or an end that the spring change skips comes an hour later.
        (berlin, "* 02:30-05:00", "2026-03-29T01:59+01:00", "outside until Sun 2026-03-29 03:30+02:00"),
        (berlin, "* 02:30-05:00", "2026-03-29T03:30+02:00", "open until Sun 2026-03-29 05:00+02:00"),
        (berlin, "* 01:00-02:30", "2026-03-29T01:59+01:00", "open until Sun 2026-03-29 03:30+02:00"),
        (berlin, "* 02:10-02:50", "2026-03-29T03:20+02:00", "open until Sun 2026-03-29 03:50+02:00"),
        // A window that thereby ends before it starts does not open that day.
        (berlin, "Sun 02:30-03:15", "2026-03-29T01:00+01:00", "outside until Sun 2026-04-05 02:30+02:00"),
        // Of the hour that autumn repeats, the first one starts and ends windows.
        (berlin, "* 02:30-05:00", "2026-10-25T02:29+02:00", "outside until Sun 2026-10-25 02:30+02:00"),
        (berlin, "* 02:30-05:00", "2026-10-25T02:15+01:00", "open until Sun 2026-10-25 05:00+01:00"),
        (berlin, "* 01:00-02:30", "2026-10-25T02:29+02:00", "open until Sun 2026-10-25 02:30+02:00"),
        (berlin, "* 01:00-02:30", "2026-10-25T02:15+01:00", "outside until Mon 2026-10-26 01:00+01:00"),
        (new_york, "Sat 22:00-Sun 06:00", "2026-03-08T05:59-04:00", "open until Sun 2026-03-08 06:00-04:00"),
        (new_york, "* 02:30-05:00", "2026-03-08T01:59-05:00", "outside until Sun 2026-03-08 03:30-04:00"),
        (new_york, "* 01:30-05:00", "2026-11-01T01:15-05:00", "open until Sun 2026-11-01 05:00-05:00"),
        (new_york, "* 01:30-05:00", "2026-11-01T01:29-04:00", "outside until Sun 2026-11-01 01:30-04:00"),
    ];
    for (zone, window, now, expected) in cases {
        let windows = windows(&[window], &[], zone);
        assert_eq!(describe(&windows, instant(now, zone)), expected, "{window} at {now} in {zone}");
    }
}

#[test]
fn sees_a_gap_that_only_a_clock_change_tears() {
    // Together they cover the civil week, but on one Sunday the end stays where it is and the start moves
    // behind it.
    let windows =
        windows(&["Sun 00:00-03:15", "Sun 02:30-Sun 24:00", "Mon 00:00-Sat 24:00"], &[], "Europe/Berlin");
    let now = instant("2025-04-01T12:00", "Europe/Berlin");
    assert_eq!(describe(&windows, now), "open until Sun 2026-03-29 03:15+02:00");
}

#[test]
fn finds_the_next_open_instant() {
    type Case<'a> = (&'a [&'a str], &'a [&'a str], &'a str, Option<&'a str>);
    let cases: &[Case<'_>] = &[
        (&[], &[], "2026-01-09T12:00", Some("2026-01-09T12:00")),
        (&["Sun 10:00-12:00"], &[], "2026-01-09T12:00", Some("2026-01-11T10:00")),
        (&["Sun 10:00-12:00"], &["Sat 10:00-Sun 11:00"], "2026-01-09T12:00", Some("2026-01-11T11:00")),
        (&["Sun 10:00-12:00"], &["* 10:00-12:00"], "2026-01-09T12:00", None),
        (&[], &["* 00:00-24:00"], "2026-01-09T12:00", None),
    ];
    for (allow, deny, now, expected) in cases {
        let expected = expected.map(|civil| instant(civil, "UTC"));
        assert_eq!(
            windows(allow, deny, "UTC").next_open(instant(now, "UTC")),
            expected,
            "{allow:?} {deny:?}"
        );
    }
}

#[test]
fn answers_at_the_ends_of_time() {
    let windows = windows(&["* 22:00-06:00"], &["Fri 18:00-Mon 08:00"], "Europe/Berlin");
    for now in [Timestamp::MIN, Timestamp::MAX] {
        let _ = windows.at(now);
        let _ = windows.next_open(now);
    }
}

#[test]
fn shows_the_text_as_written() {
    for text in ["Fri 18:00-Mon 08:00", " tues ,THURS 9:05 - 17:30 "] {
        assert_eq!(Window::parse(text).unwrap().to_string(), text);
    }
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// A window as its parts, so that the oracle need not parse.
#[derive(Debug, Clone)]
struct Parts {
    day: i8,
    length_days: i64,
    start: u16,
    end: u16,
    every_day: bool,
}

impl Parts {
    fn text(&self) -> String {
        let time = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        let (start, end) = (time(self.start), time(self.end));
        let day = |offset: i64| DAYS[usize::try_from((i64::from(self.day) + offset) % 7).unwrap()];
        if self.every_day {
            format!("* {start}-{end}")
        } else if self.length_days == 0 {
            format!("{} {start}-{end}", day(0))
        } else {
            format!("{} {start}-{} {end}", day(0), day(self.length_days))
        }
    }

    /// The openings that begin on the `days` from `first` on, each found by itself.
    fn openings(&self, first: Date, days: i64, zone: &TimeZone) -> Vec<(Timestamp, Timestamp)> {
        let after = |date: Date, days: i64| date.checked_add(jiff::Span::new().days(days)).unwrap();
        let at = |date: Date, minutes: u16| {
            let (hour, minute) = (i8::try_from(minutes / 60).unwrap(), i8::try_from(minutes % 60).unwrap());
            zone.to_timestamp(date.at(hour, minute, 0, 0)).unwrap()
        };
        let rolls_over = (self.every_day || self.length_days == 0) && self.end <= self.start;
        let length_days = if self.every_day { 0 } else { self.length_days } + i64::from(rolls_over);
        (0..days)
            .map(|day| after(first, day))
            .filter(|date| self.every_day || date.weekday().to_monday_zero_offset() == self.day)
            .map(|date| (at(date, self.start), at(after(date, length_days), self.end)))
            .collect()
    }
}

fn parts() -> impl Strategy<Value = Parts> {
    // Quarters of an hour, many of them in the hours around a clock change.
    let minutes = || prop_oneof![0..96_u16, 4..14_u16].prop_map(|quarter| quarter * 15);
    (0..7_i8, 0..7_i64, minutes(), minutes(), any::<bool>()).prop_map(
        |(day, length_days, start, end, every_day)| Parts { day, length_days, start, end, every_day },
    )
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Open,
    Denied,
    Outside,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Steps through two weeks around a clock change minute by minute and asks an oracle that looks at every
    /// opening.
    #[test]
    fn agrees_with_stepping_through_every_minute(
        allow in prop::collection::vec(parts(), 0..3),
        deny in prop::collection::vec(parts(), 0..3),
        (zone, begin) in prop_oneof![
            Just(("Europe/Berlin", "2026-03-22T00:00")),
            Just(("Europe/Berlin", "2026-10-18T00:00")),
            Just(("America/New_York", "2026-03-01T00:00")),
            Just(("America/New_York", "2026-10-25T00:00")),
            Just(("Australia/Lord_Howe", "2026-03-29T00:00")),
        ],
    ) {
        let texts = |parts: &[Parts]| parts.iter().map(Parts::text).collect::<Vec<_>>();
        let (allow_texts, deny_texts) = (texts(&allow), texts(&deny));
        let windows = windows(
            &allow_texts.iter().map(String::as_str).collect::<Vec<_>>(),
            &deny_texts.iter().map(String::as_str).collect::<Vec<_>>(),
            zone,
        );
        let begin = instant(begin, zone);
        let eight_days_before = windows.zone().to_datetime(begin).date() - jiff::Span::new().days(8);
        let openings = |list: &[Parts]| -> Vec<_> {
            list.iter().flat_map(|parts| parts.openings(eight_days_before, 24, windows.zone())).collect()
        };
        let (allowing, denying) = (openings(&allow), openings(&deny));
        let oracle = |now: Timestamp| {
            let covered = |openings: &[(Timestamp, Timestamp)]| {
                openings.iter().any(|(start, end)| *start <= now && now < *end)
            };
            if covered(&denying) {
                Verdict::Denied
            } else if allow.is_empty() || covered(&allowing) {
                Verdict::Open
            } else {
                Verdict::Outside
            }
        };

        let minutes: Vec<_> = (0..14 * 24 * 60)
            .map(|minute| begin + SignedDuration::from_mins(minute))
            .map(|now| (now, oracle(now)))
            .collect();
        // The next change after each minute is known from the minutes behind it. Asked are the minutes on
        // both sides of every change, and some between.
        let last = minutes[minutes.len() - 1].0;
        let mut change = None;
        let mut changed = true;
        for (index, pair) in minutes.windows(2).enumerate().rev() {
            let ((now, verdict), (next, next_verdict)) = (&pair[0], &pair[1]);
            let ask = std::mem::replace(&mut changed, verdict != next_verdict) || changed || index % 211 == 0;
            if changed {
                change = Some(*next);
            }
            if !ask {
                continue;
            }
            let (said, until) = match windows.at(*now) {
                WindowState::Open { until } => (Verdict::Open, until),
                WindowState::Denied { until, .. } => (Verdict::Denied, until),
                WindowState::OutsideAllow { until } => (Verdict::Outside, until),
            };
            prop_assert_eq!(&said, verdict, "at {}", now);
            match change {
                Some(change) => prop_assert_eq!(until, Some(change), "at {}", now),
                None => prop_assert!(until.is_none_or(|until| until > last), "at {}", now),
            }
        }
    }
}
