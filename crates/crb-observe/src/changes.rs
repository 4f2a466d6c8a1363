//! Tells what is new from what has been said already.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::event::{Event, Sink, What};
use crate::gist::gist;

/// A trouble has no event that ends it. After so long without it, it is told again.
const QUIET: Duration = Duration::from_secs(600);

/// How many subjects are remembered. Beyond that all are forgotten: at worst something is told twice.
const SUBJECTS: usize = 1024;

/// Remembers what was said last of every subject.
#[derive(Debug, Default)]
pub struct Changes(Mutex<HashMap<Subject, Said>>);

/// What an event speaks of: its kind, and which stage, peer or component of it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Subject {
    kind: &'static str,
    part: String,
}

#[derive(Debug)]
struct Said {
    gist: String,
    at: Timestamp,
}

impl Changes {
    /// Whether the event says nothing but what was said of its subject before, times and durations aside.
    /// What happens once, such as a step of a reboot, is never a repeat.
    pub fn is_repeat(&self, event: &Event) -> bool {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let over = ended_by(&event.what);
        if !over.is_empty() {
            said.retain(|subject, _| !over.contains(&subject.kind));
        }
        let Some((part, gist)) = gist(&event.what) else { return false };
        let subject = Subject { kind: event.what.name(), part };
        let repeats = said.get(&subject).is_some_and(|before| {
            before.gist == gist && !(is_trouble(&event.what) && lapsed(before.at, event.at))
        });
        if said.len() >= SUBJECTS && !said.contains_key(&subject) {
            said.clear();
        }
        said.insert(subject, Said { gist, at: event.at });
        repeats
    }
}

const fn is_trouble(what: &What) -> bool {
    matches!(what, What::Trouble { .. })
}

fn lapsed(before: Timestamp, now: Timestamp) -> bool {
    now.duration_since(before).unsigned_abs() > QUIET
}

/// The kinds of events whose story this one ends: when they come again, they are new.
const fn ended_by(what: &What) -> &'static [&'static str] {
    match what {
        What::LockAcquired { .. } | What::LockReleased { .. } | What::LockLost { .. } => {
            &["lock_attempt", "lock_backoff", "lock_failed"]
        }
        What::PresenceJoined { .. } => &["presence_lost"],
        What::RebootCommitted { .. } => &["hook"],
        _ => &[],
    }
}

/// Hands on what is new, and nothing that was said already.
#[derive(Debug, Default)]
pub struct ChangesOnly<S> {
    inner: S,
    changes: Changes,
}

impl<S: Sink> ChangesOnly<S> {
    /// Hands on to `inner`.
    pub fn new(inner: S) -> Self {
        Self { inner, changes: Changes::default() }
    }
}

impl<S: Sink> Sink for ChangesOnly<S> {
    fn take(&self, event: &Event) {
        if !self.changes.is_repeat(event) {
            self.inner.take(event);
        }
    }
}

#[cfg(test)]
mod tests;
