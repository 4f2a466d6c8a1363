//! The picture: what stands in the store, record by record, kept true by what a watch tells.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crb_decide::{Cooldown, Hold, NodeName};
use crb_health::Report;
use crb_store::{KeyRange, KeyValue, Revision, WatchBatch, WatchEvent};
use jiff::Timestamp;

use super::{LastReboot, Paused};
use crate::hold;
use crate::keys::Keys;
use crate::queue::QueueKey;
use crate::records::PauseRecord;
use crate::view::{self, Presence};

/// Which records there are, in the order of [`ranges`].
#[derive(Debug, Clone, Copy)]
enum Kind {
    Place,
    Health,
    Alive,
    Pause,
    Cooldown,
    Hold,
    History,
}

const KINDS: [Kind; 7] =
    [Kind::Place, Kind::Health, Kind::Alive, Kind::Pause, Kind::Cooldown, Kind::Hold, Kind::History];

/// Everything that a picture is made of; the history stands last.
pub(super) fn ranges(keys: &Keys) -> [KeyRange; KINDS.len()] {
    [
        keys.queue(),
        keys.health_records(),
        keys.alive_records(),
        KeyRange::key(keys.pause()),
        KeyRange::key(keys.cooldown()),
        keys.holds(),
        keys.history_records(),
    ]
}

/// What stands in the store at one revision.
#[derive(Debug, Clone)]
pub struct Picture {
    pub(super) revision: Revision,
    pub(super) queue: BTreeMap<String, QueueKey>,
    pub(super) reports: BTreeMap<NodeName, Report>,
    pub(super) present: Presence,
    /// When presences were seen to end.
    pub(super) gone: BTreeMap<NodeName, Timestamp>,
    pub(super) pause: Option<Paused>,
    pub(super) cooldown: Option<Cooldown>,
    pub(super) holds: BTreeMap<String, Hold>,
    pub(super) reboots: BTreeMap<NodeName, LastReboot>,
    pub(super) go_interval: Duration,
    keys: Keys,
    ranges: [KeyRange; KINDS.len()],
}

impl Picture {
    /// An empty one. A Go peer is taken to report every `go_interval`.
    pub(super) fn new(keys: &Keys, go_interval: Duration) -> Self {
        Self {
            revision: Revision::NEVER,
            queue: BTreeMap::new(),
            reports: BTreeMap::new(),
            present: BTreeMap::new(),
            gone: BTreeMap::new(),
            pause: None,
            cooldown: None,
            holds: BTreeMap::new(),
            reboots: BTreeMap::new(),
            go_interval,
            keys: keys.clone(),
            ranges: ranges(keys),
        }
    }

    /// The revision up to which it is true.
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// Takes in what a watch has told, at the time `now`.
    pub fn apply(&mut self, batch: WatchBatch, now: Timestamp) {
        self.revision = self.revision.max(batch.revision);
        for event in batch.events {
            match event {
                WatchEvent::Put(pair) => self.put(pair),
                WatchEvent::Delete { key, .. } => self.delete(&key, now),
            }
        }
    }

    /// Takes over from an `earlier` picture what no reading tells: when presences ended.
    pub fn remember(&mut self, earlier: &Self) {
        let gone = earlier.gone.iter().filter(|(node, _)| !self.present.contains_key(*node));
        self.gone.extend(gone.map(|(node, at)| (node.clone(), *at)));
    }

    fn kind(&self, key: &str) -> Option<Kind> {
        let found = KINDS.into_iter().zip(&self.ranges).find(|(_, range)| range.contains(key));
        found.map(|(kind, _)| kind)
    }

    pub(super) fn put(&mut self, pair: KeyValue) {
        match self.kind(&pair.key) {
            Some(Kind::Place) => {
                self.queue.insert(pair.key.clone(), QueueKey::from_pair(pair));
            }
            Some(Kind::Health) => self.reports.extend(view::report(&pair)),
            Some(Kind::Alive) => {
                if let Some((node, record)) = view::present(&pair) {
                    self.gone.remove(&node);
                    self.present.insert(node, record);
                }
            }
            Some(Kind::Pause) => {
                let since = serde_json::from_slice(&pair.value).ok().map(|PauseRecord { since, .. }| since);
                self.pause = Some(Paused { pause: view::pause(&pair), since });
            }
            Some(Kind::Cooldown) => self.cooldown = Some(view::cooldown(&pair)),
            Some(Kind::Hold) => {
                self.holds.insert(pair.key.clone(), hold::hold(&pair));
            }
            Some(Kind::History) => super::reboots::note(&mut self.reboots, &pair),
            None => {}
        }
    }

    fn delete(&mut self, key: &str, now: Timestamp) {
        let node = || NodeName::try_new(Keys::leaf(key)).ok();
        match self.kind(key) {
            Some(Kind::Place) => drop(self.queue.remove(key)),
            Some(Kind::Health) => {
                // Forgotten, and so is what was known of it.
                if let Some(node) = node() {
                    self.reports.remove(&node);
                    self.gone.remove(&node);
                }
            }
            Some(Kind::Alive) => {
                if let Some(node) = node() {
                    self.present.remove(&node);
                    self.gone.insert(node, now);
                }
            }
            Some(Kind::Pause) => self.pause = None,
            Some(Kind::Cooldown) => self.cooldown = None,
            Some(Kind::Hold) => drop(self.holds.remove(key)),
            Some(Kind::History) => {
                self.reboots.retain(|node, last| self.keys.history(last.released_at, node) != key);
            }
            None => {}
        }
    }

    /// Everyone who is known.
    pub(super) fn known(&self) -> BTreeSet<NodeName> {
        let queued = self.queue.values().map(QueueKey::node);
        self.reports.keys().chain(self.present.keys()).cloned().chain(queued).collect()
    }
}
