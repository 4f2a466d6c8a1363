//! A state of the store, kept, and put back later.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::history::History;
use super::leases::Leases;
use super::state::State;
use super::watchers::Watchers;
use crate::{KeyValue, LeaseId, Revision};

/// What a store held at some time.
#[derive(Debug, Clone)]
pub struct Backup {
    revision: Revision,
    pairs: BTreeMap<String, KeyValue>,
    history: History,
    leases: Leases,
}

impl Backup {
    /// The revision at which it was made.
    pub const fn revision(&self) -> Revision {
        self.revision
    }
}

impl State {
    pub(super) fn backup(&self) -> Backup {
        Backup {
            revision: self.revision,
            pairs: self.pairs.clone(),
            history: self.history.clone(),
            leases: self.leases.clone(),
        }
    }

    /// Puts a backup back, and gives the leases that live on from it.
    pub(super) fn restore(&mut self, backup: &Backup, cluster_id: u64, now: Instant) -> Vec<LeaseId> {
        self.cluster_id = cluster_id;
        self.revision = backup.revision;
        self.pairs = backup.pairs.clone();
        self.history = backup.history.clone();
        self.leases.restore(&backup.leases, now);
        self.watchers = Watchers::default();
        self.leases.ids()
    }
}
