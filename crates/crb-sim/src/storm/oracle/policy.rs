//! Whether a fleet could spare a node, worked out anew from what the store holds.

use std::collections::BTreeSet;
use std::time::Duration;

use crb_decide::{Basis, Policy};
use crb_store::Revision;
use jiff::SignedDuration;

use super::mirror::{Mirror, Presence};

/// A Go peer that has not reported for so long is silent.
const GO_PEER_IS_SILENT_AFTER: Duration = Duration::from_secs(3 * 15);

/// For whom the policy is asked, and how.
pub(crate) struct Asked<'a> {
    pub(crate) node: &'a str,
    pub(crate) machine: &'a str,
    /// When it took its place.
    pub(crate) queued: Revision,
    /// At which revision it looked: no fence of the protocol sees a presence that ends after that.
    pub(crate) view: Revision,
    /// By how much its clock may lie about the age of a report, the age of its view included.
    pub(crate) slack: SignedDuration,
    pub(crate) policy: &'a Policy,
}

/// How the peers were.
#[derive(Debug, Default)]
struct Peers {
    total: usize,
    healthy: Vec<String>,
    unwell: Vec<String>,
}

impl Asked<'_> {
    /// What speaks against it, if anything does.
    pub(crate) fn against(&self, mirror: &Mirror) -> Option<String> {
        let peers = self.peers(mirror);
        let policy = self.policy;
        if peers.unwell.len() > policy.max_unhealthy as usize {
            return Some(format!("unhealthy or silent were {}", peers.unwell.join(", ")));
        }
        let own = usize::from(policy.basis == Basis::BeforeReboot);
        let (healthy, total) = (peers.healthy.len() + own, peers.total + 1);
        #[expect(clippy::cast_precision_loss, reason = "a fleet has few nodes")]
        let share = healthy as f64 / total as f64;
        if policy.min_healthy_fraction.is_some_and(|least| share < least)
            || policy.min_healthy_absolute.is_some_and(|least| healthy < least as usize)
        {
            return Some(format!("only {healthy} of {total} were healthy"));
        }
        let fallback = |node: &&String| policy.fallback_nodes.iter().any(|other| other.as_str() == **node);
        let fallbacks = peers.healthy.iter().filter(fallback).count();
        if policy.forbid_if_only_fallback_left && fallbacks == peers.healthy.len() {
            return Some("only fallback nodes were left".to_owned());
        }
        if policy.min_healthy_fallback.is_some_and(|least| fallbacks < least as usize) {
            return Some("too few fallback nodes were left".to_owned());
        }
        None
    }

    fn peers(&self, mirror: &Mirror) -> Peers {
        let out: BTreeSet<&String> = mirror
            .claims()
            .filter(|(_, seat)| seat.owner != self.node || seat.machine.as_deref() != Some(self.machine))
            .map(|(_, seat)| &seat.owner)
            .collect();
        // A node that joined since and has not reported yet is not on the roster.
        let seen = |presence: &Presence| presence.began <= self.view && self.saw(presence);
        let present = mirror.presence.iter().filter(|(_, presence)| seen(presence)).map(|(node, _)| node);
        let names: BTreeSet<&String> =
            mirror.health.keys().chain(present).chain(out.iter().copied()).collect();
        let mut peers = Peers::default();
        for name in names.into_iter().filter(|name| **name != self.node) {
            peers.total += 1;
            if out.contains(name) {
                continue;
            }
            if self.is_well(mirror, name) {
                peers.healthy.push(name.clone());
            } else {
                peers.unwell.push(name.clone());
            }
        }
        peers
    }

    fn is_well(&self, mirror: &Mirror, name: &str) -> bool {
        let Some(health) = mirror.health.get(name) else { return false };
        let Some(record) = &health.record else { return false };
        let present = mirror.presence.get(name).is_some_and(|presence| self.saw(presence));
        let age = SignedDuration::try_from(health.put.elapsed()).unwrap_or(SignedDuration::MAX);
        let limit = SignedDuration::try_from(GO_PEER_IS_SILENT_AFTER).unwrap_or(SignedDuration::MAX);
        let heard = record.is_by_go_daemon() && health.modified > self.queued && age < limit + self.slack;
        record.healthy && (present || heard)
    }

    fn saw(&self, presence: &Presence) -> bool {
        presence.ended.is_none_or(|ended| ended > self.view)
    }

    /// How many slots it could count on.
    pub(crate) fn slots(&self, mirror: &Mirror, most: u32) -> u32 {
        let present = || mirror.presence.iter().filter(|(_, presence)| self.saw(presence));
        let stranger = mirror.queue.values().any(|seat| seat.boot.is_none());
        let go_peer = mirror.health.iter().any(|(node, health)| {
            health.record.as_ref().is_none_or(crb_health::HealthRecord::is_by_go_daemon)
                && !present().any(|(name, _)| name == node)
        });
        if stranger || go_peer {
            return 1;
        }
        present().map(|(_, presence)| presence.slots).min().unwrap_or(1).min(most).max(1)
    }
}
