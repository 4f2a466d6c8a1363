//! A state and the one that stands for it go the same ways.

use std::collections::HashSet;

use stateright::Model;

use super::*;
use crate::fault::Fault;
use crate::step::Action;

/// Renumbers the revisions in `state` and keeps their order, whatever they may meet: plainly the same state.
fn renumber(state: &mut State) {
    let mut seen = vec![];
    each_revision(state, &mut |revision| seen.push(*revision));
    seen.retain(|revision| ![NEVER, STALE].contains(revision));
    seen.sort_unstable();
    seen.dedup();
    assert!(seen.len() < NOW.into());
    each_revision(state, &mut |revision| {
        if let Ok(rank) = seen.binary_search(revision) {
            *revision = Rev::try_from(rank + 1).unwrap();
        }
    });
}

fn each_revision(state: &mut State, visit: &mut impl FnMut(&mut Rev)) {
    let mut each = |revisions: Vec<&mut Rev>| revisions.into_iter().for_each(&mut *visit);
    let store = &mut state.store;
    each(vec![&mut store.guard]);
    each(store.queue.iter_mut().flat_map(|key| [&mut key.created, &mut key.modified]).collect());
    each(store.alive.iter_mut().flatten().map(|alive| &mut alive.modified).collect());
    each(store.health.iter_mut().flatten().map(|health| &mut health.modified).collect());
    each(state.sighted.iter_mut().flat_map(of_claim).collect());
    for node in &mut state.nodes {
        each(vec![&mut node.place, &mut node.joined]);
        match &mut node.at {
            At::Viewed { guard, view, .. } => each(vec![guard, view]),
            At::Settling { joined } => each(vec![joined]),
            At::Claimed { claim, .. }
            | At::Armed { claim, .. }
            | At::Ran { claim, .. }
            | At::GivingUp { claim }
            | At::Holding { claim }
            | At::Back { claim }
            | At::Ending { claim, .. } => each(of_claim(claim).into()),
            At::Finishing { end, claim } => each(of_claim(claim).into_iter().chain(of_end(end)).collect()),
            At::Absent | At::Dead | At::Idle | At::Outlived | At::ClassicIdle | At::ClassicQueued => {}
        }
    }
    for request in &mut state.late {
        match &mut request.txn {
            Txn::Enqueue => {}
            Txn::Join { seen } | Txn::Publish { seen, .. } => each(vec![seen]),
            Txn::Commit(Commit { place, guard, view, joined, .. }) => each(vec![place, guard, view, joined]),
            Txn::Fence { place, joined } => each(vec![place, joined]),
            Txn::Arm { claim, joined } => each(of_claim(claim).into_iter().chain([joined]).collect()),
            Txn::Mark { claim, .. } => each(of_claim(claim).into()),
            Txn::End(end) => each(of_end(end)),
        }
    }
}

fn of_claim(claim: &mut Claim) -> [&mut Rev; 2] {
    [&mut claim.key, &mut claim.modified]
}

fn of_end(end: &mut End) -> Vec<&mut Rev> {
    let beside = [&mut end.health, &mut end.guard];
    of_claim(&mut end.claim).into_iter().chain(beside).chain(&mut end.joined).collect()
}

fn canonically(system: &System, state: &State) -> State {
    let mut state = state.clone();
    canonical(system, &mut state);
    state
}

/// Every way from `state` to another one, with the revisions as etcd has them.
fn plain_ways(system: &System, state: &State) -> Vec<State> {
    let mut actions: Vec<Action> = vec![];
    system.actions(state, &mut actions);
    let mut ways: Vec<State> =
        actions.into_iter().filter_map(|action| system.plainly_after(state, action)).collect();
    for way in &mut ways {
        renumber(way);
        // An operator whose unlock would be refused looks anew.
        way.sighted = way.sighted.filter(|_| canonically(system, way).sighted.is_some());
    }
    let here = canonically(system, state);
    ways.retain(|way| State { faults_left: here.faults_left, ..canonically(system, way) } != here);
    ways
}

#[test]
fn a_state_and_the_one_that_stands_for_it_go_the_same_ways() {
    let every = System { faults: Fault::ALL, budget: 12, ..System::THREE };
    let systems = [
        every.clone(),
        System { max_unhealthy: 0, unlocks_stuck: true, cools_down: true, ..every.clone() },
        System { machines: 4, slots: 2, ..every.clone() },
        System { classic_peer: true, slots: 2, ..every.clone() },
        System { twins: true, symmetric: false, ..every },
    ];
    for (seed, system) in systems.into_iter().cycle().take(500).enumerate() {
        let mut chance = fastrand::Rng::with_seed(seed.try_into().unwrap());
        let mut state = system.init_states().remove(0);
        for _ in 0..150 {
            let ways = plain_ways(&system, &state);
            let plain: HashSet<State> = ways.iter().map(|way| canonically(&system, way)).collect();
            let here = canonically(&system, &state);
            let mut actions = vec![];
            system.actions(&here, &mut actions);
            let canonical: HashSet<State> =
                actions.into_iter().filter_map(|action| system.after(&here, action)).collect();
            let odd: Vec<&State> = plain.symmetric_difference(&canonical).collect();
            assert!(odd.is_empty(), "from {state:?}\n{odd:#?}");
            let Some(next) = chance.choice(ways) else { break };
            state = next;
        }
    }
}
