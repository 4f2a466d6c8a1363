//! What can be wrong with the text of a window.

use std::{fmt, ops::Range};

use crate::piece::Piece;

/// A window that could not be parsed: what is wrong, where in its text, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct ParseWindowError {
    fault: WindowFault,
    range: Range<usize>,
}

/// The ways in which the text of a window can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WindowFault {
    /// Nothing but blanks.
    #[error("window is empty")]
    Empty,
    /// A window without any time of day.
    #[error("window has no time of day")]
    NoTime,
    /// A start without an end.
    #[error("window has no `-` between its start and its end")]
    NoEnd,
    /// Neither a day of the week nor `*`.
    #[error("`{0}` is not a day of the week")]
    UnknownDay(String),
    /// Not a time of day.
    #[error("`{0}` is not a time of day")]
    BadTime(String),
    /// `24:00` as a start.
    #[error("a window cannot start at 24:00")]
    StartsAtEndOfDay,
    /// An end on more than one day.
    #[error("a window ends on one day")]
    ManyEndDays,
    /// An end day, though the window starts on several days.
    #[error("an end day goes with one start day only")]
    EndDayOfMany {
        /// The same window without its end day.
        without_end_day: String,
    },
    /// The same day as start and end, with the end not after the start.
    #[error("window ends on its first day, but not after its start")]
    EndsBeforeStart {
        /// The same window without its end day.
        without_end_day: String,
        /// The same window with the next day as its end day.
        with_next_day: String,
    },
    /// A cron expression of nothing but blanks.
    #[error("cron expression is empty")]
    EmptyCron,
    /// A nickname such as `@daily`.
    #[error("`{0}` is no cron expression of five fields")]
    CronNickname(String),
    /// Another number of fields than five.
    #[error("cron expression has {0} fields and not 5")]
    CronFields(usize),
    /// A field that cannot be read.
    #[error("`{text}` is not {field}")]
    BadCronField {
        /// Which of the fields.
        field: CronField,
        /// What stands there.
        text: String,
    },
    /// An expression of days that no calendar has.
    #[error("cron expression never matches")]
    CronNever,
    /// Not a duration.
    #[error("`{0}` is not a duration")]
    BadDuration(String),
    /// A duration in months or years.
    #[error("months and years differ in length")]
    UnevenDuration,
    /// A duration of less than a minute, or with a part of one.
    #[error("a window stays open for whole minutes, at least one")]
    ShortDuration,
    /// A duration of more than 366 days.
    #[error("a window stays open for 366 days at most")]
    LongDuration,
    /// Neither a date nor a date and a time.
    #[error("`{0}` is not a date and time")]
    BadMoment(String),
    /// An end that is not after its start.
    #[error("window ends at {until}, which is not after its start {from}")]
    EndsBeforeFrom {
        /// Where it starts.
        from: String,
        /// Where it ends.
        until: String,
    },
}

/// The fields of a cron expression, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CronField {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    DayOfMonth,
    /// 1 to 12.
    Month,
    /// 0 to 7, and both 0 and 7 are Sunday.
    DayOfWeek,
}

impl CronField {
    fn hint(self) -> &'static str {
        match self {
            Self::Minute => "write minutes from 0 to 59, such as `0`, `0,30`, `10-20` or `*/15`",
            Self::Hour => "write hours from 0 to 23, such as `2`, `1,13`, `22-23` or `*/6`",
            Self::DayOfMonth => {
                "write days from 1 to 31, such as `1`, `1-7` or `*/2`, or `L` for the last one"
            }
            Self::Month => "write months from 1 to 12 or Jan to Dec, such as `1-3` or `Dec`",
            Self::DayOfWeek => {
                "write days from 0 (Sunday) to 6 or Sun to Sat, such as `Mon-Fri`, or `6#1` for the first Saturday"
            }
        }
    }
}

impl fmt::Display for CronField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minute => "a minute",
            Self::Hour => "an hour",
            Self::DayOfMonth => "a day of the month",
            Self::Month => "a month",
            Self::DayOfWeek => "a day of the week",
        })
    }
}

impl ParseWindowError {
    pub(crate) fn new(fault: WindowFault, at: Piece<'_>) -> Self {
        Self { fault, range: at.range() }
    }

    /// What is wrong.
    pub fn fault(&self) -> &WindowFault {
        &self.fault
    }

    /// The bytes of the parsed text at which it went wrong.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// What to write instead.
    pub fn hint(&self) -> String {
        match &self.fault {
            WindowFault::Empty | WindowFault::NoTime | WindowFault::NoEnd => {
                "write `DAYS HH:MM-[DAY ]HH:MM`, such as `Mon-Fri 22:00-04:00` or `Fri 18:00-Mon 08:00`"
                    .into()
            }
            WindowFault::UnknownDay(_) => {
                "write a day (Mon to Sun), a range `Mon-Fri`, a list `Mon,Wed`, or `*` for every day".into()
            }
            WindowFault::BadTime(_) => "write a time from 00:00 to 23:59; an end may also be 24:00".into(),
            WindowFault::StartsAtEndOfDay => "write 00:00 of the next day".into(),
            WindowFault::ManyEndDays => "write one day before the end, as in `Fri 18:00-Mon 08:00`".into(),
            WindowFault::EndDayOfMany { without_end_day } => format!(
                "write `{without_end_day}`, which opens on each of the days, or one window for each start day"
            ),
            WindowFault::EndsBeforeStart { without_end_day, with_next_day } => {
                format!("write `{without_end_day}` or `{with_next_day}`")
            }
            WindowFault::EmptyCron | WindowFault::CronNickname(_) | WindowFault::CronFields(_) => {
                "write minute, hour, day of the month, month and day of the week, such as `0 2 * * 6`".into()
            }
            WindowFault::BadCronField { field, .. } => field.hint().into(),
            WindowFault::CronNever => "write days that its months have".into(),
            WindowFault::BadDuration(_) => {
                "write a number with its unit, such as `90m`, `2h`, `1h30m` or `2d`".into()
            }
            WindowFault::UnevenDuration => "write days, such as `30d`".into(),
            WindowFault::ShortDuration => "write `1m` or more".into(),
            WindowFault::LongDuration => "write `366d` or less".into(),
            WindowFault::BadMoment(_) => {
                "write `2026-12-20`, `2026-12-20T18:00`, or with an offset `2026-12-20T18:00Z`".into()
            }
            WindowFault::EndsBeforeFrom { .. } => {
                "write a later `until`: it is the first moment at which the window is closed again".into()
            }
        }
    }
}
