//! The end of a claim.

use crb_store::WatchEvent;
use crb_store::memory::{Change, Commit};

use super::mirror::seat;
use super::{Invariant, Sender, State};

/// An end of a claim that was sent.
#[derive(Debug, Default)]
pub(super) struct SentEnd {
    /// The boot it was sent in.
    pub(super) boot: Option<String>,
    /// Whether the health gate had been passed by then.
    pub(super) proven: bool,
}

impl State {
    /// A claim has ended by `change`.
    pub(super) fn ended(&mut self, change: &Change, commit: &Commit) {
        let Some(claim) = change.before.as_ref().map(seat) else { return };
        let key = change.event.key().to_owned();
        let end = self.ends.remove(&key).unwrap_or_default();
        self.commits.remove(&key);
        let holder = self.machines.iter().position(|machine| {
            machine.name == claim.owner && claim.machine.as_ref().is_none_or(|id| *id == machine.id)
        });
        let unfair = match (self.sender, holder) {
            (Sender::Operator, holder) => {
                self.excused.insert(key.clone());
                if let Some(machine) = holder.map(|holder| &mut self.machines[holder]) {
                    machine.falls &= machine.up;
                }
                None
            }
            (Sender::Machine(sender), Some(holder)) if sender == holder => {
                let machine = &self.machines[holder];
                let puts_guard = commit.changes.iter().any(|change| {
                    matches!(&change.event, WatchEvent::Put(pair) if pair.key == self.mirror.map.guard)
                });
                if !puts_guard {
                    Some("without a put of the guard")
                } else if claim.boot == end.boot {
                    self.seen.aborts += 1;
                    let ran = machine.out.as_ref().is_some_and(|out| out.key == key);
                    ran.then_some("in the boot in which the command was run under it")
                } else {
                    self.seen.reboots += 1;
                    (!end.proven).then_some("before its machine had passed the health gate in its new boot")
                }
            }
            (Sender::Machine(_), _) => Some("by another machine"),
            (Sender::Nobody | Sender::Classic, _) => Some("by neither its machine nor an operator"),
        };
        if let Some(holder) = holder
            && self.machines[holder].out.as_ref().is_some_and(|out| out.key == key)
        {
            self.machines[holder].out = None;
        }
        if let Some(how) = unfair {
            let text = format!("at {} the claim of {} ended {how}: {claim:?}", commit.revision, claim.owner);
            self.breaks(Invariant::ClaimEnds, text);
        }
    }
}
