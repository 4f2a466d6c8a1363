//! How things are drawn: for a terminal of a certain width, or for a file.

use crb_config::Letters;
use jiff::Timestamp;

use crate::words::{cut, ellipsis, painted, span};

/// From this width on a span of time has two units.
const WIDE: usize = 120;

/// How text is to look. Without a terminal nothing is cut, and times are instants, so that the same facts make the
/// same text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// How wide the terminal is; `None`: there is none.
    pub(super) columns: Option<usize>,
    pub(super) letters: Letters,
    pub(super) colour: bool,
    pub(super) now: Timestamp,
}

impl Look {
    pub(super) const fn of(columns: Option<usize>, letters: Letters, colour: bool, now: Timestamp) -> Self {
        Self { columns, letters, colour, now }
    }

    pub(super) fn paint(&self, text: &str, hue: &str) -> String {
        painted(text, hue, self.colour)
    }

    /// Since when, or for how long.
    pub(super) fn since(&self, instant: Timestamp) -> String {
        self.away(instant).unwrap_or_else(|| instant_told(instant))
    }

    /// When something was.
    pub(super) fn ago(&self, instant: Timestamp) -> String {
        self.away(instant).map_or_else(|| instant_told(instant), |away| format!("{away} ago"))
    }

    /// Until when, or how much of it is left.
    pub(super) fn left(&self, instant: Timestamp) -> String {
        match self.away(instant) {
            Some(_) if instant <= self.now => "about to end".to_owned(),
            Some(away) => format!("{away} left"),
            None => format!("until {}", instant_told(instant)),
        }
    }

    /// By when something is to be.
    pub(super) fn due(&self, instant: Timestamp) -> String {
        match self.away(instant) {
            Some(away) if instant <= self.now => format!("{away} ago"),
            Some(away) => format!("in {away}"),
            None => format!("by {}", instant_told(instant)),
        }
    }

    /// How far away an instant is, on a terminal.
    fn away(&self, instant: Timestamp) -> Option<String> {
        let columns = self.columns?;
        let told = span(instant.duration_since(self.now).abs());
        if columns >= WIDE {
            return Some(told);
        }
        // The largest unit alone: `3 h 12 min` is `3 h`.
        Some(told.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" "))
    }

    /// The line, cut where the terminal ends.
    pub(super) fn fit(&self, line: &str) -> String {
        self.columns.map_or_else(|| line.to_owned(), |columns| cut(line, columns, ellipsis(self.letters)))
    }
}

fn instant_told(instant: Timestamp) -> String {
    format!("{instant:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_spans_on_a_terminal_and_instants_elsewhere() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let then: Timestamp = "2026-11-25T08:48:00Z".parse().unwrap();
        let later: Timestamp = "2026-11-25T12:04:30Z".parse().unwrap();
        let told = |columns| {
            let look = Look::of(columns, Letters::Unicode, false, now);
            [
                look.since(then),
                look.ago(then),
                look.left(later),
                look.left(then),
                look.due(later),
                look.due(then),
            ]
        };
        assert_eq!(told(Some(80)), ["3 h", "3 h ago", "4 min left", "about to end", "in 4 min", "3 h ago"]);
        let wide =
            ["3 h 12 min", "3 h 12 min ago", "4 min left", "about to end", "in 4 min", "3 h 12 min ago"];
        assert_eq!(told(Some(200)), wide);
        let file = [
            "2026-11-25T08:48:00Z",
            "2026-11-25T08:48:00Z",
            "until 2026-11-25T12:04:30Z",
            "until 2026-11-25T08:48:00Z",
            "by 2026-11-25T12:04:30Z",
            "by 2026-11-25T08:48:00Z",
        ];
        assert_eq!(told(None), file);
    }
}
