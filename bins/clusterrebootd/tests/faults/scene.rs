//! A fleet on a shared etcd, what stands there of it, and what its end must look like.

use std::collections::BTreeMap;

use crb_testbed::{EtcdCluster, Fleet, History, Oracle, Outing, Put, TestNode, poll_until};
use serde_json::Value;

use crate::case::PATIENCE;
use crate::{LOCK, PROGRAM};

/// A fleet and its keys.
pub(crate) struct Scene<'a> {
    pub(crate) fleet: Fleet,
    pub(crate) history: &'a History,
    namespace: String,
    slots: u32,
}

/// A node as all cases have it: everything is short that may be.
pub(crate) fn node(name: &str, namespace: &str, slots: u32, endpoints: &[String]) -> TestNode {
    TestNode::new(PROGRAM, name, endpoints)
        .with("etcd_namespace", namespace)
        .with("max_concurrent_reboots", slots)
        .with("health_timeout_sec", 5)
        .with("health_publish_interval_sec", 2)
        .with("lock_ttl_sec", 6)
        .with("presence_ttl_sec", 10)
}

impl<'a> Scene<'a> {
    pub(crate) fn new(fleet: Fleet, history: &'a History, namespace: &str, slots: u32) -> Self {
        Self { fleet, history, namespace: namespace.to_owned(), slots }
    }

    /// What stands under a key of the fleet, as far as was heard.
    fn under(&self, key: &str) -> BTreeMap<String, Put> {
        self.history.now(&format!("/{}/{key}", self.namespace))
    }

    /// What the places and claims of a node say.
    fn places(&self, node: &str) -> Vec<(Put, Value)> {
        let queue = self.under(&format!("{}/", LOCK.trim_start_matches('/')));
        let read = |put: Put| serde_json::from_str::<Value>(&put.value).ok().map(|says| (put, says));
        queue.into_values().filter_map(read).filter(|(_, says)| says["node"] == node).collect()
    }

    /// The phase of the claim of a node; empty where it has none.
    pub(crate) fn claim(&self, node: &str) -> String {
        let claims = self.places(node).into_iter().find(|(put, _)| put.lease == 0);
        claims.and_then(|(_, says)| says["phase"].as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// Whether a node is in the queue.
    pub(crate) fn is_queued(&self, node: &str) -> bool {
        !self.places(node).is_empty()
    }

    pub(crate) fn is_present(&self, node: &str) -> bool {
        !self.under(&format!("crb/alive/{node}")).is_empty()
    }

    /// Whether a node is present and says that it is well.
    pub(crate) fn is_well(&self, node: &str) -> bool {
        let record = self.under(&format!("cluster_health/{node}"));
        self.is_present(node) && record.values().any(|put| put.value.contains(r#""healthy":true"#))
    }

    /// Whether every lease of a node has ended, as etcd sees it.
    pub(crate) fn has_lapsed(&self, node: &str) -> bool {
        !self.is_present(node) && self.places(node).iter().all(|(put, _)| put.lease == 0)
    }

    /// Whether a node has a place in the queue or has begun to reboot.
    pub(crate) fn is_on_its_way(&self, node: &str) -> bool {
        self.is_queued(node) || self.fleet.journal.starts().iter().any(|started| started == node)
    }

    /// How the claims of a node have ended so far.
    pub(crate) fn endings(&self, node: &str) -> Vec<String> {
        let entries = self.history.under(&format!("/{}/crb/history/", self.namespace));
        let read = |put: Put| serde_json::from_str::<Value>(&put.value).ok();
        let entries = entries.into_iter().filter_map(|change| change.put.and_then(read));
        let theirs = entries.filter(|entry| entry["node"] == node);
        theirs.filter_map(|entry| entry["outcome"].as_str().map(str::to_owned)).collect()
    }

    /// The last revision in which `fits` was put under a key of the fleet.
    pub(crate) fn last_put(&self, key: &str, fits: &str) -> i64 {
        let changes = self.history.under(&format!("/{}/{key}", self.namespace));
        let put =
            changes.iter().rfind(|change| change.put.as_ref().is_some_and(|put| put.value.contains(fits)));
        put.map_or(0, |change| change.revision)
    }

    fn names(&self) -> Vec<String> {
        self.fleet.nodes.iter().map(|node| node.name().to_owned()).collect()
    }

    /// Whether every node has been out and proven back, is well, and nobody is in the queue.
    pub(crate) fn is_over(&self) -> bool {
        let done = |name: &String| self.endings(name).iter().any(|outcome| outcome == "released");
        let names = self.names();
        names.iter().all(done) && names.iter().all(|name| self.is_well(name) && !self.is_queued(name))
    }

    /// Boots whoever goes down until the roll-out is over.
    pub(crate) fn finish(&mut self) {
        let over = poll_until(PATIENCE, || {
            self.fleet.boot_the_fallen();
            self.is_over().then_some(())
        });
        if over.is_none() {
            let state = |name: &String| (name.clone(), self.claim(name), self.endings(name));
            let states: Vec<_> = self.names().iter().map(state).collect();
            panic!("the roll-out does not end: {states:#?}\n{}", self.fleet.told());
        }
    }

    /// Every time that a node was out, judged by the oracle, and all of them over.
    pub(crate) fn judged(&self, cluster: &EtcdCluster) -> Vec<Outing> {
        self.history.catch_up(cluster);
        let changes = self.history.under(&format!("/{}/", self.namespace));
        let oracle = Oracle::new(&self.namespace, LOCK, usize::try_from(self.slots).expect("a few slots"));
        let judged = oracle.judge(&changes, &self.fleet.journal.entries());
        let outings = judged.unwrap_or_else(|objections| panic!("{objections:#?}\n{}", self.fleet.told()));
        assert!(outings.iter().all(|outing| outing.end.is_some()), "claims were left behind: {outings:#?}");
        outings
    }
}
