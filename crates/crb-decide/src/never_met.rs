//! Rules of a policy that a fleet cannot meet, however healthy it is.

use std::fmt;

use crate::fleet::{FleetFacts, PeerState};
use crate::policy::Policy;
use crate::reason::Reason;

/// A rule that holds every reboot of a node back for as long as the roster is what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct NeverMet {
    /// What the rule says even where every node is healthy.
    pub reason: Reason,
    /// How many nodes are known, this one included.
    pub total: usize,
}

impl NeverMet {
    /// The stable code, as in `status`.
    pub const CODE: &'static str = "policy_never_met";
}

impl fmt::Display for NeverMet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = if self.total == 1 { "node" } else { "nodes" };
        write!(
            f,
            "the policy can never be met with {} known {nodes}: even if all are healthy, {}",
            self.total, self.reason
        )
    }
}

impl Policy {
    /// The rules that no state of these peers meets when `facts.me` wants to reboot. Only who is known counts,
    /// not how they are.
    pub fn never_met(&self, facts: &FleetFacts) -> Vec<NeverMet> {
        // A healthier fleet breaks no rule that a sicker one keeps, so the healthiest one tells of all of them.
        let peers = facts.peers.keys().map(|node| (node.clone(), PeerState::Healthy)).collect();
        let healthiest = FleetFacts { peers, ..facts.clone() };
        let total = healthiest.total();
        self.check(&healthiest).into_iter().map(|reason| NeverMet { reason, total }).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::names::NodeName;
    use crate::policy::Basis;

    fn name(text: &str) -> NodeName {
        NodeName::try_new(text).unwrap()
    }

    fn fleet(peers: &[(&str, PeerState)]) -> FleetFacts {
        FleetFacts {
            me: name("me"),
            peers: peers.iter().map(|(peer, state)| (name(peer), state.clone())).collect(),
            holds: vec![],
            pause: None,
            cooldown: None,
            out: vec![],
            overdue: vec![],
            slots: 1,
            place: None,
        }
    }

    fn states() -> [PeerState; 4] {
        [
            PeerState::Healthy,
            PeerState::Unhealthy { stage: "heartbeat".into(), reason: "exit 1".into() },
            PeerState::Silent { last_report: None },
            PeerState::Rebooting,
        ]
    }

    fn told(policy: &Policy, peers: &[&str]) -> Vec<String> {
        let peers: Vec<_> =
            peers.iter().map(|peer| (*peer, PeerState::Silent { last_report: None })).collect();
        policy.never_met(&fleet(&peers)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_threshold_above_what_the_roster_can_have_is_never_met_whatever_the_peers_are() {
        let absolute =
            |least, basis| Policy { min_healthy_absolute: Some(least), basis, ..Policy::default() };
        assert_eq!(
            told(&absolute(3, Basis::AfterReboot), &["a", "b"]),
            [
                "the policy can never be met with 3 known nodes: even if all are healthy, 2 of 3 nodes are healthy \
              with this node down, and min_healthy_absolute asks for 3"
            ]
        );
        assert_eq!(told(&absolute(3, Basis::AfterReboot), &["a", "b", "c"]), [""; 0]);
        assert_eq!(told(&absolute(3, Basis::BeforeReboot), &["a", "b"]), [""; 0]);
    }

    #[test]
    fn one_node_alone_can_leave_nobody_behind() {
        let policy = Policy { forbid_if_only_fallback_left: true, ..Policy::default() };
        assert_eq!(
            told(&policy, &[]),
            ["the policy can never be met with 1 known node: even if all are healthy, no healthy node but \
              fallback nodes would be left"]
        );
        assert_eq!(told(&policy, &["a"]), [""; 0]);
    }

    /// A rule's code and, as the same code stands for two thresholds, its name.
    fn rule(reason: &Reason) -> (&'static str, &'static str) {
        match reason {
            Reason::BelowMinHealthy { rule, .. } => (reason.code(), rule),
            _ => (reason.code(), ""),
        }
    }

    #[test]
    fn what_is_never_met_is_exactly_what_no_state_of_the_fleet_meets() {
        let mut policies = vec![];
        for basis in [Basis::AfterReboot, Basis::BeforeReboot] {
            for number in 0..4 {
                for fallback in [&[][..], &["a"], &["a", "b"], &["me", "gone"]] {
                    policies.push(Policy {
                        min_healthy_fraction: [None, Some(0.5), Some(0.7), Some(1.0)][number as usize],
                        min_healthy_absolute: Some(number),
                        forbid_if_only_fallback_left: number % 2 == 0,
                        fallback_nodes: fallback.iter().map(|node| name(node)).collect(),
                        min_healthy_fallback: Some(number / 2),
                        basis,
                        max_unhealthy: number,
                    });
                }
            }
        }
        for policy in policies {
            for size in 0..=2 {
                let mut fleets = vec![vec![]];
                for peer in &["a", "b"][..size] {
                    fleets = fleets
                        .iter()
                        .flat_map(|fleet| {
                            states().map(|state| [fleet.clone(), vec![(*peer, state)]].concat())
                        })
                        .collect();
                }
                let against = |peers: &Vec<_>| -> BTreeSet<_> {
                    policy.check(&fleet(peers)).iter().map(rule).collect()
                };
                let always = fleets.iter().map(against).reduce(|all, some| &all & &some).unwrap();
                for peers in &fleets {
                    let never: BTreeSet<_> =
                        policy.never_met(&fleet(peers)).iter().map(|never| rule(&never.reason)).collect();
                    assert_eq!(never, always, "{policy:?} with {peers:?}");
                }
            }
        }
    }
}
