//! How long a cron window stays open: `90m`, `2h`, `1h30m`, `2d`.

use std::fmt;

use jiff::{SignedDuration, SpanRelativeTo, fmt::friendly::SpanParser};

use crate::error::{ParseWindowError, WindowFault};
use crate::piece::Piece;

/// The longest a window may stay open once it has opened.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366);

/// How long a cron window stays open, as its operator wrote it: whole minutes of elapsed time, from one to 366 days.
///
/// It is a number with its unit, or several: `90m`, `2h`, `1h30m`, `2d`. A day is 24 hours, whatever the clock does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowDuration {
    text: String,
    elapsed: SignedDuration,
}

impl WindowDuration {
    /// Parses a duration.
    ///
    /// # Errors
    ///
    /// When the text does not have the form above, or is shorter or longer.
    pub fn parse(text: &str) -> Result<Self, ParseWindowError> {
        let piece = Piece::whole(text).trim();
        let wrong = |fault| ParseWindowError::new(fault, piece);
        let bad = || wrong(WindowFault::BadDuration(piece.text.to_owned()));
        let span = SpanParser::new().parse_span(piece.text).map_err(|_| bad())?;
        if span.get_years() != 0 || span.get_months() != 0 {
            return Err(wrong(WindowFault::UnevenDuration));
        }
        let elapsed = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| bad())?;
        if elapsed > LONGEST {
            return Err(wrong(WindowFault::LongDuration));
        }
        let minute = SignedDuration::from_mins(1);
        if elapsed < minute || SignedDuration::from_mins(elapsed.as_mins()) != elapsed {
            return Err(wrong(WindowFault::ShortDuration));
        }
        Ok(Self { text: piece.text.to_owned(), elapsed })
    }

    pub(crate) fn elapsed(&self) -> SignedDuration {
        self.elapsed
    }
}

impl fmt::Display for WindowDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_minutes_hours_and_days() {
        let cases = [
            ("1m", 1),
            ("90m", 90),
            ("2h", 120),
            ("1h30m", 90),
            ("1h 30m", 90),
            (" 2d ", 2 * 1_440),
            ("1d12h", 36 * 60),
            ("1w", 7 * 1_440),
            ("2 hours, 5 minutes", 125),
            ("120s", 2),
            ("366d", 366 * 1_440),
        ];
        for (text, minutes) in cases {
            let duration = WindowDuration::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(duration.elapsed(), SignedDuration::from_mins(minutes), "{text}");
            assert_eq!(duration.to_string(), text.trim());
        }
    }

    #[test]
    fn refuses_what_is_no_length_of_a_window() {
        let form = "write a number with its unit, such as `90m`, `2h`, `1h30m` or `2d`";
        let cases = [
            ("", "`` is not a duration", form),
            ("90", "`90` is not a duration", form),
            ("2x", "`2x` is not a duration", form),
            ("PT2H", "`PT2H` is not a duration", form),
            ("h2", "`h2` is not a duration", form),
            ("0m", "a window stays open for whole minutes, at least one", "write `1m` or more"),
            ("90s", "a window stays open for whole minutes, at least one", "write `1m` or more"),
            ("2h ago", "a window stays open for whole minutes, at least one", "write `1m` or more"),
            ("367d", "a window stays open for 366 days at most", "write `366d` or less"),
            ("1mo", "months and years differ in length", "write days, such as `30d`"),
            ("1y", "months and years differ in length", "write days, such as `30d`"),
        ];
        for (text, message, hint) in cases {
            let error = WindowDuration::parse(text).expect_err(text);
            assert_eq!((error.to_string().as_str(), error.hint().as_str()), (message, hint), "{text}");
            assert_eq!(&text[error.range()], text.trim(), "{text}");
        }
    }
}
