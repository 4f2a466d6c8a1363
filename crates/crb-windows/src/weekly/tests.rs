use super::*;

/// Each day's openings in the week that begins on Monday, 5 January 2026, in a zone without clock changes.
fn openings(text: &str) -> String {
    let weekly = Weekly::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let monday = jiff::civil::date(2026, 1, 5);
    let opening = |date: Date| {
        let opening = weekly.opening(date, &TimeZone::UTC).unwrap();
        let civil = |instant| TimeZone::UTC.to_datetime(instant).strftime("%a %d %H:%M").to_string();
        format!("{}..{}", civil(opening.start), civil(opening.end))
    };
    let days = monday.series(1.day()).take(7).filter(|date| weekly.days.contains(date.weekday()));
    days.map(opening).collect::<Vec<_>>().join(", ")
}

#[test]
fn opens_and_closes_as_written() {
    let cases = [
        ("Fri 18:00-Mon 08:00", "Fri 09 18:00..Mon 12 08:00"),
        ("Fri 18:00-Thu 08:00", "Fri 09 18:00..Thu 15 08:00"),
        ("Sat 22:00-Sun 04:00", "Sat 10 22:00..Sun 11 04:00"),
        ("Sat 04:00-Sat 22:00", "Sat 10 04:00..Sat 10 22:00"),
        ("Mon,Wed 22:00-02:00", "Mon 05 22:00..Tue 06 02:00, Wed 07 22:00..Thu 08 02:00"),
        (
            "Tue-Thu 22:00-04:00",
            "Tue 06 22:00..Wed 07 04:00, Wed 07 22:00..Thu 08 04:00, Thu 08 22:00..Fri 09 04:00",
        ),
        (
            "Sat-Mon 09:00-17:00",
            "Mon 05 09:00..Mon 05 17:00, Sat 10 09:00..Sat 10 17:00, Sun 11 09:00..Sun 11 17:00",
        ),
        (
            "Mon,Sat-Sun 1:00-2:00",
            "Mon 05 01:00..Mon 05 02:00, Sat 10 01:00..Sat 10 02:00, Sun 11 01:00..Sun 11 02:00",
        ),
        ("Sun 23:00-06:00", "Sun 11 23:00..Mon 12 06:00"),
        // An end at the start is a whole day, and so is one at the end of the day.
        ("Sun 00:00-00:00", "Sun 11 00:00..Mon 12 00:00"),
        ("Sun 00:00-24:00", "Sun 11 00:00..Mon 12 00:00"),
        ("Sun 12:00-12:00", "Sun 11 12:00..Mon 12 12:00"),
        ("Sat 00:00-Sun 24:00", "Sat 10 00:00..Mon 12 00:00"),
        ("Sat 22:00-Sat 24:00", "Sat 10 22:00..Sun 11 00:00"),
        ("Mon 00:00-Sun 24:00", "Mon 05 00:00..Mon 12 00:00"),
        // Names in any case and length, blanks where people put them.
        ("FRIDAY 18:00 - monday 08:00", "Fri 09 18:00..Mon 12 08:00"),
        ("  tues , thurs  9:05 -17:30 ", "Tue 06 09:05..Tue 06 17:30, Thu 08 09:05..Thu 08 17:30"),
        ("Tue - Wed 01:00-02:00", "Tue 06 01:00..Tue 06 02:00, Wed 07 01:00..Wed 07 02:00"),
        // A day named twice opens once, and a range of one day is that day.
        ("Mon,mon,Mon-Mon 01:00-02:00", "Mon 05 01:00..Mon 05 02:00"),
        ("Fri-Fri 18:00-Sat 02:00", "Fri 09 18:00..Sat 10 02:00"),
    ];
    for (text, expected) in cases {
        assert_eq!(openings(text), expected, "{text}");
    }
}

#[test]
fn opens_every_day_with_a_star_or_without_days() {
    let every_day = openings("* 23:00-06:00");
    assert_eq!(every_day.matches("..").count(), 7);
    assert!(every_day.ends_with("Sun 11 23:00..Mon 12 06:00"), "{every_day}");
    assert_eq!(openings("23:00-06:00"), every_day);
    assert_eq!(openings("Mon-Sun 23:00-06:00"), every_day);
}

#[test]
fn tells_what_is_wrong_where_and_what_to_write() {
    let form = "write `DAYS HH:MM-[DAY ]HH:MM`, such as `Mon-Fri 22:00-04:00` or `Fri 18:00-Mon 08:00`";
    let day = "write a day (Mon to Sun), a range `Mon-Fri`, a list `Mon,Wed`, or `*` for every day";
    let time = "write a time from 00:00 to 23:59; an end may also be 24:00";
    let cases = [
        ("", "window is empty", "", form),
        ("   ", "window is empty", "", form),
        ("sat-sun", "window has no time of day", "sat-sun", form),
        ("Fri 18:00", "window has no `-` between its start and its end", "Fri 18:00", form),
        ("Fry 18:00-20:00", "`Fry` is not a day of the week", "Fry", day),
        ("Mon,Tuesdy 18:00-20:00", "`Tuesdy` is not a day of the week", "Tuesdy", day),
        ("Mon,, Tue 18:00-20:00", "`` is not a day of the week", "", day),
        ("Fri 18:00-Moon 08:00", "`Moon` is not a day of the week", "Moon", day),
        ("*,Fri 18:00-20:00", "`*` is not a day of the week", "*", day),
        ("Fri 25:00-Mon 08:00", "`25:00` is not a time of day", "25:00", time),
        ("Fri 18:00-Mon 08:60", "`08:60` is not a time of day", "08:60", time),
        ("Fri 18:00-Mon 24:01", "`24:01` is not a time of day", "24:01", time),
        ("Fri 18:00-Mon", "`Mon` is not a time of day", "Mon", time),
        ("Fri 18:00-", "`` is not a time of day", "", time),
        ("Fri-18:00", "window has no `-` between its start and its end", "Fri-18:00", form),
        ("Fri 18:00:00-20:00", "`18:00:00` is not a time of day", "18:00:00", time),
        ("Fri +1:00-20:00", "`+1:00` is not a time of day", "+1:00", time),
        ("Fri 18:00-20:00-22:00", "`20:00-22:00` is not a time of day", "20:00-22:00", time),
        ("Fri 24:00-Sat 06:00", "a window cannot start at 24:00", "24:00", "write 00:00 of the next day"),
        (
            "Fri 18:00-Sat,Sun 08:00",
            "a window ends on one day",
            "Sat,Sun",
            "write one day before the end, as in `Fri 18:00-Mon 08:00`",
        ),
        (
            "Mon,Wed 22:00-Thu 02:00",
            "an end day goes with one start day only",
            "Thu",
            "write `Mon,Wed 22:00-02:00`, which opens on each of the days, or one window for each start day",
        ),
        (
            "* 22:00-Thu 02:00",
            "an end day goes with one start day only",
            "Thu",
            "write `* 22:00-02:00`, which opens on each of the days, or one window for each start day",
        ),
        (
            "Sat 22:00-Sat 04:00",
            "window ends on its first day, but not after its start",
            "Sat 04:00",
            "write `Sat 22:00-04:00` or `Sat 22:00-Sun 04:00`",
        ),
        (
            " Sunday 22:00 - sun 22:00",
            "window ends on its first day, but not after its start",
            "sun 22:00",
            "write `Sunday 22:00-22:00` or `Sunday 22:00-Mon 22:00`",
        ),
    ];
    for (text, message, marked, hint) in cases {
        let error = Weekly::parse(text).expect_err(text);
        assert_eq!(error.to_string(), message, "{text}");
        assert_eq!(&text[error.range()], marked, "{text}");
        assert_eq!(error.hint(), hint, "{text}");
    }
}

#[test]
fn what_the_hint_proposes_parses() {
    for text in ["Sat 22:00-Sat 04:00", "Sun 22:00-Sun 22:00", "Mon,Wed 22:00-Thu 02:00"] {
        let hint = Weekly::parse(text).expect_err(text).hint();
        for proposal in hint.split('`').skip(1).step_by(2) {
            Weekly::parse(proposal).unwrap_or_else(|error| panic!("{proposal}: {error}"));
        }
    }
}
