//! A window of any kind, and the text it came from.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, tz::TimeZone};

use crate::{error::ParseWindowError, opening::Opening, weekly::Weekly};

/// A maintenance window, as its operator wrote it.
///
/// The form is `DAYS HH:MM-[DAY ]HH:MM`. `DAYS` is a day, a list (`Mon,Wed`), a range (`Tue-Thu`, `Fri-Mon`),
/// or `*` for every day, which is also what no day at all means. Each of the days opens a window of its own.
///
/// - An end without a day is the first such time after the start: `* 23:00-06:00` ends the next morning, and
///   `Sun 00:00-00:00` lasts a whole day, as does `Sun 00:00-24:00`.
/// - An end with a day needs a single start day: `Fri 18:00-Mon 08:00`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    text: String,
    kind: Kind,
}

/// The kinds of windows; each is one file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Weekly(Weekly),
}

impl Window {
    /// Parses the text of a window.
    ///
    /// # Errors
    ///
    /// When the text does not have the form above, or ends on its first day but not after its start.
    pub fn parse(text: &str) -> Result<Self, ParseWindowError> {
        Ok(Self { kind: Kind::Weekly(Weekly::parse(text)?), text: text.to_owned() })
    }

    /// The stretches in `zone` during which this window is open, in order, beginning with the first that ends
    /// after `after`. None of them is empty.
    pub(crate) fn openings<'a>(
        &'a self,
        zone: &'a TimeZone,
        after: Timestamp,
    ) -> impl Iterator<Item = Opening> + 'a {
        match &self.kind {
            Kind::Weekly(weekly) => weekly.openings(zone, after),
        }
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
