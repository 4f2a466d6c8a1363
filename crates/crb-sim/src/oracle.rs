//! Proof that is independent of the daemons: it follows the store and the power of the machines, and nothing
//! that a daemon says.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crb_decide::NodeName;
use crb_lock::{Keys, PlaceRecord};
use crb_store::{KeyValue, Revision, WatchBatch, WatchEvent};
use tokio::time::Instant;

use crate::error::Violation;
use crate::power::{Cause, Power, PowerEvent};
use crate::summary::Course;

/// What has been seen of the queue and of the machines.
#[derive(Debug)]
pub(crate) struct Oracle {
    slots: usize,
    queue: BTreeMap<String, Entry>,
    off: BTreeSet<NodeName>,
    turns: BTreeMap<NodeName, Turn>,
    pub(crate) most_out: usize,
    pub(crate) most_down: usize,
    pub(crate) revisions: u64,
}

/// A key of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// Whose it is; for a stranger's, the key itself.
    owner: String,
    claimed: bool,
}

/// When a machine went through which part of its turn.
#[derive(Debug, Clone, Default)]
struct Turn {
    queued: Option<Instant>,
    claimed: Option<Instant>,
    off: Option<Instant>,
    on: Option<Instant>,
    ended: Option<Instant>,
}

impl Oracle {
    /// An oracle of a fleet in which so many may be out at once, over the queue as it is at `revision`.
    pub(crate) fn new(slots: u32, revision: Revision, queue: &[KeyValue]) -> Result<Self, Violation> {
        let mut oracle = Self {
            slots: slots as usize,
            queue: BTreeMap::new(),
            off: BTreeSet::new(),
            turns: BTreeMap::new(),
            most_out: 0,
            most_down: 0,
            revisions: 0,
        };
        for pair in queue {
            oracle.put(pair);
        }
        oracle.check(revision)?;
        Ok(oracle)
    }

    /// Takes what one revision changed in the queue.
    pub(crate) fn saw_queue(&mut self, batch: &WatchBatch) -> Result<(), Violation> {
        for event in &batch.events {
            match event {
                WatchEvent::Put(pair) => self.put(pair),
                WatchEvent::Delete { key, .. } => self.delete(key),
            }
        }
        self.check(batch.revision)
    }

    /// Takes a queue that is not what became of the one before: the store was restored or replaced. Machines that
    /// were away still are.
    pub(crate) fn restored(&mut self, revision: Revision, queue: &[KeyValue]) -> Result<(), Violation> {
        self.queue.clear();
        for pair in queue {
            self.put(pair);
        }
        self.check(revision)
    }

    /// Takes what happened to a machine. `queue` is what the store held right after.
    pub(crate) fn saw_power(&mut self, event: &PowerEvent, queue: &[KeyValue]) -> Result<(), Violation> {
        let node = &event.node;
        match event.power {
            Power::Off(Cause::Failure) => Ok(()),
            Power::Off(Cause::Command) => {
                self.off.insert(node.clone());
                self.turn(node).off = Some(Instant::now());
                self.most_down = self.most_down.max(self.off.len());
                self.check_away(node, &claims(queue))
            }
            Power::On { .. } => {
                if self.off.remove(node) {
                    self.turn(node).on = Some(Instant::now());
                }
                Ok(())
            }
        }
    }

    /// The nodes that are out or down.
    pub(crate) fn unfinished(&self) -> BTreeSet<NodeName> {
        let out = self.turns.iter().filter(|(_, turn)| turn.is_open()).map(|(node, _)| node);
        out.chain(&self.off).cloned().collect()
    }

    /// How long each part of the turn took, of those that had one.
    pub(crate) fn courses(&self) -> BTreeMap<NodeName, Course> {
        let course = |(node, turn): (&NodeName, &Turn)| Some((node.clone(), turn.course()?));
        self.turns.iter().filter_map(course).collect()
    }

    fn put(&mut self, pair: &KeyValue) {
        let entry = Entry { owner: owner(pair), claimed: pair.lease.is_none() };
        if let Ok(node) = NodeName::try_new(&entry.owner) {
            let turn = self.turn(&node);
            if turn.ended.is_some() {
                *turn = Turn::default();
            }
            turn.queued.get_or_insert_with(Instant::now);
            if entry.claimed {
                turn.claimed.get_or_insert_with(Instant::now);
            }
        }
        self.queue.insert(pair.key.clone(), entry);
    }

    fn delete(&mut self, key: &str) {
        let Some(entry) = self.queue.remove(key) else { return };
        let Ok(node) = NodeName::try_new(&entry.owner) else { return };
        if entry.claimed {
            self.turn(&node).ended = Some(Instant::now());
        } else if !self.turn(&node).is_open() && !self.queue.values().any(|other| other.owner == entry.owner)
        {
            // It left the queue, or was thrown out of it: its wait begins anew.
            self.turns.remove(&node);
        }
    }

    fn turn(&mut self, node: &NodeName) -> &mut Turn {
        self.turns.entry(node.clone()).or_default()
    }

    fn check(&mut self, revision: Revision) -> Result<(), Violation> {
        let claims: Vec<String> =
            self.queue.values().filter(|entry| entry.claimed).map(|entry| entry.owner.clone()).collect();
        self.most_out = self.most_out.max(claims.len());
        if claims.len() > self.slots {
            return Err(Violation::TooManyClaims { revision, slots: self.slots, claims });
        }
        self.revisions += 1;
        Ok(())
    }

    /// Counts who is off, and who is back with the claim still there, now that `node` went down.
    fn check_away(&self, node: &NodeName, claims: &BTreeSet<String>) -> Result<(), Violation> {
        if !claims.contains(node.as_str()) {
            return Err(Violation::Uncovered { node: node.clone() });
        }
        let back = self.turns.iter().filter(|(_, turn)| turn.on.is_some() && turn.is_open());
        let unproven = back.map(|(node, _)| node).filter(|node| claims.contains(node.as_str()));
        let away: BTreeSet<&NodeName> = self.off.iter().chain(unproven).collect();
        if away.len() > self.slots {
            return Err(Violation::TooManyAway {
                slots: self.slots,
                nodes: away.into_iter().cloned().collect(),
            });
        }
        Ok(())
    }
}

impl Turn {
    /// Whether the node is out, or went down without ever having been seen out.
    const fn is_open(&self) -> bool {
        (self.claimed.is_some() || self.off.is_some()) && self.ended.is_none()
    }

    fn course(&self) -> Option<Course> {
        let between = |from: Option<Instant>, to: Option<Instant>| -> Option<Duration> {
            Some(to?.saturating_duration_since(from?))
        };
        Some(Course {
            waited: between(self.queued, self.claimed)?,
            out: between(self.claimed, self.ended)?,
            down: between(self.off, self.on)?,
        })
    }
}

/// The owners of the claims among `queue`.
fn claims(queue: &[KeyValue]) -> BTreeSet<String> {
    queue.iter().filter(|pair| pair.lease.is_none()).map(owner).collect()
}

fn owner(pair: &KeyValue) -> String {
    serde_json::from_slice::<PlaceRecord>(&pair.value)
        .map_or_else(|_| Keys::leaf(&pair.key).to_owned(), |record| record.node)
}
