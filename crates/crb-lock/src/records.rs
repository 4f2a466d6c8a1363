//! The values that stand under the keys, as JSON. Fields that the Go daemon writes keep their names.

use crb_decide::{BootId, ClaimPhase, MachineId, NodeName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::coordinator::Identity;

/// A place in the queue, or a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceRecord {
    /// The node that owns it.
    pub node: String,
    /// The process that took it.
    #[serde(default)]
    pub pid: u32,
    /// When it was taken.
    pub acquired_at: Timestamp,
    /// The machine behind the node's name. Absent from the Go daemon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_id: Option<MachineId>,
    /// The boot it was taken in; a claim bears the boot id from before the reboot. Absent from the Go daemon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_id: Option<BootId>,
    /// Where its owner is on its way.
    #[serde(default)]
    pub phase: ClaimPhase,
    /// Since when it is a claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When the node is overdue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// How often it was armed.
    #[serde(default)]
    pub attempts: u32,
}

impl PlaceRecord {
    /// The node that owns it, if it is called as a node may be.
    pub(crate) fn owner(&self) -> Option<NodeName> {
        NodeName::try_new(&self.node).ok()
    }

    /// Whether the node `identity` owns it. Another machine under the same name does not.
    pub(crate) fn is_of(&self, identity: &Identity) -> bool {
        self.owner().as_ref() == Some(&identity.node)
            && self.machine_id.as_ref().is_none_or(|machine| *machine == identity.machine_id)
    }
}

/// The time between two reboots of the fleet, leased for just that time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CooldownRecord {
    /// Whose reboot began it.
    pub node: String,
    /// When.
    pub started_at: Timestamp,
    /// How long it lasts, in seconds.
    pub duration_sec: u64,
}

/// An operator's pause of the whole fleet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PauseRecord {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when; absent: until someone resumes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// How a claim ended, or what else an operator did that a reboot may depend on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRecord {
    /// The node whose claim it was, or which it is about.
    pub node: String,
    /// `released`, `aborted`, `unlocked`, `forgotten` or `store_accepted`.
    pub outcome: String,
    /// Why it ended so.
    pub reason: String,
    /// Who ended it: the node, or an operator.
    pub by: String,
    /// When the claim was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed_at: Option<Timestamp>,
    /// When the claim ended.
    pub ended_at: Timestamp,
    /// How often it was armed.
    pub attempts: u32,
    /// The boot before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_before: Option<BootId>,
    /// The boot in which it ended; absent where an operator ended it and the node was not present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_after: Option<BootId>,
}

impl HistoryRecord {
    /// What an operator did about `node`, where no claim tells more.
    pub(crate) fn by_operator(
        node: &NodeName,
        outcome: &str,
        who: &str,
        reason: &str,
        now: Timestamp,
    ) -> Self {
        Self {
            node: node.to_string(),
            outcome: outcome.to_owned(),
            reason: reason.to_owned(),
            by: who.to_owned(),
            committed_at: None,
            ended_at: now,
            attempts: 0,
            boot_before: None,
            boot_after: None,
        }
    }
}
