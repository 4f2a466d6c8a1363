//! The cluster policy: as counted by hand, and never opened by anything that makes matters worse.

use std::collections::BTreeSet;

use crb_decide::{Basis, FleetFacts, NodeName, PeerState, Policy};
use proptest::prelude::*;

use crate::config;
use crate::dice::{Dice, thrown};
use crate::fleet::{anyone, facts, name, unwell};
use crate::oracle::policy_against;

/// Half of them as strict as the default and without a threshold.
pub(crate) fn policy(mut dice: Dice) -> Policy {
    if dice.once_in(2) { any_policy(dice) } else { Policy::default() }
}

fn any_policy(mut dice: Dice) -> Policy {
    let [fraction, absolute, fallback, forbid, before] = [(); 5].map(|()| dice.once_in(2));
    Policy {
        min_healthy_fraction: fraction.then(|| f64::from(1 + dice.throw(1_000)) / 1_000.0),
        min_healthy_absolute: absolute.then(|| dice.throw(8)),
        forbid_if_only_fallback_left: forbid,
        fallback_nodes: some_nodes(dice.throw(128)),
        min_healthy_fallback: fallback.then(|| dice.throw(3)),
        basis: if before { Basis::BeforeReboot } else { Basis::AfterReboot },
        max_unhealthy: dice.throw(4),
    }
}

/// Some of the names, by their bits, this node's among them.
fn some_nodes(picked: u32) -> BTreeSet<NodeName> {
    let names = anyone().into_iter().chain([name("me")]).enumerate();
    names.filter(|(index, _)| picked & (1 << index) != 0).map(|(_, name)| name).collect()
}

/// A policy and a fleet, another policy, and what may become of one peer.
#[derive(Debug)]
struct Case {
    policy: Policy,
    facts: FleetFacts,
    other: Policy,
    peer: NodeName,
    becomes: PeerState,
}

fn case() -> impl Strategy<Value = Case> {
    thrown(|dice| Case {
        policy: policy(dice()),
        facts: facts(dice()),
        other: any_policy(dice()),
        peer: dice().pick(&anyone()),
        becomes: unwell(dice().throw(3)),
    })
}

fn is_open(policy: &Policy, facts: &FleetFacts) -> bool {
    policy.check(facts).is_empty()
}

/// How well a peer is. Among the two worst there is no order.
fn rank(state: &PeerState) -> u8 {
    match state {
        PeerState::Healthy => 2,
        PeerState::Rebooting => 1,
        PeerState::Unhealthy { .. } | PeerState::Silent { .. } => 0,
    }
}

/// A policy that asks for more, or tolerates less, in one point or in several.
fn stricter(policy: &Policy, asked: &Policy) -> Policy {
    Policy {
        min_healthy_fraction: [policy, asked]
            .into_iter()
            .filter_map(|policy| policy.min_healthy_fraction)
            .reduce(f64::max),
        min_healthy_absolute: policy.min_healthy_absolute.max(asked.min_healthy_absolute),
        forbid_if_only_fallback_left: policy.forbid_if_only_fallback_left
            || asked.forbid_if_only_fallback_left,
        min_healthy_fallback: policy.min_healthy_fallback.max(asked.min_healthy_fallback),
        max_unhealthy: policy.max_unhealthy.min(asked.max_unhealthy),
        ..policy.clone()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn is_what_counting_by_hand_says(Case { policy, facts, .. } in case()) {
        prop_assert_eq!(policy.check(&facts), policy_against(&facts, &policy));
    }

    #[test]
    fn a_peer_that_gets_worse_never_opens_it(Case { policy, facts, peer, becomes, .. } in case()) {
        let mut worse = facts.clone();
        if let Some(state) = worse.peers.get_mut(&peer).filter(|state| rank(&becomes) <= rank(state)) {
            *state = becomes;
        }
        prop_assert!(is_open(&policy, &facts) || !is_open(&policy, &worse), "{:?}", worse);
    }

    #[test]
    fn a_peer_that_comes_unwell_or_goes_well_never_opens_it(
        Case { policy, facts, peer, becomes, .. } in case()
    ) {
        let mut worse = facts.clone();
        match facts.peers.get(&peer) {
            None => drop(worse.peers.insert(peer, becomes)),
            Some(PeerState::Healthy) => drop(worse.peers.remove(&peer)),
            Some(_) => {}
        }
        prop_assert!(is_open(&policy, &facts) || !is_open(&policy, &worse), "{:?}", worse);
    }

    #[test]
    fn a_stricter_one_never_opens(Case { policy, facts, other, .. } in case()) {
        let stricter = stricter(&policy, &other);
        prop_assert!(is_open(&policy, &facts) || !is_open(&stricter, &facts), "{:?}", stricter);
    }

    #[test]
    fn what_is_open_after_the_reboot_is_open_before_it(Case { policy, facts, .. } in case()) {
        let [after, before] = [Basis::AfterReboot, Basis::BeforeReboot]
            .map(|basis| is_open(&Policy { basis, ..policy.clone() }, &facts));
        prop_assert!(before || !after);
    }

    #[test]
    fn more_spares_leave_fewer_regular_nodes_and_fewer_spares_are_fewer(
        Case { policy, facts, other, .. } in case()
    ) {
        let (own, others) = (&policy.fallback_nodes, &other.fallback_nodes);
        let with = |nodes, policy| Policy { fallback_nodes: nodes, ..policy };
        let ban = Policy { min_healthy_fallback: None, ..policy.clone() };
        prop_assert!(is_open(&ban, &facts) || !is_open(&with(own | others, ban), &facts));
        let least = Policy { forbid_if_only_fallback_left: false, ..policy.clone() };
        prop_assert!(is_open(&least, &facts) || !is_open(&with(own & others, least), &facts));
    }

    #[test]
    fn a_node_is_not_its_own_spare(Case { policy, facts, .. } in case()) {
        let mut spares = policy.fallback_nodes.clone();
        if !spares.remove(&facts.me) {
            spares.insert(facts.me.clone());
        }
        let changed = Policy { fallback_nodes: spares, ..policy.clone() };
        prop_assert_eq!(changed.check(&facts), policy.check(&facts));
    }
}
