//! What an operator does: pause and resume, forget, unlock.

use crate::fault::Fault;
use crate::mutant::Mutant;
use crate::state::{Out, State};
use crate::step::{Action, Operator};
use crate::store::{Claim, Key, Phase};
use crate::system::System;

impl System {
    pub(crate) fn operator_acts(&self, state: &State, actions: &mut Vec<Action>) {
        let mut push = |act| actions.push(Action::Operator(act));
        if state.store.paused {
            push(Operator::Resume);
        } else if self.may(state, Fault::Pause) {
            push(Operator::Pause);
        }
        if self.may(state, Fault::Forget) {
            (0..self.machines).for_each(|name| push(Operator::Forget { name }));
        }
        if state.sighted.is_some() {
            push(Operator::Unlock);
        } else if self.may(state, Fault::Unlock) {
            state.store.queue.iter().for_each(|key| push(Operator::Look { key: key.created }));
        }
    }

    pub(crate) fn operate(&self, next: &mut State, act: Operator) -> Option<()> {
        match act {
            Operator::Pause => {
                next.spend(self, Fault::Pause)?;
                next.store.paused = true;
            }
            Operator::Resume => next.store.paused = false,
            Operator::Forget { name } => {
                let store = &mut next.store;
                if store.alive[name as usize].is_some() || store.health[name as usize].is_none() {
                    return None;
                }
                store.health[name as usize] = None;
                if !self.is(Mutant::ForgetWithoutGuard) {
                    store.put_guard();
                }
                next.faults_left -= 1;
            }
            Operator::Look { key } => {
                let key = *next.store.key(key)?;
                if key.leased || !self.may_unlock(next, &key) {
                    return None;
                }
                next.faults_left -= 1;
                next.sighted = Some(Claim::from(&key));
            }
            Operator::Unlock => self.unlock(next)?,
        }
        Some(())
    }

    /// Whether the operator unlocks this claim. An armed one only if she knows, and not only from the store,
    /// that its machine is down or has booted since: while it is up, nothing tells whether it will go down.
    fn may_unlock(&self, state: &State, key: &Key) -> bool {
        let up = state.nodes[key.machine as usize].up && !key.old_boot;
        let present = state.store.alive[key.owner as usize].is_some();
        match key.phase {
            Phase::Waiting | Phase::Committed => true,
            Phase::Armed | Phase::Verifying => {
                !up || self.is(Mutant::UnlockArmedAndUp)
                    || (self.is(Mutant::UnlockArmedAndSilent) && !present)
            }
            Phase::Stuck => !up || self.unlocks_stuck || self.is(Mutant::UnlockStuckAndUp),
        }
    }

    fn unlock(&self, next: &mut State) -> Option<()> {
        let seen = next.sighted.take()?;
        let Some(key) = next.store.key(seen.key).copied() else { return Some(()) };
        if key.modified != seen.modified && !self.is(Mutant::UnlockWithoutCompare) {
            return Some(());
        }
        let node = next.node(key.machine);
        if node.out == Out::Yes {
            // A machine that is still in the boot in which it was armed may go down yet.
            node.out = if node.up && !key.old_boot { Out::Unlocked } else { Out::No };
        }
        next.store.delete(key.created);
        next.store.put_guard();
        next.store.put_health(key.owner, false);
        Some(())
    }
}
