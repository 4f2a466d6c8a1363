//! One time that a node was out: its claim, from the commit to the end.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::Put;
use crate::history::Change;

/// A claim and what was done under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outing {
    /// Whose.
    pub node: String,
    /// The boot that the claim bore all the time.
    pub boot_id: String,
    /// The revision of the commit.
    pub from: i64,
    /// What its claim said last.
    pub phase: String,
    /// How often it was armed.
    pub arms: usize,
    /// When the reboot command was started under it, since the epoch.
    pub starts: Vec<Duration>,
    /// How it ended; `None`: it has not.
    pub end: Option<End>,
}

/// How a claim ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// The revision in which the claim went.
    pub revision: i64,
    /// `released`, `aborted`, or empty where the history says nothing.
    pub outcome: String,
    /// The boot in which it ended.
    pub boot_after: String,
    /// When it was heard of, since the epoch.
    pub heard: Duration,
}

#[derive(Deserialize)]
struct Says {
    node: String,
    boot_id: String,
    phase: String,
}

impl Outing {
    pub(super) fn begun(change: &Change, put: &Put) -> Result<Self, String> {
        let says: Says =
            serde_json::from_str(&put.value).map_err(|error| format!("an unreadable claim: {error}"))?;
        let arms = usize::from(says.phase == "armed");
        let Says { node, boot_id, phase } = says;
        Ok(Self { node, boot_id, from: change.revision, phase, arms, starts: vec![], end: None })
    }

    pub(super) fn put_again(&mut self, change: &Change, put: &Put, objections: &mut Vec<String>) {
        match Self::begun(change, put) {
            Ok(now) => {
                if (&now.node, &now.boot_id) != (&self.node, &self.boot_id) {
                    objections.push(format!("{self} changed hands at {}", change.revision));
                }
                self.arms += now.arms;
                self.phase = now.phase;
            }
            Err(why) => objections.push(format!("{self} at {}: {why}", change.revision)),
        }
    }

    pub(super) fn ended(self, change: &Change, entry: Option<&Value>) -> Self {
        let word = |name: &str| {
            let entry = entry.filter(|entry| entry["node"] == *self.node);
            entry.and_then(|entry| entry[name].as_str()).unwrap_or_default().to_owned()
        };
        let end = End {
            revision: change.revision,
            outcome: word("outcome"),
            boot_after: word("boot_after"),
            heard: change.heard,
        };
        Self { end: Some(end), ..self }
    }

    /// A claim ends by release, in another boot, or by abort, when nothing has run.
    pub(super) fn object_to(&self, end: &End, objections: &mut Vec<String>) {
        match end.outcome.as_str() {
            "released" if end.boot_after == self.boot_id || end.boot_after.is_empty() => {
                objections.push(format!("{self} was released in the boot that it began in"));
            }
            "aborted" if !self.starts.is_empty() => {
                objections.push(format!("{self} was aborted after the command had run"));
            }
            "released" | "aborted" => {}
            other => objections.push(format!("{self} ended at {} as {other:?}", end.revision)),
        }
    }
}

impl fmt::Display for Outing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the claim of {} from {} ({}, {})", self.node, self.from, self.phase, self.boot_id)
    }
}
