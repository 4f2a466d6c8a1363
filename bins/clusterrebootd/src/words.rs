//! Words for people at a terminal: times where they are, spans, and lines that fit.

use std::fmt::Write;

use crb_config::Letters;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What a text ends with that was cut.
pub(crate) const fn ellipsis(letters: Letters) -> char {
    letters.either('…', '~')
}

/// What people need to read a time: theirs, and their zone.
#[derive(Debug, Clone)]
pub(crate) struct Moment {
    pub(crate) now: Timestamp,
    pub(crate) zone: TimeZone,
}

impl Moment {
    /// An instant as `2026-11-30 02:00:07 CET`.
    pub(crate) fn local(&self, instant: Timestamp) -> String {
        instant.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string()
    }

    /// The same, and how far away it is: `…, 3 h 12 min ago` or `…, in 2 h`.
    pub(crate) fn local_and_away(&self, instant: Timestamp) -> String {
        let away = instant.duration_since(self.now);
        let away = if away.is_negative() {
            format!("{} ago", span(away.abs()))
        } else {
            format!("in {}", span(away))
        };
        format!("{}, {away}", self.local(instant))
    }
}

/// An instant as `Mon 2026-11-30 02:00 Europe/Berlin`. Without a name of the zone, its offset stands there.
pub(crate) fn in_zone(instant: Timestamp, zone: &TimeZone) -> String {
    let zoned = instant.to_zoned(zone.clone());
    let name = zone.iana_name().map_or_else(|| zoned.strftime("%:z").to_string(), str::to_owned);
    format!("{} {name}", zoned.strftime("%a %Y-%m-%d %H:%M"))
}

/// A span of time as `4 d 14 h`: the two largest units that say something.
pub(crate) fn span(span: SignedDuration) -> String {
    let seconds = span.as_secs().max(0);
    let minutes = seconds / 60;
    match (minutes / 1_440, minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// A text of another's as one line that does nothing to a terminal.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' | '\t' => plain.push(' '),
            // What turns the direction of writing makes a text look like another one.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                plain.extend(letter.escape_unicode());
            }
            letter if letter.is_control() => plain.extend(letter.escape_unicode()),
            letter => plain.push(letter),
        }
    }
    plain
}

/// The text in lines of at most `width` columns, all but the first one indented. A word that is longer stays whole.
pub(crate) fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let mut lines = String::with_capacity(text.len());
    let mut used = 0;
    // What a line begins with, and columns in it, keep their blanks.
    let mut gap = 0;
    for word in text.split(' ') {
        if word.is_empty() {
            gap += 1;
            continue;
        }
        let columns = self::width(word);
        if used > indent && used + gap + columns > width {
            // Writing to a string cannot fail.
            write!(lines, "\n{:indent$}", "").ok();
            used = indent;
        } else {
            write!(lines, "{:gap$}", "").ok();
            used += gap;
        }
        lines.push_str(word);
        used += columns;
        gap = 1;
    }
    lines
}

/// How many columns a text takes. Escape codes take none.
pub(crate) fn width(text: &str) -> usize {
    let mut parts = text.split('\x1b');
    let first = parts.next().map_or(0, UnicodeWidthStr::width);
    first + parts.filter_map(|part| part.split_once('m')).map(|(_, shown)| shown.width()).sum::<usize>()
}

/// The text in so many columns at most; what is cut ends with `end`, which takes one. Escape codes stay.
pub(crate) fn cut(text: &str, columns: usize, end: char) -> String {
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
        kept.push(if is_cut { end } else { letter });
    }
    kept
}

/// The text in a colour, if there may be one.
pub(crate) fn painted(text: &str, hue: &str, colour: bool) -> String {
    if colour { format!("\x1b[{hue}m{text}\x1b[0m") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_local_and_says_how_far_away_it_is() {
        let moment = Moment {
            now: "2026-03-29T00:00:00Z".parse().unwrap(),
            zone: TimeZone::get("Europe/Berlin").unwrap(),
        };
        let cases = [
            ("2026-03-29T00:59:00Z", "2026-03-29 01:59:00 CET, in 59 min"),
            ("2026-03-29T01:00:00Z", "2026-03-29 03:00:00 CEST, in 1 h"),
            ("2026-03-28T23:59:18Z", "2026-03-29 00:59:18 CET, 42 s ago"),
            ("2026-03-27T21:00:00Z", "2026-03-27 22:00:00 CET, 1 d 3 h ago"),
        ];
        for (instant, expected) in cases {
            assert_eq!(moment.local_and_away(instant.parse().unwrap()), expected);
        }
    }

    #[test]
    fn lines_fit_and_words_stay_whole() {
        let cases = [
            ("one two three", 80, "one two three"),
            ("one two three", 7, "one two\n  three"),
            ("  one two three", 7, "  one\n  two\n  three"),
            ("a-word-that-is-longer than that", 10, "a-word-that-is-longer\n  than\n  that"),
            ("äöü äöü", 7, "äöü äöü"),
            ("日本 日本", 7, "日本\n  日本"),
            ("a  b   c d", 8, "a  b   c\n  d"),
            ("\x1b[32mone\x1b[0m two three", 7, "\x1b[32mone\x1b[0m two\n  three"),
            ("", 10, ""),
        ];
        for (text, width, expected) in cases {
            assert_eq!(wrapped(text, width, 2), expected, "{text}");
        }
    }

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
            assert_eq!(cut(text, columns, ellipsis(Letters::Unicode)), expected, "{text}");
        }
    }

    #[test]
    fn what_another_wrote_does_nothing_to_a_terminal() {
        assert_eq!(plain("a\nb\x1b[31mc\u{202e}d"), "a b\\u{1b}[31mc\\u{202e}d");
    }
}
