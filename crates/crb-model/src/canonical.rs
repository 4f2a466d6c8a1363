//! One state for all that behave alike: revisions by rank, nodes in order.
//!
//! A revision matters only by what it will be compared with. A fence that asks for equality either still holds
//! or never will again, unless it asks that there be no key; a view's revision matters by which health records were put after it; create revisions
//! matter by their order. So every revision is replaced by its rank among those that it can meet, and a state
//! space without bound becomes a finite one. A request that can never be applied is forgotten.

use crate::mutant::Mutant;
use crate::state::{At, End, State};
use crate::store::{Claim, MACHINES, NEVER, NOW, Rev, STALE, Store};
use crate::system::System;
use crate::txn::{Commit, Request, Txn};

/// Replaces `state` by the one that stands for it.
pub(crate) fn canonical(system: &System, state: &mut State) {
    let wide = system.slots > 1;
    let fences = Ranks { store: &state.store, wide, views: vec![] };
    state.late.retain(|request| !fences.forbid(system, *request));
    let views = views_of(state, wide);
    let State { store, nodes, late, sighted, .. } = state;
    let ranks = Ranks { store, wide, views };
    for (machine, node) in (0..).zip(nodes) {
        let name = system.name(machine);
        node.place = ranks.key(node.place);
        node.joined = ranks.alive(name, node.joined);
        ranks.at(name, &mut node.at);
    }
    for request in &mut *late {
        ranks.txn(system.name(request.sender), &mut request.txn);
    }
    *sighted = sighted.map(|claim| ranks.claim(claim));
    if !system.is(Mutant::UnlockWithoutCompare) {
        *sighted = sighted.filter(|claim| claim.modified != STALE);
    }
    let views = ranks.views;
    rank_store(store, wide, &views);
    late.sort_unstable();
    if system.symmetric {
        sort_nodes(system, state);
    }
}

/// The revisions of all views, as far as they differ in what was put after them.
fn views_of(state: &State, wide: bool) -> Vec<Rev> {
    let nodes = state.nodes.iter().filter_map(|node| match node.at {
        At::Viewed { view, .. } => Some(view),
        _ => None,
    });
    let late = state.late.iter().filter_map(|request| match request.txn {
        Txn::Commit(commit) => Some(commit.view),
        _ => None,
    });
    let mut views: Vec<Rev> = nodes.chain(late).map(|view| newest_before(&state.store, wide, view)).collect();
    views.sort_unstable();
    views.dedup();
    views
}

/// The rank of a record that views are compared with: one more than there are views that did not see it.
fn put_at(views: &[Rev], modified: Rev) -> Rev {
    let unseen = views.iter().filter(|view| **view < modified).count();
    Rev::try_from(unseen + 1).unwrap_or(STALE)
}

fn rank_store(store: &mut Store, wide: bool, views: &[Rev]) {
    for (rank, key) in (1..).zip(&mut store.queue) {
        key.created = rank;
        key.modified = 1;
    }
    for alive in store.alive.iter_mut().flatten() {
        alive.modified = if wide { put_at(views, alive.modified) } else { 1 };
    }
    for health in store.health.iter_mut().flatten() {
        health.modified = put_at(views, health.modified);
    }
    store.guard = 1;
    debug_assert!(store.queue.len() < NOW.into());
}

/// The ranks of all revisions in a state.
struct Ranks<'a> {
    store: &'a Store,
    /// Whether commits compare presences, too, with a view's revision.
    wide: bool,
    /// The revisions of views, as far as they differ in what was put after them.
    views: Vec<Rev>,
}

impl Ranks<'_> {
    /// Whether `request` can never be applied.
    fn forbid(&self, system: &System, mut request: Request) -> bool {
        self.txn(system.name(request.sender), &mut request.txn);
        let is = |mutant| system.is(mutant);
        match request.txn {
            Txn::Join { seen } | Txn::Publish { seen, .. } => seen == STALE,
            Txn::Enqueue => false,
            Txn::Commit(Commit { place, guard, joined, .. }) => {
                (place == STALE && !is(Mutant::NoOwnFence))
                    || (guard == STALE && !is(Mutant::NeitherGuardNorHealth))
                    || (joined == STALE && !is(Mutant::NoPresenceCompare))
            }
            Txn::Fence { place, joined } => place == STALE || joined == STALE,
            Txn::Arm { claim, joined } => claim.modified == STALE || joined == STALE,
            Txn::Mark { claim, .. } => claim.modified == STALE,
            Txn::End(End { claim, health, guard, joined, release }) => {
                let futile =
                    claim.modified == STALE || health == STALE || guard == STALE || joined == Some(STALE);
                if !release && is(Mutant::AbortWithoutCompare) { claim.key == STALE } else { futile }
            }
        }
    }

    /// The place of a key in the queue, counted from one.
    fn key(&self, created: Rev) -> Rev {
        let found = self.store.queue.iter().position(|key| key.created == created);
        match found {
            _ if created == NEVER => NEVER,
            Some(index) => Rev::try_from(index + 1).unwrap_or(STALE),
            None => STALE,
        }
    }

    fn claim(&self, claim: Claim) -> Claim {
        match self.store.key(claim.key) {
            None => Claim { key: STALE, modified: STALE },
            Some(key) => Claim {
                key: self.key(claim.key),
                modified: if key.modified == claim.modified { 1 } else { STALE },
            },
        }
    }

    fn alive(&self, name: u8, joined: Rev) -> Rev {
        match joined {
            NEVER => NEVER,
            _ if joined == self.store.alive_at(name) && self.wide => put_at(&self.views, joined),
            _ if joined == self.store.alive_at(name) => 1,
            _ => STALE,
        }
    }

    fn guard(&self, guard: Rev) -> Rev {
        if guard == self.store.guard { 1 } else { STALE }
    }

    fn view(&self, view: Rev) -> Rev {
        let view = newest_before(self.store, self.wide, view);
        let index = self.views.iter().position(|other| *other == view);
        index.map_or(STALE, |index| Rev::try_from(index + 1).unwrap_or(STALE))
    }

    fn health(&self, name: u8, seen: Rev) -> Rev {
        match seen {
            NEVER => NEVER,
            _ if seen != self.store.health_at(name) => STALE,
            _ => put_at(&self.views, seen),
        }
    }

    fn at(&self, name: u8, at: &mut At) {
        match at {
            At::Viewed { guard, view, .. } => {
                *guard = self.guard(*guard);
                *view = self.view(*view);
            }
            At::Settling { joined } => *joined = self.alive(name, *joined),
            At::Claimed { claim, .. }
            | At::Armed { claim, .. }
            | At::Ran { claim, .. }
            | At::GivingUp { claim }
            | At::Holding { claim }
            | At::Back { claim }
            | At::Ending { claim, .. } => *claim = self.claim(*claim),
            At::Finishing { end, claim } => {
                self.end(name, end);
                *claim = self.claim(*claim);
            }
            At::Absent | At::Dead | At::Idle | At::Outlived | At::ClassicIdle | At::ClassicQueued => {}
        }
    }

    fn end(&self, name: u8, end: &mut End) {
        end.claim = self.claim(end.claim);
        end.health = self.health(name, end.health);
        end.guard = self.guard(end.guard);
        end.joined = end.joined.map(|joined| self.alive(name, joined));
    }

    fn txn(&self, name: u8, txn: &mut Txn) {
        match txn {
            Txn::Enqueue => {}
            Txn::Join { seen } => *seen = self.alive(name, *seen),
            Txn::Publish { seen, .. } => *seen = self.health(name, *seen),
            Txn::Commit(Commit { place, guard, view, joined, .. }) => {
                *place = self.key(*place);
                *guard = self.guard(*guard);
                *view = self.view(*view);
                *joined = self.alive(name, *joined);
            }
            Txn::Fence { place, joined } => {
                *place = self.key(*place);
                *joined = self.alive(name, *joined);
            }
            Txn::Arm { claim, joined } => {
                *claim = self.claim(*claim);
                *joined = self.alive(name, *joined);
            }
            Txn::Mark { claim, .. } => *claim = self.claim(*claim),
            Txn::End(end) => self.end(name, end),
        }
    }
}

/// The newest record that a view at `view` can have seen, as far as it is still there.
fn newest_before(store: &Store, wide: bool, view: Rev) -> Rev {
    let health = store.health.iter().flatten().map(|health| health.modified);
    let alive = store.alive.iter().flatten().map(|alive| alive.modified).filter(|_| wide);
    health.chain(alive).filter(|put| *put <= view).max().unwrap_or(NEVER)
}

/// Puts the machines that are alike in kind into an order.
fn sort_nodes(system: &System, state: &mut State) {
    let ours = usize::from(system.machines) - usize::from(system.classic_peer);
    let mut order: [usize; MACHINES] = std::array::from_fn(|machine| machine);
    let traits = |machine: usize| {
        let id = u8::try_from(machine).unwrap_or(STALE);
        let keys = state.store.queue.iter().filter(|key| key.machine == id).map(|key| key.created);
        let keys = keys.fold(0_u32, |set, created| set | 1 << created);
        let late: Vec<Txn> =
            state.late.iter().filter(|request| request.sender == id).map(|request| request.txn).collect();
        (
            state.nodes[machine],
            state.store.health[machine],
            state.store.alive[machine].map(|alive| (alive.modified, alive.slots)),
            keys,
            late,
        )
    };
    order[..ours].sort_by_cached_key(|machine| traits(*machine));
    if order.is_sorted() {
        return;
    }
    let mut new_of = [0_u8; MACHINES];
    for (new, old) in (0..).zip(order) {
        new_of[old] = new;
    }
    let of = |machine: u8| new_of[machine as usize];
    state.nodes = order.map(|old| state.nodes[old]);
    state.store.health = order.map(|old| state.store.health[old]);
    state.store.alive = order.map(|old| state.store.alive[old]);
    for alive in state.store.alive.iter_mut().flatten() {
        alive.machine = of(alive.machine);
    }
    for key in &mut state.store.queue {
        key.owner = of(key.owner);
        key.machine = of(key.machine);
    }
    for request in &mut state.late {
        request.sender = of(request.sender);
    }
    state.late.sort_unstable();
}

#[cfg(test)]
mod tests;
