//! What is checked: a fleet, the faults it may meet, and the protocol or a mutant of it.

use stateright::{Model, Property};

use crate::canonical::canonical;
use crate::fault::{Broken, Fault};
use crate::invariants;
use crate::mutant::Mutant;
use crate::state::{At, Node, State};
use crate::step::Action;
use crate::store::{Alive, Health, MACHINES, NEVER, NOW, STALE, Store};
use crate::txn::Txn;

/// More steps than a fleet takes to come to rest.
const MOST_STEPS: usize = 2_000;

/// A fleet and what may happen to it.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and any mix of them is a fleet"
)]
pub struct System {
    /// How many machines there are, the classic peer included.
    pub machines: u8,
    /// Whether the last machine is a peer that knows the classic lock recipe alone.
    pub classic_peer: bool,
    /// Whether the classic peer's lease outlives the freshness of its last report.
    pub lease_outlives_report: bool,
    /// Whether the classic peer publishes its health, and so is on the roster.
    pub classic_reports: bool,
    /// Whether the first two machines have one name.
    pub twins: bool,
    /// How many nodes may be out at once.
    pub slots: u8,
    /// How often each node has to reboot.
    pub rounds: u8,
    /// How often the command runs under one claim.
    pub max_runs: u8,
    /// How many peers may be unhealthy or silent.
    pub max_unhealthy: u8,
    /// Whether the fleet rests after a release.
    pub cools_down: bool,
    /// Whether the operator unlocks a stuck node that is up.
    pub unlocks_stuck: bool,
    /// What may happen.
    pub faults: &'static [Fault],
    /// How many faults may happen in one run.
    pub budget: u8,
    /// Whether every state is followed until the fleet is at rest, and not only looked at.
    pub heals: bool,
    /// Whether states that differ by a permutation of the nodes are one.
    pub symmetric: bool,
    /// What is left out of the protocol.
    pub mutant: Option<Mutant>,
}

impl System {
    /// Three of ours, one slot, one round, a policy that forbids nothing, no fault.
    pub const THREE: Self = Self {
        machines: 3,
        classic_peer: false,
        lease_outlives_report: false,
        classic_reports: true,
        twins: false,
        slots: 1,
        rounds: 1,
        max_runs: 2,
        max_unhealthy: 3,
        cools_down: false,
        unlocks_stuck: false,
        faults: &[],
        budget: 0,
        heals: false,
        symmetric: true,
        mutant: None,
    };

    /// The same with a mutant, as mutants are caught: without symmetry, so that the steps can be read.
    #[must_use]
    pub fn mutated(self, mutant: Mutant) -> Self {
        Self { mutant: Some(mutant), symmetric: false, ..self }
    }

    /// Whether the protocol is this mutant.
    pub fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// Whether `fault` may happen now.
    pub fn may(&self, state: &State, fault: Fault) -> bool {
        state.faults_left > 0 && self.faults.contains(&fault)
    }

    /// The name of a machine in the fleet.
    pub const fn name(&self, machine: u8) -> u8 {
        if self.twins && machine == 1 { 0 } else { machine }
    }

    /// Whether `machine` is the classic peer.
    pub const fn is_classic(&self, machine: u8) -> bool {
        self.classic_peer && machine + 1 == self.machines
    }

    /// How many slots the present nodes and the roster allow: one, while the classic peer is on it.
    pub(crate) fn slots_known(&self, state: &State) -> usize {
        let classic = self.classic_peer && state.store.health[self.machines as usize - 1].is_some();
        let published = state.store.alive.iter().flatten().map(|alive| alive.slots).min();
        if classic { 1 } else { published.unwrap_or(1).into() }
    }

    /// How many slots a view at `state` shows: one, too, while the classic peer is in the queue.
    pub(crate) fn slots_in_view(&self, state: &State) -> usize {
        let stranger = state.store.queue.iter().any(|key| self.is_classic(key.machine));
        if stranger && !self.is(Mutant::StrangersKeepSlots) { 1 } else { self.slots_known(state) }
    }

    /// How many claims there may be at once.
    pub(crate) fn most_claims(&self) -> usize {
        if self.classic_peer && self.classic_reports { 1 } else { self.slots.into() }
    }

    /// What `state` becomes by `action`, with the revisions as etcd has them.
    pub(crate) fn plainly_after(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        self.take(state, &mut next, action)?;
        self.note_outdated(state, &mut next);
        Some(next)
    }

    /// What `state` becomes by `action`; `None` if that is itself.
    pub(crate) fn after(&self, state: &State, action: Action) -> Option<State> {
        let mut next = self.plainly_after(state, action)?;
        canonical(self, &mut next);
        // A fault that changes nothing is none.
        let left = std::mem::replace(&mut next.faults_left, state.faults_left);
        let moved = next != *state;
        next.faults_left = left;
        moved.then_some(next)
    }

    /// Whether the fleet goes on by itself, without a fault.
    pub fn goes_on(&self, state: &State) -> bool {
        let calm = State { faults_left: 0, ..state.clone() };
        self.steps_without_fault(&calm).into_iter().any(|action| self.after(&calm, action).is_some())
    }

    /// Where the fleet comes to rest when no fault happens any more and everybody gets a turn; `None` if it
    /// never does.
    pub fn comes_to_rest(&self, state: &State) -> Option<State> {
        let mut calm = State { faults_left: 0, ..state.clone() };
        for turn in 0..MOST_STEPS {
            let steps = self.steps_without_fault(&calm);
            // Nobody is passed over forever: the search starts one further each time.
            let (before, after) = steps.split_at(turn % steps.len().max(1));
            match after.iter().chain(before).find_map(|action| self.after(&calm, *action)) {
                Some(next) => calm = next,
                None => return Some(calm),
            }
        }
        None
    }

    fn steps_without_fault(&self, calm: &State) -> Vec<Action> {
        let mut actions = vec![];
        self.enabled(calm, &mut actions);
        actions.retain(|action| !matches!(action, Action::Arrive { .. }));
        actions
    }

    /// Notes in every pending commit whether a health record or a claim of another node that its view showed
    /// has changed in this step. A pause and a cooldown are looked at when it is applied.
    fn note_outdated(&self, before: &State, after: &mut State) {
        let claims = |state: &State, but: u8| -> Vec<u8> {
            let keys = state.store.queue.iter().filter(|key| !key.leased && key.owner != but);
            keys.map(|key| key.created).collect()
        };
        let said =
            |state: &State| state.store.health.map(|record| record.map(|it| (it.modified, it.healthy)));
        let reported = said(before) != said(after);
        let changed: [bool; MACHINES] = std::array::from_fn(|machine| {
            let name = self.name(u8::try_from(machine).unwrap_or(STALE));
            reported || claims(before, name) != claims(after, name)
        });
        for (node, changed) in after.nodes.iter_mut().zip(changed) {
            if let At::Viewed { outdated, .. } = &mut node.at {
                *outdated |= changed;
            }
        }
        for request in &mut after.late {
            if let Txn::Commit(commit) = &mut request.txn {
                commit.outdated |= changed[request.sender as usize];
            }
        }
    }
}

impl Model for System {
    type State = State;
    type Action = Action;

    /// A fleet at rest: every node has joined and is healthy, and has to reboot.
    fn init_states(&self) -> Vec<State> {
        let mut state = State {
            store: Store {
                queue: vec![],
                health: [None; MACHINES],
                alive: [None; MACHINES],
                guard: NOW,
                paused: false,
                cooling: false,
            },
            nodes: [Node { up: false, joined: NEVER, ..Node::at_work(At::Absent, 0) }; MACHINES],
            late: vec![],
            sighted: None,
            faults_left: self.budget,
            broken: Broken::NONE,
        };
        for machine in 0..self.machines {
            let name = self.name(machine) as usize;
            let classic = self.is_classic(machine);
            let second = self.twins && machine == 1;
            let at = if classic { At::ClassicIdle } else { At::Idle };
            let node = &mut state.nodes[machine as usize];
            *node = Node { slots: self.slots, ..Node::at_work(at, self.rounds) };
            if classic || second {
                node.joined = NEVER;
                node.recovered = false;
            }
            if !second && (!classic || self.classic_reports) {
                state.store.health[name] = Some(Health { modified: 1, healthy: true, fresh: true });
                state.store.alive[name] =
                    (!classic).then_some(Alive { modified: 1, machine, slots: self.slots });
            }
        }
        canonical(self, &mut state);
        vec![state]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.enabled(state, actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        self.after(state, action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        invariants::all()
    }
}
