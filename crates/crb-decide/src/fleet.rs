//! The shared state as facts: who is well, who is out, what forbids a reboot.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::names::NodeName;

/// How a peer is, as far as the store tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerState {
    /// Present, and its last report says healthy.
    Healthy,
    /// Present, and its last report says unhealthy.
    Unhealthy {
        /// Where it was when it reported, such as `heartbeat`.
        stage: String,
        /// Its own words.
        reason: String,
    },
    /// On the roster, and the store has not heard of it lately.
    Silent {
        /// The time of its last report.
        last_report: Option<Timestamp>,
    },
    /// Under a claim: on its way down, down, or not yet proven back.
    Rebooting,
}

/// A pause of the whole fleet, by an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Who paused.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When it ends by itself; `None`: when an operator resumes.
    pub until: Option<Timestamp>,
}

/// A node's word that the store has gone backwards: the fleet holds until an operator confirms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Who noticed.
    pub node: String,
    /// What it noticed.
    pub reason: String,
}

/// The time between two reboots that has not passed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cooldown {
    /// Whose reboot began it.
    pub node: String,
    /// When it ends, by the clock of the node that began it; `None` if its record does not tell.
    pub until: Option<Timestamp>,
}

/// A node that is still out after its deadline.
///
/// The deadline is of its own wall clock and was compared with this node's. Either may be wrong; so this is
/// told, and nothing is decided by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Overdue {
    /// The node.
    pub node: NodeName,
    /// Since when it is out, if its claim tells.
    pub since: Option<Timestamp>,
    /// By when it was to be back.
    pub deadline: Timestamp,
}

/// The shared state at one revision of the store, as this node sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetFacts {
    /// This node.
    pub me: NodeName,
    /// Every other node on the roster.
    pub peers: BTreeMap<NodeName, PeerState>,
    /// Who found that the store has gone backwards, before an operator confirmed it.
    pub holds: Vec<Hold>,
    /// A pause, if there is one.
    pub pause: Option<Pause>,
    /// A cooldown, if there is one.
    pub cooldown: Option<Cooldown>,
    /// Nodes other than this one whose claim is in the store.
    pub out: Vec<NodeName>,
    /// Those of `out` that are past their deadline.
    pub overdue: Vec<Overdue>,
    /// How many nodes may be out at once: the smallest number that any live node publishes.
    pub slots: u32,
    /// This node's place in the queue; `None` when it has not asked for one.
    pub place: Option<crate::Place>,
}

impl FleetFacts {
    /// How many peers are healthy.
    pub fn healthy_peers(&self) -> usize {
        self.peers.values().filter(|state| **state == PeerState::Healthy).count()
    }

    /// How many nodes are on the roster, this one included.
    pub fn total(&self) -> usize {
        self.peers.len() + 1
    }
}
