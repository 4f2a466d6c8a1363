//! A peer that knows nothing but the classic lock recipe: a leased key, and whoever is at the head reboots.

use crate::fault::{Broken, Fate};
use crate::state::{At, Out, State};
use crate::step::{Action, Classic};
use crate::store::{Health, NEVER, NOW};
use crate::system::System;
use crate::txn::Txn;

impl System {
    pub(crate) fn classic_steps(&self, actions: &mut Vec<Action>) {
        let steps = [Classic::Report, Classic::ReportAges, Classic::Enqueue, Classic::Reboot, Classic::Boot];
        if self.classic_peer {
            actions.extend(steps.map(Action::Classic));
        }
    }

    pub(crate) fn classic(&self, next: &mut State, step: Classic) -> Option<()> {
        let who = self.machines - 1;
        let node = *next.node(who);
        match step {
            Classic::Report if node.up && self.classic_reports => {
                for key in &mut next.store.queue {
                    key.heard = true;
                }
                next.store.health[who as usize] =
                    Some(Health { modified: NOW + 1, healthy: true, fresh: true });
            }
            Classic::ReportAges if !node.up => {
                next.store.health[who as usize].as_mut()?.fresh = false;
            }
            Classic::Enqueue if node.at == At::ClassicIdle && node.needs > 0 => {
                self.send(next, who, Txn::Enqueue, Fate::Answered);
                let node = next.node(who);
                node.at = At::ClassicQueued;
                node.place = NOW + 1;
            }
            Classic::Reboot if node.at == At::ClassicQueued => {
                let head = next.store.queue.first()?.created;
                if head != node.place {
                    return None;
                }
                let alone = next.nodes.iter().all(|node| node.out == Out::No);
                next.broken |= Broken::CLASSIC_BESIDE.unless(alone);
                let node = next.node(who);
                node.die();
                node.up = false;
            }
            Classic::Boot if !node.up => {
                let node = next.node(who);
                node.up = true;
                node.at = At::ClassicIdle;
                node.needs -= 1;
                debug_assert_eq!(node.place, NEVER);
            }
            _ => return None,
        }
        Some(())
    }
}
