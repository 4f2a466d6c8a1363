//! What all steps share.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crb_decide::{BootId, MachineId, NodeName};
use crb_health::OwnHealth;
use crb_store::{LeaseId, Store};
use tokio::sync::watch;

use crate::aborted::LastAborted;
use crate::keys::Keys;
use crate::lineage::Lineage;
use crate::memory::{Memory, RamMemory};
use crate::presence::Joined;
use crate::witness::Witness;

/// Who this node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name under which the fleet knows it.
    pub node: NodeName,
    /// The machine behind the name.
    pub machine_id: MachineId,
    /// The boot it runs in.
    pub boot_id: BootId,
    /// This process.
    pub pid: u32,
    /// The program's version.
    pub version: String,
}

/// The times and numbers of the protocol, as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// How long a place in the queue outlives a dead waiter (`lock_ttl_sec`).
    pub lock_ttl: Duration,
    /// How long a dead node counts as present (`presence_ttl_sec`).
    pub presence_ttl: Duration,
    /// How long a node may be out before it is overdue (`reboot_timeout_sec`).
    pub reboot_timeout: Duration,
    /// How long the fleet rests after a reboot (`min_reboot_interval_sec`); zero: not at all.
    pub cooldown: Duration,
    /// How long the history is kept; `None`: none is written.
    pub history_keep: Option<Duration>,
    /// How often a Go peer reports its health (`health_publish_interval_sec`).
    pub go_interval: Duration,
    /// How many nodes may be out at once (`max_concurrent_reboots`).
    pub slots: u32,
    /// A digest of the cluster policy.
    pub policy_digest: String,
}

/// The steps of the protocol for one node. Cheap to share; it keeps what it must remember of its presence.
pub struct Coordinator {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) keys: Keys,
    pub(crate) identity: Identity,
    terms: Mutex<Arc<Terms>>,
    pub(crate) own: Arc<OwnHealth>,
    pub(crate) joined: watch::Sender<Option<Joined>>,
    /// Held by whoever puts the presence again, or relies on it that nobody does.
    pub(crate) presence_puts: tokio::sync::Mutex<()>,
    pub(crate) lineage: Arc<Lineage>,
    pub(crate) attended: watch::Sender<Option<Attended>>,
    pub(crate) aborted: LastAborted,
}

/// Under which presence the store's history was last looked at, and in which of its epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attended {
    /// The presence lease.
    pub lease: LeaseId,
    /// How often the store had gone backwards since this process began.
    pub epoch: u64,
}

impl Coordinator {
    /// The coordinator of the node `identity`, which remembers nothing from an earlier life.
    pub fn new(store: Arc<dyn Store>, keys: Keys, identity: Identity, terms: Terms) -> Self {
        Self::remembering(Arc::new(RamMemory::default()), store, keys, identity, terms)
    }

    /// The same, which goes on from what `memory` holds of the store.
    pub fn remembering(
        memory: Arc<dyn Memory>,
        store: Arc<dyn Store>,
        keys: Keys,
        identity: Identity,
        terms: Terms,
    ) -> Self {
        let lineage = Arc::new(Lineage::recall(memory));
        let store: Arc<dyn Store> =
            Arc::new(Witness::new(store, Arc::clone(&lineage), keys.hold(&identity.node)));
        let own = Arc::new(OwnHealth::new(
            Arc::clone(&store),
            keys.health(&identity.node),
            identity.node.clone(),
            identity.boot_id.clone(),
            identity.version.clone(),
        ));
        Self {
            store,
            keys,
            identity,
            terms: Mutex::new(Arc::new(terms)),
            own,
            joined: watch::Sender::new(None),
            presence_puts: tokio::sync::Mutex::default(),
            lineage,
            attended: watch::Sender::new(None),
            aborted: LastAborted::default(),
        }
    }

    /// The writer of this node's health record.
    pub fn own_health(&self) -> &OwnHealth {
        &self.own
    }

    /// Who this node is.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The store.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The store, for a task of its own.
    pub fn shared_store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    /// Where everything stands.
    pub const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The times and numbers of the protocol, as they are now.
    pub fn terms(&self) -> Arc<Terms> {
        Arc::clone(&self.terms.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Goes by other times and numbers from now on. What is granted already keeps its time to live; what others are
    /// to know of it is published by [`publish_terms`](Self::publish_terms).
    pub fn set_terms(&self, terms: Terms) {
        *self.terms.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(terms);
    }
}
