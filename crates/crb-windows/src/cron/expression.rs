//! The five fields of a cron expression.
//!
//! `croner` reads them and tells which days match; here they are cut into fields, so that a fault has its place.

use std::fmt;

use croner::{
    CronPattern, Weekday,
    parser::{CronParser, Seconds, Year},
};
use jiff::{
    SignedDuration, ToSpan,
    civil::{Date, Time, date, time},
};

use crate::{
    error::{CronField, ParseWindowError, WindowFault},
    piece::Piece,
};

const FIELDS: [CronField; 5] =
    [CronField::Minute, CronField::Hour, CronField::DayOfMonth, CronField::Month, CronField::DayOfWeek];

/// After so many years every date has been on every day of the week.
const CALENDAR_YEARS: i16 = 28;

/// A cron expression that matches now and then, such as `0 2 * * 6`.
///
/// Its five fields are minute, hour, day of the month, month and day of the week, as `croner` reads them: lists, ranges,
/// steps, names of months and days, Sunday as 0 or 7, and `L`, `W` and `#` for days. Where both kinds of days are given,
/// either will do.
#[derive(Clone, PartialEq, Eq)]
pub struct CronExpression {
    text: String,
    days: CronPattern,
    /// The minutes of a matching day, in order.
    minutes: Vec<u16>,
    names_points_of_the_day: bool,
}

impl CronExpression {
    /// Parses an expression.
    ///
    /// # Errors
    ///
    /// When there are not five fields, one of them cannot be read, or no day ever matches.
    pub fn parse(text: &str) -> Result<Self, ParseWindowError> {
        let whole = Piece::whole(text).trim();
        let fields: Vec<_> = whole.words().collect();
        let Ok(fields) = <[Piece<'_>; 5]>::try_from(fields.as_slice()) else {
            let fault = match whole.text {
                "" => WindowFault::EmptyCron,
                nickname if nickname.starts_with('@') => WindowFault::CronNickname(nickname.to_owned()),
                _ => WindowFault::CronFields(fields.len()),
            };
            return Err(ParseWindowError::new(fault, whole));
        };
        let pattern = pattern(whole.text).map_err(|()| wrong_field(whole, fields))?;
        let (hours, minutes) = (pattern.hours.values(), pattern.minutes.values());
        let minutes = hours.iter().flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute));
        let expression = Self {
            text: fields.map(|field| field.text).join(" "),
            minutes: minutes.collect(),
            days: pattern,
            names_points_of_the_day: !fields[..2].iter().any(|field| field.text.starts_with('*')),
        };
        if expression.ever_matches() {
            Ok(expression)
        } else {
            Err(ParseWindowError::new(WindowFault::CronNever, whole))
        }
    }

    /// Whether neither the minutes nor the hours begin with a `*`.
    pub(crate) fn names_points_of_the_day(&self) -> bool {
        self.names_points_of_the_day
    }

    /// The times of each day that matches, in order.
    pub(crate) fn times(&self) -> impl Iterator<Item = Time> + '_ {
        let minutes = self.minutes.iter().map(|minute| SignedDuration::from_mins((*minute).into()));
        minutes.map(|since_midnight| time(0, 0, 0, 0).wrapping_add(since_midnight))
    }

    pub(crate) fn matches_day(&self, date: Date) -> bool {
        let (year, month, day) =
            (date.year().into(), date.month().unsigned_abs().into(), date.day().unsigned_abs().into());
        let weekday = date.weekday().to_sunday_zero_offset().unsigned_abs();
        let weekday = Weekday::from_days_from_sunday(weekday.into());
        let matches = self
            .days
            .month_match(month)
            .and_then(|month_matches| Ok(month_matches && self.days.day_match(year, month, day, weekday)?));
        matches.expect("croner knows every date there is")
    }

    fn ever_matches(&self) -> bool {
        let first = date(2000, 1, 1);
        let last = date(2000 + CALENDAR_YEARS, 1, 1);
        first.series(1.day()).take_while(|date| *date < last).any(|date| self.matches_day(date))
    }
}

/// What croner makes of five fields. Its messages name no place, so they are not passed on.
fn pattern(text: &str) -> Result<CronPattern, ()> {
    let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed).build();
    parser.parse(text).map(|cron| cron.pattern).map_err(|_| ())
}

/// The first field that is wrong by itself, or else the whole.
fn wrong_field(whole: Piece<'_>, fields: [Piece<'_>; 5]) -> ParseWindowError {
    let alone = |index: usize| {
        let mut others = ["*"; 5];
        others[index] = fields[index].text;
        pattern(&others.join(" "))
    };
    let wrong = (0..fields.len()).find(|index| alone(*index).is_err());
    wrong.map_or_else(
        || ParseWindowError::new(WindowFault::CronFields(fields.len()), whole),
        |index| {
            let text = fields[index].text.to_owned();
            ParseWindowError::new(WindowFault::BadCronField { field: FIELDS[index], text }, fields[index])
        },
    )
}

impl fmt::Display for CronExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for CronExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_which_field_is_wrong_and_what_to_write() {
        let form = "write minute, hour, day of the month, month and day of the week, such as `0 2 * * 6`";
        let minute = "write minutes from 0 to 59, such as `0`, `0,30`, `10-20` or `*/15`";
        let cases = [
            ("", "cron expression is empty", "", form),
            ("0 2 * *", "cron expression has 4 fields and not 5", "0 2 * *", form),
            ("0 0 2 * * 6", "cron expression has 6 fields and not 5", "0 0 2 * * 6", form),
            ("@daily", "`@daily` is no cron expression of five fields", "@daily", form),
            ("60 2 * * 6", "`60` is not a minute", "60", minute),
            ("x 2 * * 6", "`x` is not a minute", "x", minute),
            ("0/5 2 * * 6", "`0/5` is not a minute", "0/5", minute),
            (
                " 0  24 * * 6",
                "`24` is not an hour",
                "24",
                "write hours from 0 to 23, such as `2`, `1,13`, `22-23` or `*/6`",
            ),
            (
                "0 2 32 * *",
                "`32` is not a day of the month",
                "32",
                "write days from 1 to 31, such as `1`, `1-7` or `*/2`, or `L` for the last one",
            ),
            (
                "0 2 * Foo *",
                "`Foo` is not a month",
                "Foo",
                "write months from 1 to 12 or Jan to Dec, such as `1-3` or `Dec`",
            ),
            (
                "0 2 * * 8",
                "`8` is not a day of the week",
                "8",
                "write days from 0 (Sunday) to 6 or Sun to Sat, such as `Mon-Fri`, or `6#1` for the first Saturday",
            ),
            ("0 2 30 2 *", "cron expression never matches", "0 2 30 2 *", "write days that its months have"),
        ];
        for (text, message, marked, hint) in cases {
            let error = CronExpression::parse(text).expect_err(text);
            assert_eq!((error.to_string().as_str(), error.hint().as_str()), (message, hint), "{text}");
            assert_eq!(&text[error.range()], marked, "{text}");
        }
    }

    #[test]
    fn matches_the_days_that_it_names() {
        // Expression, days of February 2028, which begins with a Tuesday.
        let cases: &[(&str, &[i8])] = &[
            ("0 2 * * 6", &[5, 12, 19, 26]),
            ("0 2 * feb SAT", &[5, 12, 19, 26]),
            ("0 2 * * 7", &[6, 13, 20, 27]),
            ("0 2 * 3 *", &[]),
            ("0 2 L * *", &[29]),
            ("0 2 29 2 *", &[29]),
            ("0 2 * * 6#1", &[5]),
            ("0 2 * * TUEL", &[29]),
            // Either kind of day will do where both are given.
            ("0 2 1,15 * FRI", &[1, 4, 11, 15, 18, 25]),
            ("0 2 */10 * *", &[1, 11, 21]),
        ];
        for (text, expected) in cases {
            let expression = CronExpression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let days = (1..=29).filter(|day| expression.matches_day(date(2028, 2, *day)));
            assert_eq!(days.collect::<Vec<_>>(), *expected, "{text}");
        }
    }

    #[test]
    fn shows_its_fields_with_single_blanks() {
        assert_eq!(CronExpression::parse("  */15  2 * *\t6 ").unwrap().to_string(), "*/15 2 * * 6");
    }
}
