//! What a decision costs, in a small fleet and in a large one.

use std::collections::BTreeMap;

use crb_decide::{
    Action, CommitSeen, DetectorFinding, DetectorVerdict, FleetFacts, Gate, Goal, KillSwitchSeen, LockUse,
    NodeName, Observation, Pass, PassPlan, PeerState, Place, Policy, ScriptVerdict, WindowState,
};
use divan::Bencher;
use jiff::Timestamp;

const SIZES: [u32; 4] = [1, 100, 1_000, 10_000];

fn main() {
    divan::main();
}

fn name(number: u32) -> NodeName {
    NodeName::try_new(format!("node-{number:05}.example.org")).expect("a name")
}

fn facts(peers: u32, state: &PeerState) -> FleetFacts {
    FleetFacts {
        me: name(0),
        peers: (1..=peers).map(|peer| (name(peer), state.clone())).collect::<BTreeMap<_, _>>(),
        holds: vec![],
        pause: None,
        cooldown: None,
        out: vec![],
        overdue: vec![],
        slots: 1,
        place: Some(Place { position: 0, ahead: vec![], overdue: vec![] }),
    }
}

fn policy() -> Policy {
    Policy { min_healthy_fraction: Some(0.9), min_healthy_absolute: Some(1), ..Policy::default() }
}

fn see(action: Action<'_>, facts: &FleetFacts) -> Option<Observation> {
    let finding = || DetectorFinding { name: "marker".to_owned(), verdict: DetectorVerdict::Needed };
    Some(match action {
        Action::Look { gate: Gate::KillSwitch, .. } => Observation::KillSwitch(KillSwitchSeen::Absent),
        Action::Look { gate: Gate::Detectors, .. } => Observation::Detectors(vec![finding()]),
        Action::Look { gate: Gate::Windows, .. } => Observation::Windows(WindowState::Open { until: None }),
        Action::Look { gate: Gate::Script, .. } => Observation::Script(ScriptVerdict::Healthy),
        Action::Look { gate: Gate::Fleet, .. } => Observation::Fleet(Box::new(facts.clone())),
        Action::TakePlace => Observation::Place(Place { position: 0, ahead: vec![], overdue: vec![] }),
        Action::Commit => Observation::Commit(CommitSeen::Committed),
        Action::Done(_) => return None,
    })
}

#[divan::bench(args = SIZES)]
fn a_whole_pass_to_the_commit(bencher: Bencher<'_, '_>, peers: u32) {
    let facts = facts(peers, &PeerState::Healthy);
    bencher.bench_local(|| {
        let mut pass = Pass::new(PassPlan {
            goal: Goal::Reboot,
            lock: LockUse::Queue,
            skip_health: false,
            max_slots: 1,
            policy: policy(),
        });
        while let Some(seen) = see(pass.next(), &facts) {
            pass.observe(Timestamp::UNIX_EPOCH, &seen);
        }
        pass
    });
}

#[divan::bench(args = SIZES)]
fn the_policy_of_a_healthy_fleet(bencher: Bencher<'_, '_>, peers: u32) {
    let (policy, facts) = (policy(), facts(peers, &PeerState::Healthy));
    bencher.bench_local(|| policy.check(&facts));
}

#[divan::bench(args = SIZES)]
fn the_policy_of_a_fleet_that_is_wholly_silent(bencher: Bencher<'_, '_>, peers: u32) {
    let (policy, facts) = (policy(), facts(peers, &PeerState::Silent { last_report: None }));
    bencher.bench_local(|| policy.check(&facts));
}
