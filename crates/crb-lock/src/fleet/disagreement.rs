//! In what live nodes do not agree, by what they publish.

use std::collections::BTreeMap;

use crb_decide::NodeName;
use crb_health::AliveRecord;

use crate::view::Presence;

/// What nodes may publish differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// `max_concurrent_reboots`.
    Slots,
    /// The cluster policy, by its digest.
    Policy,
    /// The version of the program.
    Version,
}

impl Subject {
    const ALL: [Self; 3] = [Self::Slots, Self::Policy, Self::Version];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Slots => "slots",
            Self::Policy => "policy",
            Self::Version => "version",
        }
    }

    fn of(self, record: &AliveRecord) -> String {
        match self {
            Self::Slots => record.slots.to_string(),
            Self::Policy => record.policy.clone(),
            Self::Version => record.version.clone(),
        }
    }
}

/// Something that not all live nodes publish alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// What.
    pub subject: Subject,
    /// Who publishes what; what most publish stands first.
    pub sides: Vec<Side>,
}

/// Those who publish the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// What they publish.
    pub value: String,
    /// Who, by their names.
    pub nodes: Vec<NodeName>,
}

/// All disagreements among those whose presence can be read.
pub(super) fn among(present: &Presence) -> Vec<Disagreement> {
    Subject::ALL.into_iter().filter_map(|subject| about(subject, present)).collect()
}

fn about(subject: Subject, present: &Presence) -> Option<Disagreement> {
    let mut sides: BTreeMap<String, Vec<NodeName>> = BTreeMap::new();
    for (node, record) in present {
        if let Some(record) = record {
            sides.entry(subject.of(record)).or_default().push(node.clone());
        }
    }
    if sides.len() < 2 {
        return None;
    }
    let mut sides: Vec<Side> = sides.into_iter().map(|(value, nodes)| Side { value, nodes }).collect();
    sides.sort_by_key(|side| std::cmp::Reverse(side.nodes.len()));
    Some(Disagreement { subject, sides })
}
