//! Where everything stands in the store. The earlier Go daemon builds the very same paths.

use crb_decide::NodeName;
use crb_store::{KeyRange, LeaseId};
use jiff::Timestamp;

/// The keys of one fleet.
///
/// A key is the namespace without its outer slashes, after a slash, and the key without its leading slashes,
/// after another: byte for byte the Go daemon's rule. So a `lock_key` that already carries the namespace has
/// it twice, there and here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    namespace: String,
    lock: String,
}

impl Keys {
    /// The keys under `namespace` (may be empty) with the queue of the lock under `lock_key`.
    pub fn new(namespace: &str, lock_key: &str) -> Self {
        let namespace = match namespace.trim_matches('/') {
            "" => String::new(),
            inner => format!("/{inner}"),
        };
        let lock = format!("{namespace}/{}", lock_key.trim_start_matches('/'));
        Self { namespace, lock }
    }

    fn under(&self, key: &str) -> String {
        format!("{}/{key}", self.namespace)
    }

    /// The lock's key, under which the queue stands.
    pub fn lock(&self) -> &str {
        &self.lock
    }

    /// Every place in the queue.
    pub fn queue(&self) -> KeyRange {
        KeyRange::prefix(format!("{}/", self.lock))
    }

    /// The place of the waiter that owns `lease`.
    pub fn place(&self, lease: LeaseId) -> String {
        format!("{}/{lease}", self.lock)
    }

    /// Every health record; what exists here is the roster.
    pub fn health_records(&self) -> KeyRange {
        KeyRange::prefix(self.under("cluster_health/"))
    }

    /// The health record of `node`.
    pub fn health(&self, node: &NodeName) -> String {
        self.under(&format!("cluster_health/{node}"))
    }

    /// The presence of every node.
    pub fn alive_records(&self) -> KeyRange {
        KeyRange::prefix(self.under("crb/alive/"))
    }

    /// The presence of `node`.
    pub fn alive(&self, node: &NodeName) -> String {
        self.under(&format!("crb/alive/{node}"))
    }

    /// The guard, which every commit and every end of a claim puts.
    pub fn guard(&self) -> String {
        self.under("crb/guard")
    }

    /// The operator's pause.
    pub fn pause(&self) -> String {
        self.under("crb/pause")
    }

    /// The holds of all nodes that found that the store has gone backwards.
    pub fn holds(&self) -> KeyRange {
        KeyRange::prefix(self.under("crb/hold/"))
    }

    /// The hold of `node`.
    pub fn hold(&self, node: &NodeName) -> String {
        self.under(&format!("crb/hold/{node}"))
    }

    /// The time between reboots.
    pub fn cooldown(&self) -> String {
        self.under("reboot_cooldown")
    }

    /// Every entry of the history.
    pub fn history_records(&self) -> KeyRange {
        KeyRange::prefix(self.under("crb/history/"))
    }

    /// The entry of `node` for what ended at `time`; entries sort by time.
    pub fn history(&self, time: Timestamp, node: &NodeName) -> String {
        self.under(&format!("crb/history/{time:.3}-{node}"))
    }

    /// Everything that a node and an operator read and write: what a role of etcd has to grant, and no more.
    pub fn ranges(&self) -> [KeyRange; 4] {
        [
            self.queue(),
            self.health_records(),
            KeyRange::prefix(self.under("crb/")),
            KeyRange::key(self.cooldown()),
        ]
    }

    /// What stands before every entry of the history from `time` on, and after every earlier one.
    pub(crate) fn history_from(&self, time: Timestamp) -> String {
        self.under(&format!("crb/history/{time:.3}"))
    }

    /// The last part of a key.
    pub fn leaf(key: &str) -> &str {
        key.rsplit('/').next().unwrap_or(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_lies_in_the_ranges_of_the_role() {
        let keys = Keys::new("prod", "/lock");
        let node = NodeName::try_new("node-a").unwrap();
        let time: Timestamp = "2026-11-22T12:00:00.5Z".parse().unwrap();
        let all = [
            keys.place(LeaseId(7)),
            keys.health(&node),
            keys.alive(&node),
            keys.guard(),
            keys.pause(),
            keys.hold(&node),
            keys.cooldown(),
            keys.history(time, &node),
        ];
        for key in all {
            assert!(keys.ranges().iter().any(|range| range.contains(&key)), "{key}");
        }
    }

    #[test]
    fn paths_follow_the_rule_of_the_go_daemon() {
        let lease = LeaseId(0x694d_7d2a_3f0c_1b05);
        let table = [
            ("", "/cluster/clusterrebootd/lock", "/cluster/clusterrebootd/lock", "/reboot_cooldown"),
            ("prod", "/cluster/lock", "/prod/cluster/lock", "/prod/reboot_cooldown"),
            ("/prod/", "cluster/lock", "/prod/cluster/lock", "/prod/reboot_cooldown"),
            ("//a/b//", "//a/b/lock", "/a/b/a/b/lock", "/a/b/reboot_cooldown"),
        ];
        for (namespace, lock_key, lock, cooldown) in table {
            let keys = Keys::new(namespace, lock_key);
            assert_eq!(keys.lock(), lock);
            assert_eq!(keys.place(lease), format!("{lock}/694d7d2a3f0c1b05"));
            assert_eq!(keys.cooldown(), cooldown);
        }
        let node = NodeName::try_new("node-a").unwrap();
        let keys = Keys::new("prod", "/lock");
        assert_eq!(keys.health(&node), "/prod/cluster_health/node-a");
        assert_eq!(keys.alive(&node), "/prod/crb/alive/node-a");
        assert_eq!(keys.hold(&node), "/prod/crb/hold/node-a");
        let time: Timestamp = "2026-11-22T12:00:00.5Z".parse().unwrap();
        assert_eq!(keys.history(time, &node), "/prod/crb/history/2026-11-22T12:00:00.500Z-node-a");
    }
}
