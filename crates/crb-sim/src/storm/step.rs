//! Which step of the protocol a transaction is, by what it puts.

use crb_decide::{ClaimPhase, NodeName};
use crb_lock::{Keys, PlaceRecord};
use crb_store::{KeyRange, Op, Target, Txn};

/// A step of the protocol, as it is on its way to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// Everything that a decision rests on is read.
    View,
    /// The queue is read, and nothing else.
    Queue,
    /// Something else is read.
    Read,
    /// The presence is put.
    Join,
    /// The presence is put again, to move the fence of a commit of this key.
    Fence(String),
    /// A place is taken.
    Enqueue,
    /// A claim is made of the place with this key.
    Commit(String),
    /// The claim with this key is armed.
    Arm(String),
    /// Another phase is put into the claim with this key.
    Mark(String),
    /// The claim with this key is ended.
    End(String),
    /// The fleet is held, for the store has gone backwards; a claim may be put back with it.
    Hold,
    /// The own health is put.
    Publish,
    /// None of these.
    Other,
}

/// Where things stand, as far as steps are told apart by it.
#[derive(Debug, Clone)]
pub(crate) struct Map {
    pub(crate) queue: String,
    pub(crate) health: String,
    pub(crate) alive: String,
    pub(crate) guard: String,
    pub(crate) pause: String,
    pub(crate) cooldown: String,
    pub(crate) holds: String,
}

impl Map {
    pub(crate) fn of(keys: &Keys) -> Self {
        Self {
            queue: prefix(keys.queue()),
            health: prefix(keys.health_records()),
            alive: prefix(keys.alive_records()),
            guard: keys.guard(),
            pause: keys.pause(),
            cooldown: keys.cooldown(),
            holds: prefix(keys.holds()),
        }
    }

    pub(crate) fn step(&self, txn: &Txn) -> Step {
        let mut step = if txn.success.is_empty() { Step::Other } else { Step::Read };
        for op in &txn.success {
            step = match op {
                Op::Get { range, .. } if step == Step::Read => match range {
                    KeyRange::Prefix(prefix) if *prefix == self.queue && txn.success.len() > 1 => Step::View,
                    KeyRange::Prefix(prefix) if *prefix == self.queue => Step::Queue,
                    _ => Step::Read,
                },
                Op::Put { key, .. } if key.starts_with(&self.holds) => return Step::Hold,
                Op::Put { key, value, .. } if key.starts_with(&self.queue) => {
                    return self.step_of_place(key, value, txn);
                }
                Op::Delete { range: KeyRange::Key(key) } if key.starts_with(&self.queue) => {
                    return Step::End(key.clone());
                }
                Op::Put { key, .. } if key.starts_with(&self.alive) => self.step_of_presence(txn),
                Op::Put { key, .. } if key.starts_with(&self.health) && step != Step::Join => Step::Publish,
                _ => step,
            };
        }
        step
    }

    fn step_of_place(&self, key: &str, value: &[u8], txn: &Txn) -> Step {
        let phase = serde_json::from_slice::<PlaceRecord>(value).map(|record| record.phase);
        match phase {
            Ok(ClaimPhase::Waiting) => Step::Enqueue,
            Ok(ClaimPhase::Committed) if txn.success.iter().any(|op| self.puts_guard(op)) => {
                Step::Commit(key.to_owned())
            }
            Ok(ClaimPhase::Armed) => Step::Arm(key.to_owned()),
            Ok(_) => Step::Mark(key.to_owned()),
            Err(_) => Step::Other,
        }
    }

    fn step_of_presence(&self, txn: &Txn) -> Step {
        let place = txn.compares.iter().find_map(|compare| match (&compare.range, compare.target) {
            (KeyRange::Key(key), Target::Lease(_)) if key.starts_with(&self.queue) => Some(key.clone()),
            _ => None,
        });
        place.map_or(Step::Join, Step::Fence)
    }

    fn puts_guard(&self, op: &Op) -> bool {
        matches!(op, Op::Put { key, .. } if *key == self.guard)
    }

    /// The key of the presence of `node`.
    pub(crate) fn alive_of(&self, node: &NodeName) -> String {
        format!("{}{node}", self.alive)
    }
}

fn prefix(range: KeyRange) -> String {
    let (KeyRange::Key(text) | KeyRange::Prefix(text)) = range;
    text
}
