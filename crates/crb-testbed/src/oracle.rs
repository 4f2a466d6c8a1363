//! What must be true of a fleet whatever happened to it: the lock's whole history, joined with what scripts did.
//!
//! It knows the protocol from its document and reads etcd and the journal alone, as a stranger does.

mod outing;
mod starts;

use std::collections::BTreeMap;

use serde_json::Value;

pub use outing::{End, Outing};
use starts::{at_most_out, match_starts, was_back};

use crate::history::Change;
use crate::{Entry, Put};

/// Where a fleet keeps its keys, and how many of its nodes may be out.
#[derive(Debug, Clone)]
pub struct Oracle {
    lock: String,
    history: String,
    slots: usize,
}

impl Oracle {
    /// For a fleet under `namespace`, which may be empty, with the lock at `lock_key`.
    pub fn new(namespace: &str, lock_key: &str, slots: usize) -> Self {
        let namespace = namespace.trim_matches('/');
        let under = if namespace.is_empty() { String::new() } else { format!("/{namespace}") };
        let lock = format!("{under}/{}/", lock_key.trim_matches('/'));
        Self { lock, history: format!("{under}/crb/history/"), slots }
    }

    /// Every time that a node was out, in the order in which they began; or everything that must not be. Claims
    /// that are still there are told with no end.
    ///
    /// `changes` is the whole history from revision 1; keys of others in it do not matter.
    ///
    /// # Errors
    /// What the fleet did wrong, one sentence each.
    pub fn judge(&self, changes: &[Change], journal: &[Entry]) -> Result<Vec<Outing>, Vec<String>> {
        let mut objections = vec![];
        let mut outings = self.replay(changes, &mut objections);
        match_starts(&mut outings, journal, &mut objections);
        at_most_out(self.slots, journal, &mut objections);
        for outing in &outings {
            if let Some(end) = &outing.end {
                outing.object_to(end, &mut objections);
                was_back(outing, end, journal, &mut objections);
            }
        }
        if objections.is_empty() { Ok(outings) } else { Err(objections) }
    }

    /// Follows the queue revision by revision.
    fn replay(&self, changes: &[Change], objections: &mut Vec<String>) -> Vec<Outing> {
        let mut over = vec![];
        let mut places = BTreeMap::<&str, &Put>::new();
        let mut out = BTreeMap::<&str, Outing>::new();
        for step in changes.chunk_by(|one, other| one.revision == other.revision) {
            for change in step.iter().filter(|change| change.key.starts_with(&self.lock)) {
                let key = change.key.as_str();
                match &change.put {
                    None => {
                        places.remove(key);
                        let ended =
                            out.remove(key).map(|outing| outing.ended(change, self.entry_of(step).as_ref()));
                        over.extend(ended);
                    }
                    Some(put) if put.lease != 0 => {
                        if out.contains_key(key) {
                            objections.push(format!("the claim {key} got a lease at {}", change.revision));
                        }
                        places.insert(key, put);
                    }
                    Some(put) => match out.get_mut(key) {
                        Some(outing) => outing.put_again(change, put, objections),
                        None => match Outing::begun(change, put) {
                            Ok(outing) => {
                                if places.get(key).is_none_or(|place| place.created != put.created) {
                                    objections.push(format!("{outing} was no place in the queue before"));
                                }
                                out.insert(key, outing);
                            }
                            Err(why) => objections.push(format!("{key} at {}: {why}", change.revision)),
                        },
                    },
                }
            }
            if out.len() > self.slots {
                let who: Vec<String> = out.values().map(ToString::to_string).collect();
                let revision = step.first().map_or(0, |change| change.revision);
                objections.push(format!("too many are out at revision {revision}: {}", who.join(", ")));
            }
        }
        over.extend(out.into_values());
        over.sort_by_key(|outing| outing.from);
        over
    }

    /// The entry of the history that was written in this revision.
    fn entry_of(&self, step: &[Change]) -> Option<Value> {
        let entry = step.iter().find(|change| change.key.starts_with(&self.history))?;
        serde_json::from_str(&entry.put.as_ref()?.value).ok()
    }
}

#[cfg(test)]
mod tests;
