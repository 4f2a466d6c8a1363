//! How things are drawn: for a terminal of a certain width, or for a file.

use jiff::Timestamp;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::words::{painted, span};

/// From this width on a span of time has two units.
const WIDE: usize = 120;

/// How text is to look. Without a terminal nothing is cut, and times are instants, so that the same facts make the
/// same text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    /// How wide the terminal is; `None`: there is none.
    pub(super) columns: Option<usize>,
    pub(super) colour: bool,
    pub(super) now: Timestamp,
}

impl Look {
    pub(super) const fn of(columns: Option<usize>, colour: bool, now: Timestamp) -> Self {
        Self { columns, colour, now }
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
        self.columns.map_or_else(|| line.to_owned(), |columns| cut(line, columns))
    }
}

fn instant_told(instant: Timestamp) -> String {
    format!("{instant:.0}")
}

/// How many columns a text takes. Escape codes take none.
pub(super) fn width(text: &str) -> usize {
    let mut parts = text.split('\x1b');
    let first = parts.next().map_or(0, UnicodeWidthStr::width);
    first + parts.filter_map(|part| part.split_once('m')).map(|(_, shown)| shown.width()).sum::<usize>()
}

/// The text in so many columns at most; what is cut ends with an ellipsis. Escape codes stay.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::with_capacity(text.len());
    let (mut used, mut is_cut, mut is_code) = (0, false, false);
    for letter in text.chars() {
        if letter == '\x1b' || is_code {
            is_code = letter != 'm';
            kept.push(letter);
            continue;
        }
        let room = letter.width().unwrap_or(0);
        if is_cut {
            continue;
        }
        is_cut = room > 0 && used + room >= columns;
        used += room;
        kept.push(if is_cut { '…' } else { letter });
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_by_the_columns_that_it_takes() {
        let cases = [
            ("node-a", 6, "node-a"),
            ("node-abc", 6, "node-…"),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("\x1b[31mred\x1b[0m and more", 7, "\x1b[31mred\x1b[0m an…"),
            ("\x1b[31mvery red\x1b[0m", 5, "\x1b[31mvery…\x1b[0m"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
        ];
        for (text, columns, expected) in cases {
            assert_eq!(cut(text, columns), expected, "{text}");
        }
    }

    #[test]
    fn times_are_spans_on_a_terminal_and_instants_elsewhere() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let then: Timestamp = "2026-11-25T08:48:00Z".parse().unwrap();
        let later: Timestamp = "2026-11-25T12:04:30Z".parse().unwrap();
        let told = |columns| {
            let look = Look::of(columns, false, now);
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
