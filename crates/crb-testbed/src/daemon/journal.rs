//! What the scripts of pretended machines did, in the order in which they did it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A file to which scripts append a line for everything they do, each in one write.
#[derive(Debug, Clone)]
pub struct Journal(PathBuf);

/// One line: `what node nanoseconds boot`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `start`, when a pretended reboot begins, or `back`, when the health script has found the node well in
    /// its new boot, before the daemon hears of it.
    pub what: String,
    /// Whose script wrote it.
    pub node: String,
    /// When, since the epoch.
    pub at: Duration,
    /// The boot id that the script saw.
    pub boot: String,
}

impl Journal {
    /// An empty journal at `file`.
    pub fn new(file: PathBuf) -> Self {
        fs::write(&file, "").expect("a file for the journal");
        Self(file)
    }

    pub(super) fn file(&self) -> &Path {
        &self.0
    }

    /// What is in it so far.
    pub fn entries(&self) -> Vec<Entry> {
        let text = fs::read_to_string(&self.0).expect("the journal");
        text.lines().map(|line| entry(line).unwrap_or_else(|| panic!("the journal says {line:?}"))).collect()
    }

    /// Whose reboots have begun so far, in order.
    pub fn starts(&self) -> Vec<String> {
        self.entries().into_iter().filter(|entry| entry.what == "start").map(|entry| entry.node).collect()
    }
}

fn entry(line: &str) -> Option<Entry> {
    let mut words = line.split(' ');
    let (what, node, at, boot) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let at = Duration::from_nanos(at.parse().ok()?);
    Some(Entry { what: what.to_owned(), node: node.to_owned(), at, boot: boot.to_owned() })
}
