use super::*;

/// The instant that clocks of `zone` show as `civil`, whose offset says which of two.
fn instant(civil: &str) -> Timestamp {
    civil.parse().unwrap_or_else(|error| panic!("{civil}: {error}"))
}

fn cron(expression: &str, duration: &str) -> Cron {
    let expression =
        CronExpression::parse(expression).unwrap_or_else(|error| panic!("{expression}: {error}"));
    Cron::new(expression, WindowDuration::parse(duration).unwrap())
}

/// The openings within a stretch, in the civil time of the zone with its offset.
fn openings(cron: &Cron, zone: &str, from: &str, until: &str) -> String {
    let zone = TimeZone::get(zone).unwrap();
    let show = |instant: Timestamp| instant.to_zoned(zone.clone()).strftime("%d %H:%M%:z").to_string();
    let (from, until) = (instant(from), instant(until));
    let openings = cron.openings(&zone, from, until).filter(|opening| opening.end > from);
    openings
        .map(|opening| format!("{}..{}", show(opening.start), show(opening.end)))
        .collect::<Vec<_>>()
        .join(", ")
}

#[test]
#[expect(clippy::too_many_lines, reason = "one row a case")]
fn goes_with_the_clock_or_makes_good_what_it_skips() {
    // Zone, expression, duration, from, until, openings.
    type Case<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, &'a str);
    let berlin = "Europe/Berlin";
    let spring = ("2026-03-29T00:00+01:00", "2026-03-29T05:00+02:00");
    let autumn = ("2026-10-25T00:00+02:00", "2026-10-25T05:00+01:00");
    let new_york = "America/New_York";
    let (spring_ny, autumn_ny) = (
        ("2026-03-08T00:00-05:00", "2026-03-08T05:00-04:00"),
        ("2026-11-01T00:00-04:00", "2026-11-01T05:00-05:00"),
    );
    let lord_howe = "Australia/Lord_Howe";
    let (spring_lh, autumn_lh) = (
        ("2026-10-04T00:00+10:30", "2026-10-04T05:00+11:00"),
        ("2026-04-05T00:00+11:00", "2026-04-05T05:00+10:30"),
    );
    // The 30th of December 2011 was no day in Samoa.
    let (apia, missing) = ("Pacific/Apia", ("2011-12-29T12:00-10:00", "2011-12-31T12:00+14:00"));
    let cases: &[Case<'_>] = &[
        // A point of the day that is skipped comes at once, and lasts as long.
        (berlin, "30 2 * * *", "1h", spring.0, spring.1, "29 03:00+02:00..29 04:00+02:00"),
        (berlin, "0 2 * * *", "1h", spring.0, spring.1, "29 03:00+02:00..29 04:00+02:00"),
        (berlin, "59 1 * * *", "2h", spring.0, spring.1, "29 01:59+01:00..29 04:59+02:00"),
        (berlin, "0 3 * * *", "1h", spring.0, spring.1, "29 03:00+02:00..29 04:00+02:00"),
        // Several that are skipped come as one, and lists are points of the day, too.
        (berlin, "0,20,40 2 * * *", "10m", spring.0, spring.1, "29 03:00+02:00..29 03:10+02:00"),
        (
            berlin,
            "30 2,4 * * *",
            "10m",
            spring.0,
            spring.1,
            "29 03:00+02:00..29 03:10+02:00, 29 04:30+02:00..29 04:40+02:00",
        ),
        // What goes with the clock goes without what it skips.
        (
            berlin,
            "30 * * * *",
            "10m",
            spring.0,
            "2026-03-29T04:00+02:00",
            "29 00:30+01:00..29 00:40+01:00, 29 01:30+01:00..29 01:40+01:00, 29 03:30+02:00..29 03:40+02:00",
        ),
        (berlin, "*/30 2 * * *", "10m", spring.0, spring.1, ""),
        (
            berlin,
            "30 */2 * * *",
            "10m",
            spring.0,
            spring.1,
            "29 00:30+01:00..29 00:40+01:00, 29 04:30+02:00..29 04:40+02:00",
        ),
        // A point of the day that is repeated comes once, the first time.
        (berlin, "30 2 * * *", "1h", autumn.0, autumn.1, "25 02:30+02:00..25 02:30+01:00"),
        (
            berlin,
            "0,30 2 * * *",
            "10m",
            autumn.0,
            autumn.1,
            "25 02:00+02:00..25 02:10+02:00, 25 02:30+02:00..25 02:40+02:00",
        ),
        (berlin, "0 3 * * *", "10m", autumn.0, autumn.1, "25 03:00+01:00..25 03:10+01:00"),
        // What goes with the clock comes again.
        (berlin, "30 2-2/1 * * *", "10m", autumn.0, autumn.1, "25 02:30+02:00..25 02:40+02:00"),
        (
            berlin,
            "*/30 2 * * *",
            "10m",
            autumn.0,
            autumn.1,
            "25 02:00+02:00..25 02:10+02:00, 25 02:30+02:00..25 02:40+02:00, 25 02:00+01:00..25 02:10+01:00, 25 02:30+01:00..25 02:40+01:00",
        ),
        // One that began before the change lasts its time.
        (berlin, "0 22 * * 6", "8h", spring.0, spring.1, "28 22:00+01:00..29 07:00+02:00"),
        (berlin, "0 22 * * 6", "8h", autumn.0, autumn.1, "24 22:00+02:00..25 05:00+01:00"),
        (new_york, "30 2 * * *", "1h", spring_ny.0, spring_ny.1, "08 03:00-04:00..08 04:00-04:00"),
        (new_york, "30 1 * * *", "2h", spring_ny.0, spring_ny.1, "08 01:30-05:00..08 04:30-04:00"),
        (new_york, "*/20 2 * * *", "1h", spring_ny.0, spring_ny.1, ""),
        (new_york, "30 1 * * *", "1h", autumn_ny.0, autumn_ny.1, "01 01:30-04:00..01 01:30-05:00"),
        (
            new_york,
            "30 */1 * * *",
            "1m",
            "2026-11-01T01:00-04:00",
            "2026-11-01T02:00-05:00",
            "01 01:30-04:00..01 01:31-04:00, 01 01:30-05:00..01 01:31-05:00",
        ),
        // Half an hour: from 02:00 to 02:30, and from 02:00 back to 01:30.
        (lord_howe, "15 2 * * *", "1h", spring_lh.0, spring_lh.1, "04 02:30+11:00..04 03:30+11:00"),
        (lord_howe, "45 2 * * *", "1h", spring_lh.0, spring_lh.1, "04 02:45+11:00..04 03:45+11:00"),
        (
            lord_howe,
            "*/15 2 * * *",
            "5m",
            spring_lh.0,
            spring_lh.1,
            "04 02:30+11:00..04 02:35+11:00, 04 02:45+11:00..04 02:50+11:00",
        ),
        (lord_howe, "45 1 * * *", "5m", autumn_lh.0, autumn_lh.1, "05 01:45+11:00..05 01:50+11:00"),
        (
            lord_howe,
            "15,45 * * * *",
            "5m",
            "2026-04-05T01:00+11:00",
            "2026-04-05T02:00+10:30",
            "05 01:15+11:00..05 01:20+11:00, 05 01:45+11:00..05 01:50+11:00, 05 01:45+10:30..05 01:50+10:30",
        ),
        // Nothing of a missing day is made good, and what began before it lasts its time.
        (apia, "0 2 30 12 *", "4h", missing.0, missing.1, ""),
        (apia, "0 2 * * *", "4h", missing.0, missing.1, "31 02:00+14:00..31 06:00+14:00"),
        (apia, "0 22 * * *", "4h", missing.0, missing.1, "29 22:00-10:00..31 02:00+14:00"),
        (
            apia,
            "0 */12 * * *",
            "1h",
            missing.0,
            missing.1,
            "29 12:00-10:00..29 13:00-10:00, 31 00:00+14:00..31 01:00+14:00",
        ),
    ];
    for (zone, expression, duration, from, until, expected) in cases {
        let found = openings(&cron(expression, duration), zone, from, until);
        assert_eq!(found, *expected, "{expression} for {duration} in {zone}");
    }
}

#[test]
fn merges_what_overlaps_or_meets_within_a_day() {
    let cases = [
        ("0 * * * *", "1h", 1),
        ("0 * * * *", "59m", 24),
        ("* * * * *", "1m", 1),
        ("*/2 * * * *", "1m", 720),
        ("0,10,30 4 * * *", "10m", 2),
        ("0 2 * * *", "3d", 1),
    ];
    for (expression, duration, expected) in cases {
        assert_eq!(cron(expression, duration).whole_day.len(), expected, "{expression} for {duration}");
    }
}

#[test]
fn is_the_same_from_wherever_it_is_looked_at() {
    // In the repeated hour and after it, too.
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let (from, until) = (instant("2026-10-24T20:00Z"), instant("2026-10-25T08:00Z"));
    for expression in ["*/7 1-3 * * *", "0,7,30 1,2,3 * * *"] {
        let cron = cron(expression, "3m");
        let openings_from = |from: Timestamp| -> Vec<Opening> {
            cron.openings(&zone, from, until).filter(|opening| opening.end > from).collect()
        };
        let whole = openings_from(from);
        for minute in (0..720).map(|minute| from + SignedDuration::from_mins(minute)) {
            let expected: Vec<_> = whole.iter().filter(|opening| opening.end > minute).copied().collect();
            assert_eq!(openings_from(minute), expected, "{expression} from {minute}");
        }
    }
}

#[test]
fn agrees_with_croners_own_search_where_the_rules_are_the_same() {
    // Croner takes lists and ranges for what goes with the clock; single points and stars it takes as we do. Samoa is not
    // among the zones: at its missing day croner's search comes to an end.
    let expressions =
        ["30 2 * * *", "0 0 * * *", "15 1 * * SUN", "*/20 1-3 * * *", "30 */2 * * *", "5 * 25-31 3,10 *"];
    let zones = [
        ("Europe/Berlin", "2025-01-01T00:00Z"),
        ("America/New_York", "2025-01-01T00:00Z"),
        ("Australia/Lord_Howe", "2025-01-01T00:00Z"),
        ("America/St_Johns", "2009-01-01T00:00Z"),
    ];
    for (zone, from) in zones {
        let zone_of = TimeZone::get(zone).unwrap();
        let from = instant(from);
        let until = from + SignedDuration::from_hours(24 * 731);
        for expression in expressions {
            let cron = cron(expression, "1m");
            let ours = cron.openings(&zone_of, from, until).map(|opening| opening.start);
            let ours: Vec<_> = ours.filter(|start| *start >= from).collect();
            let theirs = expression.parse::<croner::Cron>().unwrap();
            let theirs = theirs.iter_from(from.to_zoned(zone_of.clone()), croner::Direction::Forward);
            let theirs: Vec<_> =
                theirs.map(|zoned| zoned.timestamp()).take_while(|start| *start < until).collect();
            assert_eq!(ours.len(), theirs.len(), "{expression} in {zone}");
            assert_eq!(ours, theirs, "{expression} in {zone}");
        }
    }
}
