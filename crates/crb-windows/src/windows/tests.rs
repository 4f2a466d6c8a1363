use jiff::Zoned;

use super::*;
use crate::{CronExpression, WindowDuration, WindowMoment};

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

fn cron(expression: &str, duration: &str) -> Window {
    Window::cron(CronExpression::parse(expression).unwrap(), WindowDuration::parse(duration).unwrap())
}

fn dated(from: &str, until: &str) -> Window {
    let moment = |text| WindowMoment::parse(text).unwrap();
    Window::dated(moment(from), moment(until), &TimeZone::UTC).unwrap()
}

#[test]
fn weighs_all_forms_alike() {
    // The 9th of January 2026 is a Friday.
    let windows = Windows::new(
        vec![cron("0 2 * * *", "4h"), Window::parse("Sat 06:00-08:00").unwrap()],
        vec![dated("2026-01-11", "2026-01-12T03:00Z"), cron("0 2 13 * *", "1d")],
        TimeZone::UTC,
    );
    let cases = [
        ("2026-01-09T12:00", "outside until Sat 2026-01-10 02:00+00:00"),
        ("2026-01-10T02:00", "open until Sat 2026-01-10 08:00+00:00"),
        ("2026-01-10T08:00", "outside until Sun 2026-01-11 00:00+00:00"),
        (
            "2026-01-11T02:00",
            "denied by from 2026-01-11 until 2026-01-12T03:00Z until Mon 2026-01-12 03:00+00:00",
        ),
        ("2026-01-12T03:00", "open until Mon 2026-01-12 06:00+00:00"),
        ("2026-01-13T05:00", "denied by cron 0 2 13 * * for 1d until Wed 2026-01-14 02:00+00:00"),
    ];
    for (now, expected) in cases {
        assert_eq!(describe(&windows, instant(now, "UTC")), expected, "{now}");
    }
}

#[test]
fn looks_ahead_to_the_next_opening_and_its_end() {
    let at = |civil: &str| instant(civil, "UTC");
    let windows = Windows::new(
        vec![cron("0 2 * * *", "4h")],
        vec![dated("2026-01-11", "2026-01-12T03:00")],
        TimeZone::UTC,
    );
    let outlook = |open, opens, closes| Outlook { open, opens: Some(at(opens)), closes: Some(at(closes)) };
    let cases = [
        ("2026-01-09T12:00", outlook(false, "2026-01-10T02:00", "2026-01-10T06:00")),
        ("2026-01-10T05:00", outlook(true, "2026-01-12T03:00", "2026-01-10T06:00")),
        ("2026-01-11T05:00", outlook(false, "2026-01-12T03:00", "2026-01-12T06:00")),
    ];
    for (now, expected) in cases {
        assert_eq!(windows.outlook(at(now)), expected, "{now}");
    }
    let always = Windows::new(vec![cron("0 * * * *", "1h")], vec![], TimeZone::UTC);
    let open = Outlook { open: true, opens: None, closes: None };
    assert_eq!(always.outlook(at("2026-01-09T12:34")), open);
    let never = Windows::new(vec![], vec![cron("* * * * *", "1m")], TimeZone::UTC);
    assert_eq!(never.outlook(at("2026-01-09T12:34")), Outlook { open: false, ..open });
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
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let weekly = Window::parse("* 22:00-06:00").unwrap();
    let all = [weekly, cron("*/30 2 LW * MON#1", "366d"), dated("0001-01-03", "9999-12-30")];
    for window in all {
        let windows = Windows::new(vec![window.clone()], vec![], berlin.clone());
        for now in [Timestamp::MIN, Timestamp::MAX] {
            assert_eq!(windows.next_open(now).is_some(), windows.outlook(now).opens.is_some(), "{window}");
            assert!(!matches!(windows.at(now), WindowState::Denied { .. }), "{window}");
        }
    }
}

#[test]
fn shows_the_text_as_written() {
    for text in ["Fri 18:00-Mon 08:00", " tues ,THURS 9:05 - 17:30 "] {
        assert_eq!(Window::parse(text).unwrap().to_string(), text);
    }
}
