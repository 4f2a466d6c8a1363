//! What must never be, looked for at every revision of the store and at everything that happens to machines.
//!
//! The oracle hears what is applied to the store and by whom ([`Oracle::committed`]), what daemons send and which
//! answers reach them ([`Oracle::sends`], [`Oracle::answered`]), and what happens on machines (as a
//! [`Witness`]). What a daemon says of itself it never hears.

mod commit;
mod end;
mod machine;
mod mirror;
mod policy;
mod queue;
mod violation;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crb_decide::Policy;
use crb_health::ScriptPhase;
use crb_lock::Keys;
use crb_store::memory::Commit;
use crb_store::{KeyValue, TxnReply};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::clocks::Wrong;
use super::step::{Map, Step};
use crate::machine::{Command, Machine};
use crate::power::{Cause, Power};
use crate::witness::Witness;
use end::SentEnd;
use machine::{Arm, Out, Watched};
use mirror::Mirror;
pub use violation::{Invariant, Violation};

/// Whose call is applied just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Sender {
    /// Nobody's: a lease ends.
    Nobody,
    /// This machine's.
    Machine(usize),
    /// The operator's.
    Operator,
    /// That of a peer that knows the classic lock recipe alone.
    Classic,
}

/// Follows a fleet.
pub(crate) struct Oracle {
    state: Mutex<State>,
    broken: Notify,
}

struct State {
    mirror: Mirror,
    machines: Vec<Watched>,
    sender: Sender,
    policy: Policy,
    /// How many slots the fleet is configured with; a daemon may be with fewer.
    slots: u32,
    stable: std::time::Duration,
    /// The commits that were sent, by the key of their place.
    commits: BTreeMap<String, SentCommit>,
    ends: BTreeMap<String, SentEnd>,
    /// The claims that the store has lost, which their machines may put back.
    lost: BTreeMap<String, (usize, Out)>,
    /// The claims that were put back.
    put_back: BTreeSet<String>,
    /// The keys of claims that an operator has taken away.
    excused: BTreeSet<String>,
    violations: Vec<Violation>,
    seen: Seen,
    hash: DefaultHasher,
}

/// A commit that was sent, and is not known to be refused.
#[derive(Debug)]
struct SentCommit {
    machine: usize,
    process: u32,
    view: crb_store::Revision,
    /// Whether its sender has been told that it will never be applied, or one that came after it was.
    given_up: bool,
}

/// What the oracle has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Revisions of the store.
    pub revisions: u64,
    /// Claims that were made.
    pub claims: u64,
    /// Runs of the reboot command.
    pub runs: u64,
    /// Claims that ended by a release: reboots done.
    pub reboots: u64,
    /// Claims that were given back.
    pub aborts: u64,
}

impl Oracle {
    pub(crate) fn new(
        keys: &Keys,
        machines: &[Arc<Machine>],
        clocks: &[Arc<Wrong>],
        slots: u32,
        policy: Policy,
        stable: std::time::Duration,
    ) -> Self {
        let watched = machines.iter().zip(clocks).map(|(machine, clock)| Watched::new(machine, clock));
        let state = State {
            mirror: Mirror::new(Map::of(keys)),
            machines: watched.collect(),
            sender: Sender::Nobody,
            policy,
            slots,
            stable,
            commits: BTreeMap::new(),
            ends: BTreeMap::new(),
            lost: BTreeMap::new(),
            put_back: BTreeSet::new(),
            excused: BTreeSet::new(),
            violations: vec![],
            seen: Seen::default(),
            hash: DefaultHasher::new(),
        };
        Self { state: Mutex::new(state), broken: Notify::new() }
    }

    /// From now on what is applied comes from `sender`.
    pub(crate) fn sends_now(&self, sender: Sender) {
        self.lock().sender = sender;
    }

    /// Returns once something was seen that must not be.
    pub(crate) async fn breaks(&self) {
        self.broken.notified().await;
    }

    /// What was seen first that must not be: everything of that moment.
    pub(crate) fn violations(&self) -> Vec<Violation> {
        self.lock().violations.clone()
    }

    pub(crate) fn seen(&self) -> Seen {
        self.lock().seen
    }

    /// A number that tells this history of the store and of the machines from every other.
    pub(crate) fn hash(&self) -> u64 {
        self.lock().hash.finish()
    }

    /// The store holds `pairs` now, and has forgotten the rest.
    ///
    /// Who is out of whom it knows nothing any more is no longer held against the others, for they cannot know
    /// it either, but for those who have seen it: and these hold the fleet.
    pub(crate) fn restored(&self, pairs: &BTreeMap<String, KeyValue>) {
        self.look(|state| {
            state.mirror.restored(pairs);
            pairs.len().hash(&mut state.hash);
            for index in 0..state.machines.len() {
                let machine = &mut state.machines[index];
                let Some(out) = machine.out.clone() else { continue };
                if !machine.is_covered(&out, &state.mirror) {
                    machine.out = None;
                    machine.falls = false;
                    state.lost.insert(out.key.clone(), (index, out));
                }
            }
        });
    }

    /// Whether anybody holds the fleet, for the store has gone backwards.
    pub(crate) fn is_held(&self) -> bool {
        !self.lock().mirror.holds.is_empty()
    }

    /// Whether a machine whose claim the store has lost has neither booted anew nor put it back: it is down, or may
    /// still go down.
    pub(crate) fn is_anybody_forgotten(&self) -> bool {
        let state = self.lock();
        state.lost.values().any(|(index, out)| state.machines[*index].boot == out.boot)
    }

    /// Whether a claim stands in the store.
    pub(crate) fn is_anybody_out(&self) -> bool {
        self.lock().mirror.claims().next().is_some()
    }

    /// The claims, for whoever asks why nothing goes on.
    pub(crate) fn queue(&self) -> Vec<String> {
        let state = self.lock();
        let told = |seat: &mirror::Seat| {
            let what = if seat.leased { "place" } else { "claim" };
            format!("{what} of {} ({}), taken at {}", seat.owner, seat.phase.as_str(), seat.created)
        };
        state.mirror.queue.values().map(told).collect()
    }

    /// Follows a commit of the store.
    pub(crate) fn committed(&self, commit: &Commit) {
        self.look(|state| state.committed(commit));
    }

    /// Hears what a daemon sends, and says which process of its machine that is.
    pub(crate) fn sends(&self, index: usize, step: &Step) -> u32 {
        let mut state = self.lock();
        let machine = &state.machines[index];
        let (process, view) = (machine.process, machine.view);
        if matches!(step, Step::View | Step::Queue | Step::Enqueue | Step::Commit(_)) {
            // Whoever goes on with another turn no longer waits for what became of the last one.
            let own = |commit: &&mut SentCommit| commit.machine == index && commit.process == process;
            state.commits.values_mut().filter(own).for_each(|commit| commit.given_up = true);
        }
        let machine = &state.machines[index];
        match step {
            Step::Commit(key) => {
                let sent = SentCommit { machine: index, process, view, given_up: false };
                state.commits.insert(key.clone(), sent);
            }
            Step::End(key) => {
                let (boot, proven) = (machine.boot.clone(), machine.proven);
                let sent = state.ends.entry(key.clone()).or_default();
                sent.proven |= proven;
                sent.boot = Some(boot);
            }
            _ => {}
        }
        process
    }

    /// Hears which answer reached a daemon: of the process `process`, to what was sent at `sent`.
    pub(crate) fn answered(&self, index: usize, process: u32, step: &Step, reply: &TxnReply, sent: Instant) {
        let mut state = self.lock();
        match step {
            Step::View => state.machines[index].view = reply.header.revision,
            Step::Queue => {
                let older = |commit: &&mut SentCommit| commit.machine == index && commit.process < process;
                state.commits.values_mut().filter(older).for_each(|commit| commit.given_up = true);
            }
            Step::Fence(key) if reply.succeeded => state.give_up(key),
            Step::Arm(key) if reply.succeeded => {
                let (boot, at) = (state.machines[index].boot.clone(), reply.header.revision);
                state.machines[index].arm = Some(Arm { key: key.clone(), at, boot, process, sent });
            }
            _ => {}
        }
    }

    /// Hears that a daemon was told that its place with this key is gone.
    pub(crate) fn left(&self, key: &str) {
        self.lock().give_up(key);
    }

    /// A peer that knows the classic recipe alone goes down.
    pub(crate) fn classic_goes_down(&self, name: &str) {
        self.look(|state| state.classic_goes_down(name));
    }

    fn look(&self, look: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        if !state.violations.is_empty() {
            return;
        }
        look(&mut state);
        if !state.violations.is_empty() {
            self.broken.notify_one();
        }
    }

    fn on(&self, machine: &Machine, act: impl FnOnce(&mut State, usize)) {
        self.look(|state| {
            let found = state.machines.iter().position(|watched| watched.id == machine.id().0);
            if let Some(index) = found {
                act(state, index);
            }
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Witness for Oracle {
    fn starts(&self, machine: &Machine) {
        self.on(machine, |state, index| state.machines[index].starts());
    }

    fn runs(&self, machine: &Machine, command: Command) {
        self.on(machine, |state, index| {
            if machine.altered().forbids_reboots() {
                let text = format!("{} ran the command by {:?}", machine.name(), machine.altered());
                state.breaks(Invariant::Forbidden, text);
            }
            state.runs(index, command);
        });
    }

    fn checked(&self, machine: &Machine, phase: ScriptPhase, healthy: bool) {
        if phase == ScriptPhase::PostReboot {
            self.on(machine, |state, index| {
                let stable = state.stable;
                state.machines[index].checked(healthy, stable);
            });
        }
    }

    fn switched(&self, machine: &Machine, power: &Power) {
        self.on(machine, |state, index| {
            (index, matches!(power, Power::On { .. }), matches!(power, Power::Off(Cause::Command)))
                .hash(&mut state.hash);
            state.switched(index, power);
        });
    }
}
