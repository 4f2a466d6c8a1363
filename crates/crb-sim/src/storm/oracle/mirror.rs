//! What the store holds, as far as invariants speak of it: read once, when it is put.

use std::collections::{BTreeMap, BTreeSet};

use crb_decide::ClaimPhase;
use crb_health::{AliveRecord, HealthRecord};
use crb_lock::PlaceRecord;
use crb_store::memory::Change;
use crb_store::{KeyValue, Revision, WatchEvent};
use tokio::time::Instant;

use super::super::step::Map;

/// A key of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) owner: String,
    pub(crate) machine: Option<String>,
    pub(crate) boot: Option<String>,
    pub(crate) leased: bool,
    pub(crate) phase: ClaimPhase,
    pub(crate) created: Revision,
    pub(crate) modified: Revision,
}

/// A health record; `None` where it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Health {
    pub(crate) record: Option<HealthRecord>,
    pub(crate) modified: Revision,
    pub(crate) put: Instant,
}

/// A presence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Presence {
    pub(crate) machine: String,
    pub(crate) slots: u32,
    /// When it began.
    pub(crate) began: Revision,
    /// When it ended; `None` while it lives.
    pub(crate) ended: Option<Revision>,
}

/// The store.
#[derive(Debug)]
pub(crate) struct Mirror {
    pub(crate) map: Map,
    pub(crate) queue: BTreeMap<String, Seat>,
    pub(crate) health: BTreeMap<String, Health>,
    pub(crate) presence: BTreeMap<String, Presence>,
    pub(crate) paused: bool,
    pub(crate) cooling: bool,
    /// Who holds the fleet, for the store has gone backwards.
    pub(crate) holds: BTreeSet<String>,
    /// When a health record was last deleted.
    pub(crate) forgotten: Revision,
    /// When a claim of each node was last made or ended.
    pub(crate) claims_changed: BTreeMap<String, Revision>,
}

impl Mirror {
    pub(crate) fn new(map: Map) -> Self {
        Self {
            map,
            queue: BTreeMap::new(),
            health: BTreeMap::new(),
            presence: BTreeMap::new(),
            paused: false,
            cooling: false,
            holds: BTreeSet::new(),
            forgotten: Revision::NEVER,
            claims_changed: BTreeMap::new(),
        }
    }

    /// What the store holds now that it was restored.
    pub(crate) fn restored(&mut self, pairs: &BTreeMap<String, KeyValue>) {
        *self = Self::new(self.map.clone());
        for pair in pairs.values() {
            let change = Change { event: WatchEvent::Put(pair.clone()), before: None };
            self.apply(&change, pair.mod_revision);
        }
    }

    /// Whether `key` lies in the queue.
    pub(crate) fn is_seat(&self, key: &str) -> bool {
        key.starts_with(&self.map.queue)
    }

    /// The claims.
    pub(crate) fn claims(&self) -> impl Iterator<Item = (&String, &Seat)> {
        self.queue.iter().filter(|(_, seat)| !seat.leased)
    }

    /// Follows one change of the commit `revision`.
    pub(crate) fn apply(&mut self, change: &Change, revision: Revision) {
        let key = change.event.key();
        let put = match &change.event {
            WatchEvent::Put(pair) => Some(pair),
            WatchEvent::Delete { .. } => None,
        };
        if key.starts_with(&self.map.queue) {
            self.apply_seat(key, put, revision);
        } else if let Some(node) = key.strip_prefix(&self.map.health) {
            self.apply_health(node, put, revision);
        } else if let Some(node) = key.strip_prefix(&self.map.alive) {
            self.apply_presence(node, put, revision);
        } else if key.starts_with(&self.map.holds) {
            if put.is_some() {
                self.holds.insert(key.to_owned());
            } else {
                self.holds.remove(key);
            }
        } else if *key == self.map.pause {
            self.paused = put.is_some();
        } else if *key == self.map.cooldown {
            self.cooling = put.is_some();
        }
    }

    fn apply_seat(&mut self, key: &str, put: Option<&KeyValue>, revision: Revision) {
        let before = match put {
            Some(pair) => self.queue.insert(key.to_owned(), seat(pair)),
            None => self.queue.remove(key),
        };
        let claim = |seat: &&Seat| !seat.leased;
        let (was, is) = (before.as_ref().filter(claim), self.queue.get(key).filter(claim));
        if was.is_some() != is.is_some()
            && let Some(seat) = was.or(is)
        {
            self.claims_changed.insert(seat.owner.clone(), revision);
        }
    }

    fn apply_health(&mut self, node: &str, put: Option<&KeyValue>, revision: Revision) {
        if let Some(pair) = put {
            let record = serde_json::from_slice(&pair.value).ok();
            let health = Health { record, modified: revision, put: Instant::now() };
            self.health.insert(node.to_owned(), health);
        } else {
            self.forgotten = revision;
            self.health.remove(node);
        }
    }

    fn apply_presence(&mut self, node: &str, put: Option<&KeyValue>, revision: Revision) {
        match put {
            Some(pair) => {
                let record = serde_json::from_slice::<AliveRecord>(&pair.value).ok();
                let (machine, slots) =
                    record.map_or_else(|| (String::new(), 1), |record| (record.machine_id.0, record.slots));
                let before = self.presence.get(node).filter(|presence| presence.ended.is_none());
                let began = before.map_or(revision, |presence| presence.began);
                self.presence.insert(node.to_owned(), Presence { machine, slots, began, ended: None });
            }
            None => {
                if let Some(presence) = self.presence.get_mut(node) {
                    presence.ended = Some(revision);
                }
            }
        }
    }
}

/// A key of the queue as it was put.
pub(crate) fn seat(pair: &KeyValue) -> Seat {
    let record = serde_json::from_slice::<PlaceRecord>(&pair.value).ok();
    Seat {
        owner: record.as_ref().map_or_else(|| pair.key.clone(), |record| record.node.clone()),
        machine: record.as_ref().and_then(|record| record.machine_id.clone()).map(|machine| machine.0),
        boot: record.as_ref().and_then(|record| record.boot_id.clone()).map(|boot| boot.0),
        leased: pair.lease.is_some(),
        phase: record.map_or(ClaimPhase::Waiting, |record| record.phase),
        created: pair.create_revision,
        modified: pair.mod_revision,
    }
}
