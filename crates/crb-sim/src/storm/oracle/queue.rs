//! What every commit does to the queue, and what must hold after it.

use std::hash::Hash;

use crb_decide::ClaimPhase;
use crb_lock::GuardRecord;
use crb_store::memory::{Change, Commit};
use crb_store::{KeyValue, WatchEvent};

use super::mirror::{self, seat};
use super::{Invariant, State, Violation};

impl State {
    pub(super) fn breaks(&mut self, invariant: Invariant, text: String) {
        self.violations.push(Violation { invariant, text });
    }

    pub(super) fn give_up(&mut self, key: &str) {
        if let Some(commit) = self.commits.get_mut(key) {
            commit.given_up = true;
        }
    }

    pub(super) fn committed(&mut self, commit: &Commit) {
        self.seen.revisions += 1;
        (commit.revision.0, self.sender).hash(&mut self.hash);
        let mut queue_changed = false;
        let holds = commit.changes.iter().any(|change| {
            change.event.key().starts_with(&self.mirror.map.holds)
                && matches!(change.event, WatchEvent::Put(_))
        });
        for change in &commit.changes {
            change.event.key().hash(&mut self.hash);
            if let WatchEvent::Put(pair) = &change.event {
                pair.value.hash(&mut self.hash);
            }
            if self.mirror.is_seat(change.event.key()) {
                queue_changed = true;
                self.seat_changed(change, commit, holds);
            }
        }
        for change in &commit.changes {
            self.mirror.apply(change, commit.revision);
        }
        if queue_changed {
            self.check_queue(commit);
            self.check_guard(commit);
        }
    }

    /// A key of the queue has changed; in the commit of a hold, if it `holds`.
    fn seat_changed(&mut self, change: &Change, commit: &Commit, holds: bool) {
        let before = change.before.as_ref();
        let was_claim = before.is_some_and(|pair| pair.lease.is_none());
        match &change.event {
            WatchEvent::Put(pair) if holds => self.put_back(pair),
            WatchEvent::Put(pair) if is_commit(pair) && !was_claim => self.made(pair, before, commit),
            WatchEvent::Put(pair) if pair.lease.is_none() && !was_claim => {
                if !before.is_some_and(is_commit) {
                    let text = format!("at {} {} became a claim without a commit", commit.revision, pair.key);
                    self.breaks(Invariant::CurrentView, text);
                }
            }
            WatchEvent::Put(pair) => self.went_on(pair, before, commit),
            WatchEvent::Delete { .. } if was_claim => self.ended(change, commit),
            WatchEvent::Delete { .. } => {}
        }
    }

    /// A node puts a claim back that the store had lost. A new key has lost its place, and in the time until the
    /// first hold another node may have taken its slot.
    fn put_back(&mut self, pair: &KeyValue) {
        self.put_back.insert(pair.key.clone());
        if let Some((index, out)) = self.lost.remove(&pair.key) {
            self.machines[index].out = Some(out);
        }
    }

    /// A claim is put again, in another phase.
    fn went_on(&mut self, pair: &KeyValue, before: Option<&KeyValue>, commit: &Commit) {
        let armed = |pair: &KeyValue| seat(pair).phase == ClaimPhase::Armed;
        if !self.mirror.holds.is_empty() && armed(pair) && before.is_some() {
            let text =
                format!("at {} {} was armed, and {:?} held", commit.revision, pair.key, self.mirror.holds);
            self.breaks(Invariant::HoldHolds, text);
        }
    }

    /// What must hold whenever the queue has changed.
    fn check_queue(&mut self, commit: &Commit) {
        let made = |claim: &(&String, &mirror::Seat)| !self.put_back.contains(claim.0);
        let claims: Vec<&str> =
            self.mirror.claims().filter(made).map(|(_, seat)| seat.owner.as_str()).collect();
        if claims.len() > self.slots as usize {
            let text = format!("at {} claims are held by {}", commit.revision, claims.join(", "));
            self.breaks(Invariant::SlotsInStore, text);
        }
        for index in 0..self.machines.len() {
            self.check_covered(index, &format!("at {}", commit.revision));
        }
    }

    /// Whoever puts the guard names all who are out, for those who read nothing else.
    fn check_guard(&mut self, commit: &Commit) {
        let guard = commit.changes.iter().find_map(|change| match &change.event {
            WatchEvent::Put(pair) if pair.key == self.mirror.map.guard => Some(pair),
            _ => None,
        });
        let Some(Ok(guard)) = guard.map(|pair| serde_json::from_slice::<GuardRecord>(&pair.value)) else {
            return;
        };
        let mut told: Vec<String> = guard.out.iter().map(|out| out.node.to_string()).collect();
        let is_out = |seat: &&mirror::Seat| !seat.leased || seat.phase != ClaimPhase::Waiting;
        let mut out: Vec<String> =
            self.mirror.queue.values().filter(is_out).map(|seat| seat.owner.clone()).collect();
        told.sort_unstable();
        out.sort_unstable();
        if told != out {
            let text = format!("at {} it says {told:?}, and out are {out:?}", commit.revision);
            self.breaks(Invariant::GuardTells, text);
        }
    }
}

/// Whether a pair is what a commit puts, with a lease or without.
fn is_commit(pair: &KeyValue) -> bool {
    seat(pair).phase == ClaimPhase::Committed
}
