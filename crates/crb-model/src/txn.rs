//! The transactions of the protocol: what each compares, and what it puts.

use crate::fault::{Broken, Fate};
use crate::mutant::Mutant;
use crate::state::{At, End, Out, State};
use crate::store::{Claim, NOW, Phase, Rev, STALE};
use crate::system::System;

/// A transaction, on its way from a machine to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Request {
    /// The machine that sent it.
    pub sender: u8,
    /// What it is to do.
    pub txn: Txn,
}

/// The transactions of the protocol, with the revisions that they compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Txn {
    /// Put the presence.
    Join {
        /// The presence as it was read.
        seen: Rev,
    },
    /// Take a place.
    Enqueue,
    /// Make a claim of a place.
    Commit(Commit),
    /// Put the presence again, so that an unanswered commit cannot be applied.
    Fence {
        /// The place's key.
        place: Rev,
        /// The own presence.
        joined: Rev,
    },
    /// Arm a claim.
    Arm {
        /// The claim.
        claim: Claim,
        /// The own presence.
        joined: Rev,
    },
    /// Put a phase into a claim.
    Mark {
        /// The claim.
        claim: Claim,
        /// The phase.
        phase: Phase,
    },
    /// Delete a claim.
    End(End),
    /// Put the own health.
    Publish {
        /// The record as it was read.
        seen: Rev,
        /// What to say.
        healthy: bool,
    },
}

/// The commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Commit {
    /// The place's key.
    pub place: Rev,
    /// The guard in the view.
    pub guard: Rev,
    /// The view's revision.
    pub view: Rev,
    /// The own presence.
    pub joined: Rev,
    /// Whether the view counted on more than one slot.
    pub wide: bool,
    /// Whether anything that the view showed has changed since: for the invariant, not for the store.
    pub outdated: bool,
    /// Whether the sender's machine has booted since.
    pub old_boot: bool,
}

impl System {
    /// Sends `txn` for `who`, and says what the answer was; `None` if there was none.
    pub(crate) fn send(&self, next: &mut State, who: u8, txn: Txn, fate: Fate) -> Option<bool> {
        let request = Request { sender: who, txn };
        match fate {
            Fate::Answered | Fate::Slow => Some(self.apply(next, request)),
            Fate::Unanswered => {
                self.apply(next, request);
                None
            }
            Fate::Lost => None,
            Fate::Late => {
                next.late.push(request);
                None
            }
        }
    }

    /// Applies `request` if its compares hold, and says whether they did.
    pub(crate) fn apply(&self, state: &mut State, request: Request) -> bool {
        let (who, name) = (request.sender, self.name(request.sender));
        if let Txn::Commit(commit) = request.txn {
            return self.commit(state, who, commit);
        }
        if let Txn::End(end) = request.txn {
            return self.end(state, who, end);
        }
        let slots = state.nodes[who as usize].slots;
        let store = &mut state.store;
        match request.txn {
            Txn::Join { seen } if store.alive_at(name) == seen => store.put_alive(name, who, slots),
            Txn::Enqueue => {
                store.add(name, who);
            }
            Txn::Fence { place, joined }
                if store.alive_at(name) == joined && store.key(place).is_some_and(|key| key.leased) =>
            {
                store.put_alive(name, who, slots);
            }
            Txn::Arm { claim, joined }
                if store.has(claim) && !store.paused && store.alive_at(name) == joined =>
            {
                store.mark(claim, Phase::Armed);
                if let Some(key) = store.key_mut(claim.key) {
                    key.attempts = (key.attempts + 1).min(self.max_runs);
                }
            }
            Txn::Mark { claim, phase } if store.has(claim) => {
                store.mark(claim, phase);
                store.put_health(name, false);
            }
            Txn::Publish { seen, healthy } if store.health_at(name) == seen => {
                store.put_health(name, healthy);
            }
            _ => return false,
        }
        true
    }

    fn may_apply(&self, state: &State, name: u8, commit: Commit) -> bool {
        let store = &state.store;
        let own = store.key(commit.place).is_some_and(|key| key.leased);
        let seen = |modified: Rev| modified <= commit.view;
        let untouched =
            store.guard == commit.guard && store.health.iter().flatten().all(|health| seen(health.modified));
        let as_wide = store.alive.iter().flatten().all(|alive| seen(alive.modified));
        (own || self.is(Mutant::NoOwnFence))
            && (!commit.wide || as_wide || self.is(Mutant::NoSlotsFence))
            && (untouched || self.is(Mutant::NeitherGuardNorHealth))
            && !store.paused
            && !store.cooling
            && (store.alive_at(name) == commit.joined || self.is(Mutant::NoPresenceCompare))
    }

    fn commit(&self, state: &mut State, who: u8, commit: Commit) -> bool {
        let name = self.name(who);
        if !self.may_apply(state, name, commit) {
            return false;
        }
        state.broken |= self.breaks_commit(state, who, commit);
        let store = &mut state.store;
        let lost = store.key(commit.place).is_none();
        let created = if lost { store.add(name, who) } else { commit.place };
        if let Some(key) = store.key_mut(created) {
            key.modified = NOW + 1;
            key.leased = self.is(Mutant::LeasedClaim);
            key.phase = Phase::Committed;
            key.old_boot = commit.old_boot;
        }
        store.put_guard();
        store.put_health(name, false);
        true
    }

    /// What a commit breaks that is just being applied.
    fn breaks_commit(&self, state: &State, sender: u8, commit: Commit) -> Broken {
        let Commit { place, outdated, .. } = commit;
        let (store, name) = (&state.store, self.name(sender));
        let ahead = || {
            let keys = store.queue.iter().filter(|key| place == STALE || key.created < place);
            keys.filter(|key| key.machine != sender)
        };
        let holder = store.alive[name as usize].map(|alive| alive.machine);
        let node = &state.nodes[sender as usize];
        let awaited = match node.at {
            At::Viewed { .. } | At::Settling { .. } => node.place == place,
            At::Dead => true,
            At::Idle => !node.recovered,
            _ => false,
        };
        Broken::TURN.unless(ahead().count() < self.slots_known(state))
            | Broken::CLASSIC_AHEAD.unless(!ahead().any(|key| self.is_classic(key.machine)))
            | Broken::I5.unless(!outdated && !store.paused && !store.cooling)
            | Broken::I7.unless(holder.is_none_or(|machine| machine == sender))
            | Broken::SETTLED.unless(awaited)
    }

    fn end(&self, state: &mut State, who: u8, end: End) -> bool {
        let End { claim, health, guard, joined, release } = end;
        let (store, name) = (&mut state.store, self.name(who));
        let holds = store.has(claim)
            && store.health_at(name) == health
            && store.guard == guard
            && joined.is_none_or(|joined| store.alive_at(name) == joined);
        let careless = !release && self.is(Mutant::AbortWithoutCompare);
        let Some(key) = store.key(claim.key).copied().filter(|_| holds || careless) else {
            return false;
        };
        store.delete(claim.key);
        store.put_guard();
        store.put_health(name, true);
        store.cooling |= release && self.cools_down;
        let node = state.node(key.machine);
        let fair = if release { key.old_boot && key.machine == who } else { node.out != Out::Yes };
        if release && fair {
            node.out = Out::No;
        }
        state.broken |= Broken::I4.unless(fair);
        true
    }
}
