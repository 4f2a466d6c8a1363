//! What is known of a fleet before anything is foretold.

use std::collections::BTreeMap;

use crb_config::Settings;
use crb_decide::NodeName;
use crb_sim::plan::Outset;
use serde::Serialize;

use super::lengths::Length;

/// A fleet, and where what is known of it comes from.
pub(super) struct Brief {
    pub(super) outset: Outset,
    pub(super) source: Source,
    /// How long a reboot takes, of every node that wants one or is out.
    pub(super) lengths: BTreeMap<NodeName, Length>,
    /// What an operator should know of it.
    pub(super) notes: Vec<Note>,
}

/// Where the nodes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Source {
    /// The roster in etcd.
    Etcd,
    /// The command line.
    Assumed,
}

/// Something that the plan goes by, or cannot know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Note {
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Note {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// What the configuration alone says.
    pub(super) fn of_settings(settings: &Settings) -> Vec<Self> {
        let dry = "dry_run is on in this configuration: a node that has it decides and reboots nothing";
        settings.dry_run.then(|| Self::new("dry_run", dry)).into_iter().collect()
    }
}

/// The first few of many names.
pub(super) fn names<'a>(names: impl IntoIterator<Item = &'a NodeName>) -> String {
    const SHOWN: usize = 5;
    let all: Vec<&str> = names.into_iter().map(NodeName::as_str).collect();
    let shown = all.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
