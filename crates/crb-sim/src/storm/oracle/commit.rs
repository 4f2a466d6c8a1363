//! The making of a claim: whether the commit was allowed to apply.

use crb_store::memory::Commit;
use crb_store::{KeyValue, Revision};
use jiff::SignedDuration;

use super::mirror::seat;
use super::policy::Asked;
use super::{Invariant, Sender, State};

/// How old a view may be when its commit is applied, as far as the age of a Go peer's report is judged.
const OLDEST_VIEW: SignedDuration = SignedDuration::from_secs(15);

impl State {
    /// A claim is made by putting `pair`. Everything else is still as it was before.
    pub(super) fn made(&mut self, pair: &KeyValue, before: Option<&KeyValue>, commit: &Commit) {
        self.seen.claims += 1;
        let claim = seat(pair);
        let at = commit.revision;
        let Sender::Machine(index) = self.sender else {
            let text = format!("at {at} {:?} made a claim of {}", self.sender, claim.owner);
            return self.breaks(Invariant::CurrentView, text);
        };
        let (name, id) = (self.machines[index].name.clone(), self.machines[index].id.clone());

        let holder = self.mirror.presence.get(&name).filter(|presence| presence.ended.is_none());
        if holder.is_none_or(|presence| presence.machine != id) {
            let text = format!("at {at} {id} committed as {name}, and present was {holder:?}");
            self.breaks(Invariant::OneMachine, text);
        }
        let sent = self.commits.get(&pair.key).filter(|sent| sent.machine == index);
        let (view, given_up) = sent.map_or((Revision::NEVER, true), |sent| (sent.view, sent.given_up));
        if given_up {
            let text = format!("at {at} a commit of {name} was applied that it had given up");
            self.breaks(Invariant::Settled, text);
        }
        if !self.mirror.holds.is_empty() {
            let text = format!("at {at} {name} committed, and {:?} held", self.mirror.holds);
            self.breaks(Invariant::HoldHolds, text);
        }
        // Its turn, by the place that it took; a place that is gone has none.
        let place = before.filter(|before| before.lease.is_some()).map(|before| before.create_revision);
        match place {
            None => {
                let text = format!("at {at} {name} committed without a place in the queue");
                self.breaks(Invariant::InTurn, text);
            }
            Some(queued) => self.check_turn(index, queued, view, at),
        }
        self.check_view(&name, view, at);
        let machine = &self.machines[index];
        let asked = Asked {
            node: &name,
            machine: &id,
            queued: place.unwrap_or(Revision::NEVER),
            view,
            slack: OLDEST_VIEW + machine.clock.offset().abs(),
            policy: &self.policy,
        };
        if let Some(against) = asked.against(&self.mirror) {
            let text = format!("at {at} {name} committed on its view of {view}, and {against}");
            self.breaks(Invariant::CurrentView, text);
        }
    }

    /// At most as many nodes as there are slots, less one, stand ahead.
    fn check_turn(&mut self, index: usize, queued: Revision, view: Revision, at: Revision) {
        let (name, id) = (self.machines[index].name.clone(), self.machines[index].id.clone());
        let asked = Asked {
            node: &name,
            machine: &id,
            queued,
            view,
            slack: SignedDuration::ZERO,
            policy: &self.policy,
        };
        let slots = asked.slots(&self.mirror, self.slots) as usize;
        let others = || {
            self.mirror.queue.values().filter(|seat| {
                !(seat.owner == name && seat.machine.as_ref().is_none_or(|machine| *machine == id))
            })
        };
        let ahead: Vec<&str> =
            others().filter(|seat| seat.created < queued).map(|seat| seat.owner.as_str()).collect();
        let claims = others().filter(|seat| !seat.leased).count();
        let strangers = others().filter(|seat| seat.created < queued && seat.boot.is_none()).count();
        if ahead.len() >= slots {
            let text =
                format!("at {at} {name} committed in {slots} slots, and ahead were {}", ahead.join(", "));
            self.breaks(Invariant::InTurn, text);
        }
        if claims >= slots {
            let text = format!("at {at} {name} committed, and {claims} of {slots} slots were taken");
            self.breaks(Invariant::SlotsInStore, text);
        }
        if strangers > 0 {
            let text = format!("at {at} {name} committed while a classic peer stood ahead");
            self.breaks(Invariant::ClassicFirst, text);
        }
    }

    /// Nothing that the view showed has changed since.
    fn check_view(&mut self, name: &str, view: Revision, at: Revision) {
        let newer = self.mirror.health.iter().find(|(_, health)| health.modified > view);
        let other_claim =
            self.mirror.claims_changed.iter().find(|(owner, when)| **owner != name && **when > view);
        let changed = if self.mirror.paused {
            Some("the fleet was paused".to_owned())
        } else if self.mirror.cooling {
            Some("the fleet was cooling down".to_owned())
        } else if let Some((node, health)) = newer {
            Some(format!("the health of {node} was put at {}", health.modified))
        } else if self.mirror.forgotten > view {
            Some(format!("a node was struck off the roster at {}", self.mirror.forgotten))
        } else {
            other_claim.map(|(owner, when)| format!("a claim of {owner} was made or ended at {when}"))
        };
        if let Some(changed) = changed {
            let text = format!("at {at} {name} committed on its view of {view}, and {changed}");
            self.breaks(Invariant::CurrentView, text);
        }
    }
}
