//! One pass as a step machine: it says what to look at next, and takes what was seen.

use jiff::Timestamp;

use crate::decision::{Decision, NonEmpty};
use crate::gate::{Gate, Stage};
use crate::policy::Policy;
use crate::reason::Reason;
use crate::seen::{CommitSeen, Observation};

/// How often a commit that was refused is tried again on a new view before the pass gives up.
const MAX_COMMITS: u32 = 4;

/// What a pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// To reboot, if every gate is open.
    Reboot,
    /// To say what a reboot would meet: nothing is committed.
    Diagnose,
}

/// Whether a pass asks for the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockUse {
    /// It queues for it.
    Queue,
    /// It ends before it, with `lock_skipped`.
    Skip,
}

/// How a pass is to be made.
#[derive(Debug, Clone, PartialEq)]
pub struct PassPlan {
    /// What it is for.
    pub goal: Goal,
    /// Whether it asks for the lock.
    pub lock: LockUse,
    /// Whether the health script is left out.
    pub skip_health: bool,
    /// How many nodes may be out at once as far as this node is configured. The fleet may say less.
    pub max_slots: u32,
    /// The cluster policy.
    pub policy: Policy,
}

/// What the pass wants done next.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub enum Action<'a> {
    /// Ask this gate's probe.
    Look {
        /// The gate.
        gate: Gate,
        /// When it is asked.
        stage: Stage,
    },
    /// Take a place in the queue, or keep the one taken, and say where it is.
    TakePlace,
    /// Commit on the view that was last seen.
    Commit,
    /// The pass has ended.
    Done(&'a Decision),
}

/// A gate that was asked, and what it said.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The gate.
    pub gate: Gate,
    /// When it was asked.
    pub stage: Stage,
    /// At what time it answered.
    pub at: Timestamp,
    /// What speaks against the reboot; empty when the gate is open.
    pub reasons: Vec<Reason>,
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    Looking { stage: Stage, gate: Gate },
    TakingPlace,
    Committing,
    Done(Decision),
}

/// One pass over the gates: before the lock, under it, and the commit.
///
/// The machine cannot fail and does no I/O. Whatever it is shown that is not a clear yes ends it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pass {
    plan: PassPlan,
    state: State,
    commits: u32,
    checked: Vec<Checked>,
}

impl Pass {
    /// A pass from the first gate on.
    pub fn new(plan: PassPlan) -> Self {
        Self::at_stage(plan, Stage::BeforeLock)
    }

    /// The look between commit and command: the gates that may have closed in the meantime.
    pub fn before_command(plan: PassPlan) -> Self {
        Self::at_stage(plan, Stage::BeforeCommand)
    }

    /// The look after `pre_reboot` hooks ran under the claim: every gate, for that may have taken long.
    pub fn after_hooks(plan: PassPlan) -> Self {
        Self::at_stage(plan, Stage::AfterHooks)
    }

    fn at_stage(plan: PassPlan, stage: Stage) -> Self {
        let mut pass = Self { plan, state: State::TakingPlace, commits: 0, checked: vec![] };
        pass.state = pass.first_gate(stage);
        pass
    }

    /// What to do next.
    pub const fn next(&self) -> Action<'_> {
        match &self.state {
            State::Looking { stage, gate } => Action::Look { gate: *gate, stage: *stage },
            State::TakingPlace => Action::TakePlace,
            State::Committing => Action::Commit,
            State::Done(decision) => Action::Done(decision),
        }
    }

    /// Takes what was seen at `now`, in answer to [`next`](Self::next).
    pub fn observe(&mut self, now: Timestamp, seen: &Observation) {
        self.state = match self.state.clone() {
            State::Looking { stage, gate } => self.looked(now, stage, gate, seen),
            State::TakingPlace => self.placed(seen),
            State::Committing => self.committed(seen),
            done @ State::Done(_) => done,
        };
    }

    /// The gates asked so far, in order.
    pub fn checked(&self) -> &[Checked] {
        &self.checked
    }

    fn looked(&mut self, now: Timestamp, stage: Stage, gate: Gate, seen: &Observation) -> State {
        let verdict = gate.judge(stage, seen, &self.plan.policy);
        let decision = verdict.err().map(Decision::because);
        let reasons = decision.as_ref().map_or_else(Vec::new, |held| held.reasons().to_vec());
        self.checked.push(Checked { gate, stage, at: now, reasons });
        match decision {
            Some(held) => State::Done(held),
            None => self.gate_after(stage, gate),
        }
    }

    fn placed(&self, seen: &Observation) -> State {
        match seen {
            Observation::Place(place) if place.position < self.plan.max_slots => {
                self.first_gate(Stage::UnderLock)
            }
            Observation::Place(place) => State::Done(Decision::because(place.against())),
            Observation::Trouble(trouble) => done(trouble.clone().into()),
            _ => done(Reason::GateUnanswered { gate: Gate::Fleet }),
        }
    }

    fn committed(&mut self, seen: &Observation) -> State {
        self.commits += 1;
        match seen {
            Observation::Commit(CommitSeen::Committed) => done(Reason::Ready),
            Observation::Commit(CommitSeen::Refused) if self.commits < MAX_COMMITS => {
                State::Looking { stage: Stage::UnderLock, gate: Gate::Fleet }
            }
            Observation::Commit(CommitSeen::Refused) => done(Reason::ViewChanged),
            Observation::Trouble(trouble) => done(trouble.clone().into()),
            _ => done(Reason::GateUnanswered { gate: Gate::Fleet }),
        }
    }

    fn first_gate(&self, stage: Stage) -> State {
        self.first_of(stage, &Gate::ORDER)
    }

    fn gate_after(&self, stage: Stage, gate: Gate) -> State {
        let passed = Gate::ORDER.iter().position(|other| *other == gate).map_or(0, |index| index + 1);
        self.first_of(stage, Gate::ORDER.get(passed..).unwrap_or_default())
    }

    fn first_of(&self, stage: Stage, gates: &[Gate]) -> State {
        let asked = |gate: &&Gate| gate.is_asked(stage) && !(self.plan.skip_health && **gate == Gate::Script);
        match gates.iter().find(asked) {
            Some(gate) => State::Looking { stage, gate: *gate },
            None => self.stage_passed(stage),
        }
    }

    fn stage_passed(&self, stage: Stage) -> State {
        match (stage, self.plan.lock, self.plan.goal) {
            (Stage::BeforeLock, LockUse::Queue, _) => State::TakingPlace,
            (Stage::BeforeLock, LockUse::Skip, _) => done(Reason::LockSkipped),
            (Stage::UnderLock, _, Goal::Reboot) => State::Committing,
            (Stage::UnderLock, _, Goal::Diagnose) | (Stage::AfterHooks | Stage::BeforeCommand, _, _) => {
                done(Reason::Ready)
            }
        }
    }
}

fn done(reason: Reason) -> State {
    State::Done(Decision::because(NonEmpty::one(reason)))
}

#[cfg(test)]
mod tests;
