//! A fleet: one store, one set of keys, and the first invariant held to at every revision.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crb_decide::{BootId, MachineId, NodeName};
use crb_health::{HealthRecord, encode};
use crb_lock::{Identity, Keys, Operator, Terms};
use crb_store::memory::MemoryStore;
use crb_store::{KeyRange, KeyValue, LeaseId, Op, Revision, Store, Txn};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::{Line, Node};

/// The time at which everything happens.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// Nodes that meet on one store.
#[derive(Clone)]
pub(crate) struct Fleet {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) keys: Keys,
    slots: Arc<AtomicU32>,
}

impl Fleet {
    /// On an in-memory store that never lets more keys of the queue be without a lease than there are slots.
    pub(crate) fn in_memory() -> Self {
        let store = MemoryStore::new(1);
        let fleet = Self::on(Arc::new(store.clone()), "memory");
        let (queue, slots) = (fleet.keys.queue(), Arc::clone(&fleet.slots));
        store.on_commit(move |commit, pairs| {
            let is_claim = |pair: &&KeyValue| queue.contains(&pair.key) && pair.lease.is_none();
            let claims: Vec<&str> = pairs.values().filter(is_claim).map(|pair| pair.key.as_str()).collect();
            let slots = slots.load(Ordering::Relaxed);
            assert!(claims.len() <= slots as usize, "at revision {}: {claims:?}", commit.revision);
        });
        fleet
    }

    /// On a store that others share.
    pub(crate) fn on(store: Arc<dyn Store>, namespace: &str) -> Self {
        Self { store, keys: Keys::new(namespace, "/lock"), slots: Arc::new(AtomicU32::new(1)) }
    }

    /// Lets so many nodes be out at once.
    pub(crate) fn with_slots(self, slots: u32) -> Self {
        self.slots.store(slots, Ordering::Relaxed);
        self
    }

    /// A node that has not joined yet.
    pub(crate) fn node(&self, name: &str) -> Node {
        self.node_with(name, |_, _| {})
    }

    /// The same, with another identity or other terms.
    pub(crate) fn node_with(&self, name: &str, change: impl FnOnce(&mut Identity, &mut Terms)) -> Node {
        let mut identity = Identity {
            node: NodeName::try_new(name).unwrap(),
            machine_id: MachineId(format!("machine of {name}")),
            boot_id: BootId("first boot".to_owned()),
            pid: 4711,
            version: "1.2.3".to_owned(),
        };
        let mut terms = Terms {
            lock_ttl: Duration::from_secs(90),
            presence_ttl: Duration::from_secs(60),
            reboot_timeout: Duration::from_secs(1_800),
            cooldown: Duration::ZERO,
            history_keep: None,
            go_interval: Duration::from_secs(15),
            slots: self.slots.load(Ordering::Relaxed),
            policy_digest: "digest".to_owned(),
        };
        change(&mut identity, &mut terms);
        let line = Arc::new(Line::to(Arc::clone(&self.store)));
        Node::new(Arc::default(), line, self.keys.clone(), identity, terms)
    }

    /// The same node in its next life, in the boot `boot`. It remembers what it saved, and has not joined yet.
    pub(crate) fn next_life(&self, node: &Node, boot: &str) -> Node {
        let identity = Identity { boot_id: BootId(boot.to_owned()), ..node.identity().clone() };
        let line = Arc::new(Line::to(Arc::clone(&self.store)));
        Node::new(Arc::clone(&node.memory), line, self.keys.clone(), identity, node.terms().as_ref().clone())
    }

    /// A node that has joined and is healthy.
    pub(crate) async fn member(&self, name: &str) -> Node {
        self.member_with(name, |_, _| {}).await
    }

    /// The same, with another identity or other terms.
    pub(crate) async fn member_with(
        &self,
        name: &str,
        change: impl FnOnce(&mut Identity, &mut Terms),
    ) -> Node {
        let node = self.node_with(name, change);
        node.come_up().await;
        node
    }

    /// An operator behind a line of her own, who keeps the history for a day.
    pub(crate) fn operator(&self) -> (Operator, Arc<Line>) {
        let line = Arc::new(Line::to(Arc::clone(&self.store)));
        let keep = Some(Duration::from_secs(86_400));
        (Operator::new(line.store(), self.keys.clone(), "alice", keep), line)
    }

    /// How long what stands at `key` lives.
    pub(crate) async fn lives_for(&self, key: &str) -> Duration {
        let lease = self.pair(key).await.unwrap().lease.expect("a lease");
        self.store.keep_alive(lease).await.unwrap()
    }

    /// Writes a key as a stranger does.
    pub(crate) async fn put(&self, key: impl Into<String>, value: impl Into<Vec<u8>>) -> Revision {
        self.write([Op::put(key, value)]).await
    }

    /// Takes a place in the queue as a stranger does, for as long as the lease lives that is given back.
    pub(crate) async fn put_in_queue(&self, value: impl Into<Vec<u8>>) -> LeaseId {
        let lease = self.store.grant(Duration::from_secs(600)).await.unwrap();
        self.write([Op::put_leased(self.keys.place(lease), value, lease)]).await;
        lease
    }

    /// Reports a peer's health as the Go daemon does.
    pub(crate) async fn report_as_go_daemon(&self, name: &str, reported_at: Timestamp) {
        let record = HealthRecord {
            node: name.to_owned(),
            healthy: true,
            stage: "heartbeat".to_owned(),
            reason: String::new(),
            reported_at,
            boot_id: None,
            version: None,
        };
        self.put(self.keys.health(&NodeName::try_new(name).unwrap()), encode(&record)).await;
    }

    /// Deletes a key.
    pub(crate) async fn delete(&self, key: impl Into<String>) -> Revision {
        self.write([Op::delete(key)]).await
    }

    /// Applies `ops`, whatever holds.
    pub(crate) async fn write(&self, ops: impl IntoIterator<Item = Op>) -> Revision {
        self.store.txn(Txn::default().then(ops)).await.unwrap().header.revision
    }

    /// The pair at `key`, if there is one.
    pub(crate) async fn pair(&self, key: &str) -> Option<KeyValue> {
        self.store.page(&KeyRange::key(key), None, 1, None).await.unwrap().items.pop()
    }

    /// All pairs in `range`.
    pub(crate) async fn pairs(&self, range: &KeyRange) -> Vec<KeyValue> {
        self.store.page(range, None, 0, None).await.unwrap().items
    }

    /// The record at `key`, which must be there.
    pub(crate) async fn record<T: DeserializeOwned>(&self, key: &str) -> T {
        let pair = self.pair(key).await.unwrap_or_else(|| panic!("nothing at {key}"));
        serde_json::from_slice(&pair.value).unwrap()
    }

    /// Waits until `key` is gone.
    pub(crate) async fn gone(&self, key: &str) {
        loop {
            let page = self.store.page(&KeyRange::key(key), None, 1, None).await.unwrap();
            if page.items.is_empty() {
                return;
            }
            let from = page.header.revision.next();
            self.store.watch(&[KeyRange::key(key)], from).await.unwrap().next().await.unwrap();
        }
    }
}
