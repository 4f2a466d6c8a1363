//! What can be wrong with the text of a window.

use std::ops::Range;

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
        }
    }
}
