//! A point in time of a dated window, as its operator wrote it.

use std::fmt;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

use crate::error::{ParseWindowError, WindowFault};
use crate::piece::Piece;

/// `2026-12-20T18:00` in the windows' zone; `2026-12-20`, which is its midnight; or, whatever the zone, with an offset:
/// `2026-12-20T18:00+01:00` or `2026-12-20T17:00Z`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowMoment {
    text: String,
    point: Point,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Point {
    Civil(DateTime),
    Instant(Timestamp),
}

impl WindowMoment {
    /// Parses a moment.
    ///
    /// # Errors
    ///
    /// When the text does not have one of the forms above, or there is no such day.
    pub fn parse(text: &str) -> Result<Self, ParseWindowError> {
        let piece = Piece::whole(text).trim();
        // A zone in brackets would go unheard beside a civil time.
        let zoned = piece.text.contains('[');
        let instant = || piece.text.parse().map(Point::Instant);
        let civil = |_| piece.text.parse().map(Point::Civil);
        let point = instant().or_else(civil).ok().filter(|_| !zoned);
        let bad = || ParseWindowError::new(WindowFault::BadMoment(piece.text.to_owned()), piece);
        Ok(Self { text: piece.text.to_owned(), point: point.ok_or_else(bad)? })
    }

    /// The instant in `zone`. A civil time that a clock change skips counts as that much later, and the first of two
    /// equal ones counts. `None` where it is too far off to be one.
    pub fn instant(&self, zone: &TimeZone) -> Option<Timestamp> {
        match self.point {
            Point::Civil(civil) => zone.to_ambiguous_timestamp(civil).compatible().ok(),
            Point::Instant(instant) => Some(instant),
        }
    }
}

impl fmt::Display for WindowMoment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_dates_times_and_offsets() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let cases = [
            ("2026-12-20", "2026-12-19T23:00:00Z"),
            ("2026-12-20T18:00", "2026-12-20T17:00:00Z"),
            (" 2026-12-20 18:00 ", "2026-12-20T17:00:00Z"),
            ("2026-12-20T18:00:30", "2026-12-20T17:00:30Z"),
            ("2026-07-20T18:00", "2026-07-20T16:00:00Z"),
            ("2026-12-20T18:00Z", "2026-12-20T18:00:00Z"),
            ("2026-12-20T18:00+05:45", "2026-12-20T12:15:00Z"),
            // Skipped, and the first of two.
            ("2026-03-29T02:30", "2026-03-29T01:30:00Z"),
            ("2026-10-25T02:30", "2026-10-25T00:30:00Z"),
        ];
        for (text, expected) in cases {
            let moment = WindowMoment::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(moment.instant(&berlin).unwrap().to_string(), expected, "{text}");
            assert_eq!(moment.to_string(), text.trim());
        }
    }

    #[test]
    fn refuses_what_is_no_moment() {
        let texts = [
            "",
            "18:00",
            "20.12.2026",
            "2026-12",
            "2026-02-30",
            "2026-12-20T25:00",
            "2026-12-20T18:00[Asia/Tokyo]",
        ];
        for text in texts {
            let error = WindowMoment::parse(text).expect_err(text);
            assert_eq!(error.fault(), &WindowFault::BadMoment(text.to_owned()));
        }
    }
}
