//! What a forecast sets out from.

use std::time::Duration;

use crb_decide::{Cooldown, Hold, NodeName, Overdue, Pause, PeerState, Policy};
use crb_windows::Windows;
use jiff::Timestamp;

/// A fleet, and what holds it back, at the moment from which it is foretold.
#[derive(Debug, Clone)]
pub struct Outset {
    /// That moment.
    pub from: Timestamp,
    /// Every node of the roster; those that want to reboot take their turns in this order.
    pub members: Vec<Member>,
    /// How many nodes may be out at once; at least 1.
    pub slots: u32,
    /// The cluster policy.
    pub policy: Policy,
    /// The maintenance windows.
    pub windows: Windows,
    /// How long the fleet rests after a reboot; zero: not at all.
    pub cooldown: Duration,
    /// A cooldown that runs already. One without an end never ends.
    pub cooling: Option<Cooldown>,
    /// A pause. One without an end never ends.
    pub pause: Option<Pause>,
    /// The words of nodes that found that the store has gone backwards. They never end by themselves.
    pub holds: Vec<Hold>,
}

/// A node of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: NodeName,
    /// How it is, which it stays unless it is out.
    pub state: PeerState,
    /// Whether it wants to reboot.
    pub turn: Turn,
}

/// Where a node is on its way to a reboot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// It does not want one.
    Unwanted,
    /// It wants one.
    Wanted {
        /// From its claim to the end of its claim.
        reboot: Duration,
    },
    /// It is out.
    Out {
        /// When it is back and well; `None`: not before somebody comes to help.
        back: Option<Timestamp>,
        /// That it is past its deadline.
        overdue: Option<Overdue>,
    },
}
