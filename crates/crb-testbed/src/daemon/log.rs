//! The log of a daemon, followed line by line.

use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

use super::PATIENCE;
use crate::poll_until;

/// How many lines of the log stand in a complaint.
const TAIL: usize = 30;

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Event {
    /// When, as written.
    pub ts: String,
    /// How much it matters.
    pub level: String,
    /// Who speaks.
    pub node: String,
    /// Which part of it.
    pub component: String,
    /// What happened.
    #[serde(rename = "event")]
    pub name: String,
    /// A sentence for people.
    #[serde(default)]
    pub message: String,
    /// The details.
    pub fields: Value,
}

impl Event {
    /// Whether this is the event `name`.
    pub fn is(&self, name: &str) -> bool {
        self.name == name
    }

    /// Whether this is the event `name` with `value` in its field `field`.
    pub fn says(&self, name: &str, field: &str, value: impl Into<Value>) -> bool {
        self.is(name) && self.fields[field] == value.into()
    }
}

/// A log file that grows.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) file: PathBuf,
    events: Vec<Event>,
    /// How much of the file is in `events`, in bytes.
    read: usize,
    /// How many of the events lie behind what was last waited for.
    behind: usize,
}

impl Log {
    pub(super) fn new(file: PathBuf) -> Self {
        fs::write(&file, "").expect("a file for the log");
        Self { file, events: vec![], read: 0, behind: 0 }
    }

    /// Everything said so far.
    pub(super) fn events(&mut self) -> &[Event] {
        let bytes = fs::read(&self.file).expect("the log");
        let news = bytes.get(self.read..).unwrap_or_default();
        // What follows the last line's end is still being written.
        let whole = news.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        for line in news[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let parsed = serde_json::from_slice(line);
            self.events.push(parsed.unwrap_or_else(|error| {
                panic!("{} says no event ({error}): {}", self.file.display(), String::from_utf8_lossy(line))
            }));
        }
        self.read += whole;
        &self.events
    }

    /// Waits for an event after the one that was last waited for.
    pub(super) fn wait_for(
        &mut self,
        what: &str,
        mut has_ended: impl FnMut() -> bool,
        mut wanted: impl FnMut(&Event) -> bool,
    ) -> Event {
        let mut seen = self.behind;
        let found = poll_until(PATIENCE, || {
            // Asked first, so that the last words of a process are read.
            let ended = has_ended();
            let news = self.events().get(seen..).unwrap_or_default();
            let at = news.iter().position(&mut wanted).map(|at| seen + at);
            seen += news.len();
            (at.is_some() || ended).then_some(at)
        });
        let Some(Some(at)) = found else {
            let how = if found.is_some() { "it has ended" } else { "time is up" };
            panic!("waited for {what}, and {how}; {}", self.tail());
        };
        self.behind = at + 1;
        self.events[at].clone()
    }

    /// The end of the log, for a complaint.
    pub(super) fn tail(&self) -> String {
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(TAIL)..].join("\n");
        format!("the end of {}:\n{tail}\n", self.file.display())
    }
}
