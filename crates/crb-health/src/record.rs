//! What a node publishes about itself, as it stands in the store.

use crb_decide::{BootId, MachineId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The value of `cluster_health/<node>`: how a node is, by its own report. Its existence puts the node on
/// the roster. The earlier Go daemon writes the same record without `boot_id` and `version`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthRecord {
    /// The node's name.
    pub node: String,
    /// Whether it is healthy.
    pub healthy: bool,
    /// Where that was found, such as `heartbeat` or `rebooting`.
    #[serde(default)]
    pub stage: String,
    /// Its words; empty when all is well.
    #[serde(default)]
    pub reason: String,
    /// When it was put, by the node's own clock.
    pub reported_at: Timestamp,
    /// The boot it was put in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot_id: Option<BootId>,
    /// The program that put it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl HealthRecord {
    /// Whether a peer would read the same from `other`: its stage and time do not count.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        self.healthy == other.healthy
            && self.reason == other.reason
            && self.boot_id == other.boot_id
            && self.version == other.version
    }

    /// Whether the earlier Go daemon wrote it, which has no presence of its own and reports at intervals.
    pub const fn is_by_go_daemon(&self) -> bool {
        self.boot_id.is_none()
    }
}

/// The value of `crb/alive/<node>`: that a node is there, for as long as its presence lease lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliveRecord {
    /// The machine behind the node's name.
    pub machine_id: MachineId,
    /// The boot it runs in.
    pub boot_id: BootId,
    /// How many nodes may be out at once, as this node is configured.
    pub slots: u32,
    /// A digest of the node's cluster policy, to notice nodes that disagree.
    pub policy: String,
    /// Whether its detectors ask for a reboot.
    pub reboot_required: bool,
    /// The program's version.
    pub version: String,
}

/// A record as the bytes that stand in the store.
pub fn encode(record: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(record).expect("a record of text and numbers is always JSON")
}
