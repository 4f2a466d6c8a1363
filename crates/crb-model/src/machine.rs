//! What happens to machines and leases.

use crate::fault::{Broken, Fault};
use crate::mutant::Mutant;
use crate::state::{At, Out, State};
use crate::step::{Action, Event};
use crate::store::Phase;
use crate::system::System;
use crate::txn::Txn;

impl System {
    pub(crate) fn machine_events(&self, state: &State, machine: u8, actions: &mut Vec<Action>) {
        let node = &state.nodes[machine as usize];
        let mut push = |event| actions.push(Action::Machine { machine, event });
        if !node.up {
            return push(Event::Boot);
        }
        if node.falling {
            push(Event::GoesDown);
        }
        if self.may(state, Fault::PowerCut) {
            push(Event::PowerCut);
        }
        if !node.runs() {
            return push(Event::Start);
        }
        if node.slots > 1 && self.may(state, Fault::Narrowing) {
            push(Event::Narrows);
        }
        if self.may(state, Fault::Crash) {
            push(Event::Crash);
        }
        if node.ill {
            push(Event::Recovers);
        } else if self.may(state, Fault::Illness) {
            push(Event::FallsIll);
        }
    }

    pub(crate) fn machine(&self, next: &mut State, machine: u8, event: Event) {
        match event {
            Event::Crash | Event::Narrows | Event::PowerCut | Event::FallsIll => next.faults_left -= 1,
            Event::Start | Event::GoesDown | Event::Boot | Event::Recovers => {}
        }
        let name = self.name(machine);
        let claims = next.store.queue.iter().any(|key| key.owner == name && !key.leased);
        let node = next.node(machine);
        match event {
            Event::Start => {
                node.at = At::Idle;
                node.held = true;
            }
            Event::Crash => node.die(),
            Event::Narrows => {
                node.die();
                node.slots = 1;
            }
            Event::GoesDown | Event::PowerCut => {
                if node.out == Out::Unlocked && event == Event::PowerCut {
                    node.out = Out::No;
                }
                node.die();
                node.up = false;
                node.falling = false;
                node.ill = false;
                node.marked = false;
            }
            Event::Boot => {
                node.up = true;
                node.needs = node.needs.saturating_sub(1);
                if node.out == Out::Unlocked && !claims {
                    node.out = Out::No;
                }
                next.outdate_boot(machine);
            }
            Event::FallsIll => node.ill = true,
            Event::Recovers => node.ill = false,
        }
    }

    pub(crate) fn store_events(&self, state: &State, actions: &mut Vec<Action>) {
        let strained = self.may(state, Fault::Expiry);
        for key in &state.store.queue {
            let kept = state.nodes[key.machine as usize].place == key.created;
            if key.leased && (!kept || (strained && !self.is_classic(key.machine))) {
                actions.push(Action::PlaceExpires { key: key.created });
            }
            if !key.leased && self.is(Mutant::ClaimsExpire) {
                actions.push(Action::ClaimExpires { key: key.created });
            }
        }
        for name in 0..self.machines {
            let Some(alive) = state.store.alive[name as usize] else { continue };
            let kept = state.nodes[alive.machine as usize].joined == alive.modified;
            if !kept || strained {
                actions.push(Action::PresenceExpires { name });
            }
        }
        if state.store.cooling {
            actions.push(Action::CooldownExpires);
        }
    }

    pub(crate) fn expire(&self, next: &mut State, what: Action) -> Option<()> {
        match what {
            Action::PlaceExpires { key: created } => {
                let key = *next.store.key(created)?;
                let node = next.node(key.machine);
                if node.place == created && !self.is_classic(key.machine) {
                    next.spend(self, Fault::Expiry)?;
                }
                if self.outlives_its_report(next, key.machine) {
                    return None;
                }
                next.store.delete(created);
            }
            Action::PresenceExpires { name } => {
                let alive = next.store.alive[name as usize]?;
                if next.node(alive.machine).joined == alive.modified {
                    next.spend(self, Fault::Expiry)?;
                }
                next.store.alive[name as usize] = None;
            }
            Action::CooldownExpires => next.store.cooling = false,
            Action::ClaimExpires { key } => {
                let overdue = next.store.key(key).is_some_and(|key| key.phase != Phase::Waiting);
                next.broken |= Broken::I4.unless(!overdue);
                next.store.delete(key);
                next.store.put_guard();
            }
            _ => return None,
        }
        Some(())
    }

    fn outlives_its_report(&self, state: &State, machine: u8) -> bool {
        self.is_classic(machine)
            && !state.nodes[machine as usize].up
            && self.lease_outlives_report
            && state.store.health[machine as usize].is_some_and(|health| health.fresh)
    }
}

impl State {
    /// What `machine` wrote before its boot bears the boot id of before.
    fn outdate_boot(&mut self, machine: u8) {
        for key in self.store.queue.iter_mut().filter(|key| key.machine == machine) {
            key.old_boot = true;
        }
        for request in self.late.iter_mut().filter(|request| request.sender == machine) {
            if let Txn::Commit(commit) = &mut request.txn {
                commit.old_boot = true;
            }
        }
    }
}
