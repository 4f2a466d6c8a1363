//! Times and spans for people, in the zone in which the windows are meant.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::words;

/// The zone of a plan.
#[derive(Debug, Clone)]
pub(super) struct Local(pub(super) TimeZone);

impl Local {
    /// The instant in the zone.
    pub(super) fn zoned(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.0.clone())
    }

    /// The IANA name of the zone; a system's zone may have none.
    pub(super) fn name(&self) -> Option<&str> {
        self.0.iana_name()
    }

    /// `Sat 2026-11-28 04:10 Europe/Berlin`. Without a name of the zone, its offset stands there.
    pub(super) fn long(&self, at: Timestamp) -> String {
        words::in_zone(at, &self.0)
    }

    /// `Sat 28 Nov 04:10`.
    pub(super) fn short(&self, at: Timestamp) -> String {
        self.zoned(at).strftime("%a %d %b %H:%M").to_string()
    }

    /// RFC 3339, with the offset that holds there and then.
    pub(super) fn exact(&self, at: Timestamp) -> String {
        at.display_with_offset(self.zoned(at).offset()).to_string()
    }
}

/// A span as everywhere, but told to the second below an hour: a reboot takes minutes.
pub(super) fn span(span: Duration) -> String {
    match (span.as_secs() / 60, span.as_secs() % 60) {
        (minutes @ 1..60, seconds @ 1..) => format!("{minutes} min {seconds} s"),
        _ => words::span(SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX)),
    }
}

/// A number with its noun, and its thousands apart: `10,000 nodes`.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// A number with its thousands apart.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_numbers_are_short() {
        let cases = [
            (0, "0 s"),
            (90, "1 min 30 s"),
            (300, "5 min"),
            (3_600, "1 h"),
            (5_460, "1 h 31 min"),
            (86_400, "1 d"),
            (400_000, "4 d 15 h"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(span(Duration::from_secs(seconds)), expected);
        }
        for (number, expected) in [
            (0, "0 nodes"),
            (1, "1 node"),
            (999, "999 nodes"),
            (1_000, "1,000 nodes"),
            (1_234_567, "1,234,567 nodes"),
        ] {
            assert_eq!(count(number, "node"), expected);
        }
    }
}
