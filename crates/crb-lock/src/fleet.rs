//! The fleet as an onlooker sees it, who is no node: one row a node, and what holds for all of them.
//!
//! An [`Onlooker`] reads everything at one revision into a [`Picture`], and a watch from there on keeps the picture
//! true without a further request. [`Picture::fleet`] judges it: of what is in the store and the time alone, and by
//! the functions that make the view on which nodes decide.

mod disagreement;
mod judge;
mod onlooker;
mod picture;
mod reboots;
#[cfg(test)]
mod tests;

use crb_decide::{ClaimPhase, Cooldown, Hold, NodeName, Pause};
use crb_store::Revision;
use jiff::Timestamp;

pub use disagreement::{Disagreement, Side, Subject};
pub use onlooker::Onlooker;
pub use picture::Picture;

/// The fleet at one revision of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fleet {
    /// The revision.
    pub revision: Revision,
    /// Every known node, by its name.
    pub nodes: Vec<FleetNode>,
    /// How many nodes may be out at once: the smallest number that any live node publishes, and 1 while somebody who
    /// knows of no slots is on the roster or in the queue.
    pub slots: u32,
    /// How many claims there are.
    pub taken: usize,
    /// An operator's pause.
    pub pause: Option<Paused>,
    /// The time between two reboots.
    pub cooldown: Option<Cooldown>,
    /// Who found that the store has gone backwards.
    pub holds: Vec<Hold>,
    /// In what the live nodes do not agree.
    pub disagreements: Vec<Disagreement>,
}

/// A pause, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    /// As the gates see it.
    pub pause: Pause,
    /// Since when, if its record tells.
    pub since: Option<Timestamp>,
}

/// A node of the fleet. Times are of the clock of the node that put them, unless something else is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetNode {
    /// Its name.
    pub node: NodeName,
    /// How it is.
    pub state: NodeState,
    /// Since when it is so; `None` where the store does not tell, and of a healthy node.
    ///
    /// Of an unhealthy node this is when it put the record that says so. The store does not tell when a presence ended;
    /// who watched it end knows, by the onlooker's clock.
    pub since: Option<Timestamp>,
    /// When it last put its health, which a node does on change, and the Go daemon at intervals.
    pub last_report: Option<Timestamp>,
    /// Where an unhealthy node found that it is, such as `heartbeat`.
    pub stage: Option<String>,
    /// The words of an unhealthy node.
    pub reason: Option<String>,
    /// Where it is on its way, under a claim that can be read.
    pub phase: Option<ClaimPhase>,
    /// By when it is to be back, under a claim.
    pub deadline: Option<Timestamp>,
    /// Its place among those that wait, from 1 on.
    pub place: Option<usize>,
    /// Whether its detectors ask for a reboot; `None` where that is not known.
    pub reboot_needed: Option<bool>,
    /// What runs there.
    pub program: Program,
    /// How many nodes may be out at once, as this one publishes it.
    pub slots: Option<u32>,
    /// Its last reboot in the history.
    pub last_reboot: Option<LastReboot>,
}

/// How a node is. What needs eyes stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeState {
    /// Out, and past its deadline.
    Overdue,
    /// Out; its reboot command ran as often as it may, and the machine is still there.
    Stuck,
    /// Its last report says unhealthy, or cannot be read.
    Unhealthy,
    /// On the roster, and not heard of.
    Silent,
    /// Out: on its way down, down, or not yet proven back.
    Rebooting,
    /// Well, and in the queue.
    Waiting,
    /// Well.
    Healthy,
}

impl NodeState {
    /// All of them, in their order.
    pub const ALL: [Self; 7] = [
        Self::Overdue,
        Self::Stuck,
        Self::Unhealthy,
        Self::Silent,
        Self::Rebooting,
        Self::Waiting,
        Self::Healthy,
    ];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Overdue => "overdue",
            Self::Stuck => "stuck",
            Self::Unhealthy => "unhealthy",
            Self::Silent => "silent",
            Self::Rebooting => "rebooting",
            Self::Waiting => "waiting",
            Self::Healthy => "healthy",
        }
    }
}

/// What runs on a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// This one, in a version that its records may tell.
    Clusterrebootd(Option<String>),
    /// The earlier Go daemon, which has no presence and knows of no slots.
    GoDaemon,
    /// Nobody can tell: its records cannot be read, or a hand holds the lock.
    Unknown,
}

/// A reboot that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastReboot {
    /// When the claim was made.
    pub committed_at: Option<Timestamp>,
    /// When the node was back and proven well.
    pub released_at: Timestamp,
}

/// How many nodes there are of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    states: [usize; NodeState::ALL.len()],
    /// How many need a reboot.
    pub reboot_needed: usize,
    /// Of how many that is not known.
    pub reboot_unknown: usize,
}

impl Counts {
    /// How many are in this state.
    pub const fn of(&self, state: NodeState) -> usize {
        self.states[state as usize]
    }

    /// How many there are.
    pub fn total(&self) -> usize {
        self.states.iter().sum()
    }
}

/// In which order the nodes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By their state; those that wait by their place, all others by their names.
    #[default]
    State,
    /// By their names.
    Name,
    /// Those that never rebooted first, then by the time of their last reboot, the longest ago first.
    LastReboot,
}

impl Fleet {
    /// How many nodes there are of each kind.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for node in &self.nodes {
            counts.states[node.state as usize] += 1;
            counts.reboot_needed += usize::from(node.reboot_needed == Some(true));
            counts.reboot_unknown += usize::from(node.reboot_needed.is_none());
        }
        counts
    }

    /// The nodes in one of these `states`, or all if none is named, in this order.
    pub fn rows(&self, states: &[NodeState], order: Order) -> Vec<&FleetNode> {
        let is_wanted = |node: &&FleetNode| states.is_empty() || states.contains(&node.state);
        let mut rows: Vec<&FleetNode> = self.nodes.iter().filter(is_wanted).collect();
        // They stand by their names, and a stable sort leaves equals where they are.
        match order {
            Order::State => rows.sort_by_key(|node| (node.state, node.place)),
            Order::Name => {}
            Order::LastReboot => rows.sort_by_key(|node| node.last_reboot.map(|last| last.released_at)),
        }
        rows
    }
}
