//! What a run came to, as the oracle saw it.

use std::collections::BTreeMap;
use std::time::Duration;

use crb_decide::NodeName;

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The machines that had their turn, with the times of the last one.
    pub nodes: BTreeMap<NodeName, Course>,
    /// The machines that still wait for their turn, or are not back from it.
    pub unfinished: Vec<NodeName>,
    /// How long the run took.
    pub total: Duration,
    /// The most nodes that were out at once: between their claim and its end.
    pub most_out_at_once: usize,
    /// The most machines that were off at once by their reboot command.
    pub most_down_at_once: usize,
    /// How many revisions of the queue were found to be within the slots.
    pub revisions_checked: u64,
}

/// How long one machine's turn took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// From its place in the queue to its claim.
    pub waited: Duration,
    /// From its claim to the end of the claim.
    pub out: Duration,
    /// From power off to power on.
    pub down: Duration,
}
