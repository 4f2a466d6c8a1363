//! A window of any kind, and the text it came from.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    cron::{Cron, CronExpression},
    dated::Dated,
    duration::WindowDuration,
    error::ParseWindowError,
    moment::WindowMoment,
    opening::Opening,
    weekly::Weekly,
};

/// A maintenance window, as its operator wrote it.
///
/// Written as text it opens every week, and its form is `DAYS HH:MM-[DAY ]HH:MM`. `DAYS` is a day, a list (`Mon,Wed`),
/// a range (`Tue-Thu`, `Fri-Mon`), or `*` for every day, which is also what no day at all means. Each of the days opens
/// a window of its own.
///
/// - An end without a day is the first such time after the start: `* 23:00-06:00` ends the next morning, and
///   `Sun 00:00-00:00` lasts a whole day, as does `Sun 00:00-24:00`.
/// - An end with a day needs a single start day: `Fri 18:00-Mon 08:00`.
///
/// Two more forms are made of their parts: [`Window::cron`] and [`Window::dated`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    text: String,
    kind: Kind,
}

/// The kinds of windows; each is one file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Weekly(Weekly),
    Cron(Box<Cron>),
    Dated(Dated),
}

impl Window {
    /// Parses the text of a weekly window.
    ///
    /// # Errors
    ///
    /// When the text does not have the form above, or ends on its first day but not after its start.
    pub fn parse(text: &str) -> Result<Self, ParseWindowError> {
        Ok(Self { kind: Kind::Weekly(Weekly::parse(text)?), text: text.to_owned() })
    }

    /// The window that opens at every civil time that `expression` matches, and each time stays open for `duration`.
    /// It shows itself as `cron 0 2 * * 6 for 4h`.
    ///
    /// A time that clocks skip, by less than three hours, opens it right behind the change, and one that they repeat
    /// opens it the first time; unless minutes or hours begin with a `*`: such an expression goes with the clock, which
    /// skips some openings and repeats others. These are the rules of cron(8), for Vixie cron.
    pub fn cron(expression: CronExpression, duration: WindowDuration) -> Self {
        let cron = Cron::new(expression, duration);
        Self { text: cron.to_string(), kind: Kind::Cron(Box::new(cron)) }
    }

    /// The window that opens once, at `from`, and closes at `until`, both meant in `zone` where they do not say
    /// otherwise. It shows itself as `from 2026-12-20 until 2027-01-04`.
    ///
    /// # Errors
    ///
    /// When `until` is not after `from`. The range is of `until` as it shows itself.
    pub fn dated(from: WindowMoment, until: WindowMoment, zone: &TimeZone) -> Result<Self, ParseWindowError> {
        let dated = Dated::new(from, until, zone)?;
        Ok(Self { text: dated.to_string(), kind: Kind::Dated(dated) })
    }

    /// The stretches in `zone` during which this window is open, in order, from the first that ends after `after` to the
    /// last that starts before `until`. None of them is empty.
    pub(crate) fn openings<'a>(
        &'a self,
        zone: &'a TimeZone,
        after: Timestamp,
        until: Timestamp,
    ) -> impl Iterator<Item = Opening> + 'a {
        let openings: Box<dyn Iterator<Item = Opening>> = match &self.kind {
            Kind::Weekly(weekly) => Box::new(weekly.openings(zone, after)),
            Kind::Cron(cron) => Box::new(cron.openings(zone, after, until)),
            Kind::Dated(dated) => Box::new(dated.opening(zone).into_iter()),
        };
        openings
            .take_while(move |opening| opening.start < until)
            .filter(move |opening| !opening.is_empty() && opening.end > after)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Window {
    type Err = ParseWindowError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}
