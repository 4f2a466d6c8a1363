//! Whether the fleet can spare this node.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::fleet::{FleetFacts, PeerState};
use crate::names::NodeName;
use crate::reason::Reason;

/// Which cluster the thresholds speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The cluster with this node already down, as a disruption budget counts.
    #[default]
    AfterReboot,
    /// The cluster as it is now, as the earlier Go daemon counted.
    BeforeReboot,
}

/// The cluster policy: what must hold of the fleet before a node may go down.
///
/// The default is the strict one: no threshold, and not a single peer may be unhealthy or silent.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Policy {
    /// The share of the roster that must be healthy, in (0, 1].
    pub min_healthy_fraction: Option<f64>,
    /// How many nodes must be healthy.
    pub min_healthy_absolute: Option<u32>,
    /// Hold when no healthy node but fallback nodes would be left.
    pub forbid_if_only_fallback_left: bool,
    /// The nodes that stand in for the others.
    pub fallback_nodes: BTreeSet<NodeName>,
    /// How many fallback nodes must be healthy.
    pub min_healthy_fallback: Option<u32>,
    /// What the thresholds count.
    pub basis: Basis,
    /// How many peers may be unhealthy or silent.
    pub max_unhealthy: u32,
}

impl Policy {
    /// What speaks against a reboot of `facts.me`; empty when nothing does.
    pub fn check(&self, facts: &FleetFacts) -> Vec<Reason> {
        let mut against = self.unwell_peers(facts);
        against.extend(self.below_fraction(facts));
        against.extend(self.below_absolute(facts));
        against.extend(self.only_fallback_left(facts));
        against.extend(self.below_fallback(facts));
        against
    }

    fn unwell_peers(&self, facts: &FleetFacts) -> Vec<Reason> {
        let unwell: Vec<Reason> = facts
            .peers
            .iter()
            .filter_map(|(node, state)| match state {
                PeerState::Healthy | PeerState::Rebooting => None,
                PeerState::Unhealthy { stage, reason } => Some(Reason::PeerUnhealthy {
                    node: node.clone(),
                    stage: stage.clone(),
                    reason: reason.clone(),
                }),
                PeerState::Silent { last_report } => {
                    Some(Reason::PeerSilent { node: node.clone(), last_report: *last_report })
                }
            })
            .collect();
        if unwell.len() > self.max_unhealthy as usize { unwell } else { vec![] }
    }

    fn below_fraction(&self, facts: &FleetFacts) -> Option<Reason> {
        let fraction = self.min_healthy_fraction?;
        let (healthy, total) = (self.healthy(facts), facts.total());
        // Divided and not multiplied: 7 of 10 is exactly the 0.7 that the operator wrote.
        let enough = |count: usize| ratio(count, total) >= fraction;
        let required = (0..=total).find(|count| enough(*count)).unwrap_or(total);
        (!enough(healthy)).then_some(Reason::BelowMinHealthy {
            rule: "min_healthy_fraction",
            healthy,
            required,
            total,
            basis: self.basis,
        })
    }

    fn below_absolute(&self, facts: &FleetFacts) -> Option<Reason> {
        let required = self.min_healthy_absolute? as usize;
        let healthy = self.healthy(facts);
        (healthy < required).then_some(Reason::BelowMinHealthy {
            rule: "min_healthy_absolute",
            healthy,
            required,
            total: facts.total(),
            basis: self.basis,
        })
    }

    fn only_fallback_left(&self, facts: &FleetFacts) -> Option<Reason> {
        let regular_left = facts
            .peers
            .iter()
            .any(|(node, state)| *state == PeerState::Healthy && !self.fallback_nodes.contains(node));
        (self.forbid_if_only_fallback_left && !regular_left).then_some(Reason::OnlyFallbackLeft)
    }

    fn below_fallback(&self, facts: &FleetFacts) -> Option<Reason> {
        let required = self.min_healthy_fallback? as usize;
        let healthy = facts
            .peers
            .iter()
            .filter(|(node, state)| **state == PeerState::Healthy && self.fallback_nodes.contains(*node))
            .count();
        (healthy < required).then_some(Reason::BelowMinHealthyFallback { healthy, required })
    }

    fn healthy(&self, facts: &FleetFacts) -> usize {
        // The gate asks the health script before it asks the fleet, so this node is healthy right now.
        facts.healthy_peers()
            + match self.basis {
                Basis::AfterReboot => 0,
                Basis::BeforeReboot => 1,
            }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a fleet has fewer than 2^52 nodes")]
fn ratio(count: usize, total: usize) -> f64 {
    count as f64 / total as f64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn facts(peers: &[(&str, PeerState)]) -> FleetFacts {
        let name = |text: &str| NodeName::try_new(text).unwrap();
        FleetFacts {
            me: name("me"),
            peers: peers.iter().map(|(node, state)| (name(node), state.clone())).collect::<BTreeMap<_, _>>(),
            holds: vec![],
            pause: None,
            cooldown: None,
            out: vec![],
            overdue: vec![],
            slots: 1,
            place: None,
        }
    }

    fn codes(policy: &Policy, peers: &[(&str, PeerState)]) -> Vec<&'static str> {
        policy.check(&facts(peers)).iter().map(Reason::code).collect()
    }

    fn well() -> PeerState {
        PeerState::Healthy
    }

    fn sick() -> PeerState {
        PeerState::Unhealthy { stage: "heartbeat".into(), reason: "exit 1".into() }
    }

    fn silent() -> PeerState {
        PeerState::Silent { last_report: None }
    }

    #[test]
    fn holds_when_a_peer_is_sick_or_silent_unless_tolerated() {
        let strict = Policy::default();
        assert_eq!(codes(&strict, &[("a", well()), ("b", well())]), Vec::<&str>::new());
        assert_eq!(codes(&strict, &[("a", sick()), ("b", silent())]), ["peer_unhealthy", "peer_silent"]);
        assert_eq!(codes(&strict, &[("a", PeerState::Rebooting)]), Vec::<&str>::new());
        let tolerant = Policy { max_unhealthy: 1, ..Policy::default() };
        assert_eq!(codes(&tolerant, &[("a", sick()), ("b", well())]), Vec::<&str>::new());
        assert_eq!(codes(&tolerant, &[("a", sick()), ("b", silent())]), ["peer_unhealthy", "peer_silent"]);
    }

    #[test]
    fn the_node_itself_counts_as_down_unless_the_basis_is_before_the_reboot() {
        let two_of_three = [("a", well()), ("b", well())];
        let after = Policy { min_healthy_absolute: Some(3), ..Policy::default() };
        let before = Policy { basis: Basis::BeforeReboot, ..after.clone() };
        assert_eq!(codes(&after, &two_of_three), ["below_min_healthy"]);
        assert_eq!(codes(&before, &two_of_three), Vec::<&str>::new());
    }

    #[test]
    fn a_fraction_that_is_met_exactly_is_met() {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
        let seven_of_ten: Vec<(&str, PeerState)> = names
            .iter()
            .enumerate()
            .map(|(index, node)| (*node, if index < 7 { well() } else { PeerState::Rebooting }))
            .collect();
        let policy = |fraction| Policy { min_healthy_fraction: Some(fraction), ..Policy::default() };
        assert_eq!(codes(&policy(0.7), &seven_of_ten), Vec::<&str>::new());
        assert_eq!(codes(&policy(0.71), &seven_of_ten), ["below_min_healthy"]);
    }

    #[test]
    fn holds_when_only_fallback_nodes_would_be_left() {
        let policy = Policy {
            forbid_if_only_fallback_left: true,
            fallback_nodes: [NodeName::try_new("spare").unwrap()].into(),
            ..Policy::default()
        };
        assert_eq!(codes(&policy, &[("spare", well())]), ["only_fallback_left"]);
        assert_eq!(codes(&policy, &[("spare", well()), ("a", well())]), Vec::<&str>::new());
        assert_eq!(codes(&policy, &[("spare", well()), ("a", PeerState::Rebooting)]), ["only_fallback_left"]);
    }

    #[test]
    fn holds_when_too_few_fallback_nodes_would_be_left() {
        let policy = Policy {
            min_healthy_fallback: Some(1),
            fallback_nodes: ["me", "spare"].map(|node| NodeName::try_new(node).unwrap()).into(),
            ..Policy::default()
        };
        assert_eq!(codes(&policy, &[("a", well())]), ["below_min_healthy_fallback"]);
        assert_eq!(codes(&policy, &[("a", well()), ("spare", well())]), Vec::<&str>::new());
    }
}
