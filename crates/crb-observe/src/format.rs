//! How a record becomes a line: JSON for machines, text for a terminal.

use std::fmt::{self, Write as _};

use serde_json::Value;

use crate::record::{Record, stamp};

/// The format of the log's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Format {
    /// One JSON object a line.
    #[default]
    Json,
    /// `time LEVEL node component event: message name=value …`
    Text,
}

impl Format {
    /// The record as one line, its end included.
    pub fn line(self, record: &Record) -> String {
        let mut line = match self {
            Self::Json => json(record),
            Self::Text => text(record),
        };
        line.push('\n');
        line
    }
}

fn json(record: &Record) -> String {
    // A record consists of text, numbers and maps with text as keys: nothing that JSON cannot say.
    serde_json::to_string(record).unwrap_or_default()
}

fn text(record: &Record) -> String {
    let mut line = String::new();
    // Writing to a string does not fail.
    let _ = write!(
        line,
        "{} {} {} {} {}",
        stamp(record.ts),
        record.level.as_upper_str(),
        OneLine(&record.node),
        record.component,
        record.event
    );
    let mut mark = ":";
    if let Some(message) = &record.message {
        let _ = write!(line, ": {}", OneLine(message));
        mark = "";
    }
    for (name, value) in record.fields.iter() {
        let _ = write!(line, "{mark} {name}={}", Bare(value));
        mark = "";
    }
    line
}

/// Text with every control character escaped, so that nobody's words can pretend to be a line of ours.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in self.0.split_inclusive(char::is_control) {
            match piece.char_indices().next_back() {
                Some((at, last)) if last.is_control() => {
                    write!(f, "{}{}", piece.get(..at).unwrap_or_default(), last.escape_default())?;
                }
                _ => f.write_str(piece)?,
            }
        }
        Ok(())
    }
}

/// A value without quotes where it is one plain word, and as JSON otherwise.
struct Bare<'a>(&'a Value);

impl fmt::Display for Bare<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::String(word) if is_plain(word) => f.write_str(word),
            // JSON escapes what is below a space; what is above and still controls is escaped here.
            value => write!(f, "{}", OneLine(&value.to_string())),
        }
    }
}

fn is_plain(word: &str) -> bool {
    !word.is_empty()
        && !word.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '"' | '=' | '{' | '['))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use jiff::Timestamp;

    use super::*;
    use crate::{Fields, Level};

    fn record(message: Option<&str>, fields: Fields) -> Record {
        Record {
            ts: Timestamp::from_millisecond(1_700_000_000_007).unwrap(),
            level: Level::Warn,
            node: "node-a".to_owned(),
            component: "lock",
            event: "lock_backoff",
            message: message.map(str::to_owned),
            fields,
        }
    }

    #[test]
    fn json_has_the_names_of_the_contract_in_their_order_and_no_empty_message() {
        let fields = Fields::default().with("wait_ms", 20).with_some("lease_id", None::<&str>);
        expect![[r#"
            {"ts":"2023-11-14T22:13:20.007Z","level":"warn","node":"node-a","component":"lock","event":"lock_backoff","fields":{"wait_ms":20}}
        "#]]
        .assert_eq(&Format::Json.line(&record(None, fields)));
    }

    #[test]
    fn text_quotes_what_is_not_one_plain_word() {
        let fields = Fields::default()
            .with("wait_ms", 20)
            .with("reason", "behind_in_queue")
            .with("error", "no such file")
            .with("empty", "")
            .with("list", vec!["a", "b"]);
        expect![[r#"
            2023-11-14T22:13:20.007Z WARN node-a lock lock_backoff: waits wait_ms=20 reason=behind_in_queue error="no such file" empty="" list=["a","b"]
        "#]]
        .assert_eq(&Format::Text.line(&record(Some("waits"), fields)));
        expect![[r"
            2023-11-14T22:13:20.007Z WARN node-a lock lock_backoff: attempt=1
        "]]
        .assert_eq(&Format::Text.line(&record(None, Fields::default().with("attempt", 1))));
    }

    #[test]
    fn nobodys_words_can_begin_a_line_of_their_own() {
        let evil = "fine\n2023 INFO node-b lock \u{1b}[2Jforged\u{85}\r";
        for format in [Format::Json, Format::Text] {
            let line = format.line(&record(Some(evil), Fields::default().with("error", evil)));
            let body = line.strip_suffix('\n').unwrap();
            assert!(!body.contains(['\n', '\r', '\u{1b}']), "{line:?}");
        }
        let line = Format::Text.line(&record(Some(evil), Fields::default().with("error", evil)));
        expect![[r#"
            2023-11-14T22:13:20.007Z WARN node-a lock lock_backoff: fine\n2023 INFO node-b lock \u{1b}[2Jforged\u{85}\r error="fine\n2023 INFO node-b lock \u001b[2Jforged\u{85}\r"
        "#]]
        .assert_eq(&line);
    }
}
