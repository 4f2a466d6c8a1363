//! What etcd tells of the fleet, by `etcdctl watch` and not by a word of ours.

use std::collections::BTreeMap;

use crb_testbed::{Change, Put};
use serde_json::Value;

use super::Fleet;
use crate::log::until;
use crate::patience::{TURN, WAIT};
use crate::trouble::Outcome;

impl Fleet {
    /// Waits until etcd knows these nodes as present and well.
    pub(crate) fn await_well(&self, nodes: &[&str]) -> Outcome {
        until(format!("{} are present and well", nodes.join(", ")), WAIT, || {
            let (alive, health) = (self.records("crb/alive/"), self.records("cluster_health/"));
            let well = |node: &str| alive.contains_key(node) && health.get(node).is_some_and(is_well);
            Ok(nodes.iter().all(|node| well(node)).then_some(()))
        })
    }

    /// Waits until etcd knows this node as unwell.
    pub(crate) fn await_unwell(&self, node: &str) -> Outcome {
        until(format!("{node} is known to be unwell"), WAIT, || {
            Ok(self.records("cluster_health/").get(node).is_some_and(|health| !is_well(health)).then_some(()))
        })
    }

    /// What stands in etcd under this prefix of the fleet, by the rest of the key.
    pub(crate) fn records(&self, prefix: &str) -> BTreeMap<String, Value> {
        let prefix = format!("/{}/{prefix}", self.namespace);
        let read = |(key, put): (String, Put)| {
            let name = key.strip_prefix(&prefix)?.to_owned();
            Some((name, serde_json::from_str(&put.value).ok()?))
        };
        self.history.now(&prefix).into_iter().filter_map(read).collect()
    }

    /// The places in the queue that stand, claims and others, by when they were taken.
    pub(crate) fn places(&self) -> Vec<i64> {
        self.history.now(&self.queue()).into_values().map(|put| put.created).collect()
    }

    /// The claims that stand: who, and in which phase.
    pub(crate) fn claims(&self) -> Vec<(String, String)> {
        let places = self.history.now(&self.queue());
        let claims = places.into_values().filter(|put| put.lease == 0);
        let read = |put: Put| {
            let says: Value = serde_json::from_str(&put.value).ok()?;
            Some((says["node"].as_str()?.to_owned(), says["phase"].as_str()?.to_owned()))
        };
        claims.filter_map(read).collect()
    }

    /// Waits until this node has a claim in this phase.
    pub(crate) fn await_claim(&self, node: &str, phase: &str) -> Outcome {
        until(format!("the claim of {node} is {phase}"), WAIT, || {
            Ok(self.claims().iter().any(|(who, what)| who == node && what == phase).then_some(()))
        })
    }

    /// How many claims of each node were released so far, by etcd's own history.
    pub(crate) fn released(&self) -> BTreeMap<String, usize> {
        let mut released = BTreeMap::new();
        for entry in self.records("crb/history/").into_values().filter(|entry| entry["outcome"] == "released")
        {
            *released.entry(entry["node"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
        released
    }

    /// Waits until these nodes have been out and back, and no claim stands.
    pub(crate) fn await_released(&self, nodes: &[&str]) -> Outcome {
        let limit = TURN * u32::try_from(nodes.len()).unwrap_or(1);
        until(format!("{} have been released", nodes.join(", ")), limit, || {
            let released = self.released();
            let all = nodes.iter().all(|node| released.contains_key(*node));
            Ok((all && self.claims().is_empty()).then_some(()))
        })
    }

    /// All that was ever put and deleted in this fleet.
    pub(crate) fn changes(&self) -> Vec<Change> {
        self.history.catch_up(&self.etcd);
        self.history.under(&format!("/{}/", self.namespace))
    }

    /// The prefix of the places in the queue.
    pub(crate) fn queue(&self) -> String {
        format!("/{}/cluster/clusterrebootd/lock/", self.namespace)
    }
}

fn is_well(health: &Value) -> bool {
    health["healthy"] == true
}
