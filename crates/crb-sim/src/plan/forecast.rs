//! What a roll-out comes to.

use crb_decide::{NodeName, Reason};
use jiff::Timestamp;

use super::share::{Cause, Share, shares};

/// A roll-out, foretold.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// From when on.
    pub from: Timestamp,
    /// The reboots, in the order in which they begin.
    pub reboots: Vec<PlannedReboot>,
    /// How it ends.
    pub end: End,
    /// Nodes that want to reboot, are not well, and so are never asked.
    pub barred: Vec<Barred>,
    /// What the fleet waited for at every moment, without gaps; neighbours differ.
    pub stretches: Vec<Stretch>,
    /// What it took to find out.
    pub effort: Effort,
}

/// One node's turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedReboot {
    /// The node.
    pub node: NodeName,
    /// When it claims its slot.
    pub starts: Timestamp,
    /// When it is back and well, and the slot is free.
    pub back: Timestamp,
}

/// How a roll-out ends.
#[derive(Debug, Clone, PartialEq)]
pub enum End {
    /// Every node that may be asked has had its turn, and all are back.
    Done {
        /// When.
        at: Timestamp,
    },
    /// It stops, and no passing of time sets it going again.
    Never {
        /// Since when nothing can happen any more.
        since: Timestamp,
        /// Whose turn it would be.
        node: NodeName,
        /// What stands in its way, even with every window open and no cooldown.
        reasons: Vec<Reason>,
        /// Who still waits, in the order of turns.
        left: Vec<NodeName>,
    },
    /// It goes on, for longer than is looked ahead.
    TooFar {
        /// How far is looked.
        limit: Timestamp,
        /// Who still waits, in the order of turns.
        left: Vec<NodeName>,
    },
}

impl End {
    /// The last moment that is told of.
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Done { at: moment }
            | Self::Never { since: moment, .. }
            | Self::TooFar { limit: moment, .. } => *moment,
        }
    }

    /// Who still waits.
    pub fn left(&self) -> &[NodeName] {
        match self {
            Self::Done { .. } => &[],
            Self::Never { left, .. } | Self::TooFar { left, .. } => left,
        }
    }
}

/// A node that wants to reboot and is never asked, as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Barred {
    /// The node.
    pub node: NodeName,
    /// How it is.
    pub reason: Reason,
}

/// A time during which the fleet waited for the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// What whoever was first in the queue waited for; after the last turn, what is out.
    pub cause: Cause,
}

/// What a forecast took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effort {
    /// Moments that were looked at.
    pub moments: u64,
    /// Passes that were made; of all that must come to the same, one is.
    pub passes: u64,
}

impl Forecast {
    /// Whether every node that wants to reboot does.
    pub const fn is_whole(&self) -> bool {
        matches!(self.end, End::Done { .. }) && self.barred.is_empty()
    }

    /// What the time went by with, the longest first.
    pub fn shares(&self) -> Vec<Share> {
        shares(&self.stretches)
    }
}
