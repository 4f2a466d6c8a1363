//! Drives one pass of the step machine: asks what it wants asked, and tells it what was seen.

use std::sync::Arc;

use crb_decide::{
    Action, Checked, CommitSeen, Decision, Gate, Observation, Pass, PassPlan, Place as Seat, Policy, Stage,
    Trouble,
};
use crb_lock::{Claim, Commitment, LockError, Place, View};
use crb_observe::What;
use tokio::time::Instant;

use crate::fleet_watch::FleetWatch;
use crate::node::Node;
use crate::probe::{Manner, look};
use crate::setup::Setup;
use crate::turn::{Turn, WaitingFor};

/// How a pass stands to the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Queueing {
    /// It takes none yet: claims of an earlier life have not been looked for.
    Recovering,
    /// It takes a place, as a node that is present in the fleet.
    Present,
    /// It takes a place, as a trial.
    Try,
    /// It only looks where the place would be.
    Peek,
}

/// How a pass ended.
#[must_use]
pub(crate) struct PassEnd {
    pub(crate) decision: Decision,
    pub(crate) checked: Vec<Checked>,
    pub(crate) claim: Option<Decided>,
    /// Whether it only pretended.
    pub(crate) dry_run: bool,
}

/// A claim, and on what grounds it was asked for.
pub(crate) struct Decided {
    pub(crate) claim: Claim,
    pub(crate) grounds: Grounds,
}

/// What a commit was decided on. It may have been settled long afterwards.
pub(crate) struct Grounds {
    at: Instant,
    policy: Policy,
    slots: u32,
}

impl Grounds {
    /// The same, after every gate was asked again `at` a later time.
    pub(crate) fn looked_at_again(self, at: Instant) -> Self {
        Self { at, ..self }
    }

    /// What forbids to run the command on these grounds, if anything does.
    pub(crate) fn against(&self, node: &Node, setup: &Setup) -> Option<&'static str> {
        let terms = node.coordinator.terms();
        if self.at.elapsed() > terms.lock_ttl {
            Some("the decision is older than the lock's time to live")
        } else if setup.plan.policy != self.policy || terms.slots < self.slots {
            Some("the cluster policy was changed after the commit")
        } else {
            None
        }
    }
}

/// A pass in the making.
pub(crate) struct PassRun<'a> {
    pub(crate) node: &'a Node,
    pub(crate) turn: &'a mut Turn,
    pub(crate) fleet: &'a mut FleetWatch,
    pub(crate) queueing: Queueing,
    pub(crate) manner: Manner,
    seat: Option<Seat>,
    view: Option<View>,
    claim: Option<Decided>,
}

impl<'a> PassRun<'a> {
    pub(crate) fn new(
        node: &'a Node,
        turn: &'a mut Turn,
        fleet: &'a mut FleetWatch,
        queueing: Queueing,
        manner: Manner,
    ) -> Self {
        Self { node, turn, fleet, queueing, manner, seat: None, view: None, claim: None }
    }

    /// Makes the pass that `begin` begins, as `plan_of` wants it by the settings in force. With others it begins anew at its next step, and
    /// keeps its place: whatever commits has seen every gate through the settings that are in force when it commits.
    pub(crate) async fn drive(
        mut self,
        begin: impl Fn(PassPlan) -> Pass,
        plan_of: impl Fn(&Setup) -> PassPlan,
    ) -> PassEnd {
        let mut setup = self.node.setup();
        let mut plan = plan_of(&setup);
        let mut pass = begin(plan.clone());
        loop {
            let action = pass.next();
            if !matches!(action, Action::Done(_)) && !self.node.is_in_force(&setup) {
                setup = self.node.setup();
                plan = plan_of(&setup);
                pass = begin(plan.clone());
                continue;
            }
            let seen = match action {
                Action::Done(decision) => {
                    let (decision, checked) = (decision.clone(), pass.checked().to_vec());
                    let dry_run = setup.plan.dry_run;
                    return PassEnd { decision, checked, claim: self.claim, dry_run };
                }
                Action::Look { gate: Gate::Fleet, stage } => self.look_at_fleet(stage, &plan).await,
                Action::Look { gate, stage } => look(self.node, &setup, gate, stage, self.manner).await,
                Action::TakePlace => self.take_place().await,
                Action::Commit => self.commit(&setup).await,
            };
            pass.observe(self.node.now(), &seen);
        }
    }

    async fn take_place(&mut self) -> Observation {
        let node = self.node;
        let seat = match self.queueing {
            Queueing::Recovering => {
                let unknown = || match node.coordinator.regression() {
                    Some(regression) => Trouble::StoreRegressed {
                        node: node.coordinator.identity().node.to_string(),
                        reason: regression.to_string(),
                    },
                    None => Trouble::PresenceLost("claims of an earlier life may be in the store".to_owned()),
                };
                return Observation::Trouble(self.node.absence().unwrap_or_else(unknown));
            }
            Queueing::Present => match self.node.absence() {
                Some(trouble) => return Observation::Trouble(trouble),
                None => self.own_seat().await,
            },
            Queueing::Try => self.own_seat().await,
            Queueing::Peek => self.peeked_seat().await,
        };
        match seat {
            Ok(seat) => {
                self.seat = Some(seat.clone());
                Observation::Place(seat)
            }
            Err(error) => self.failed(error),
        }
    }

    async fn look_at_fleet(&mut self, stage: Stage, plan: &PassPlan) -> Observation {
        let place = self.place();
        match self.node.coordinator.view(place.as_ref(), self.node.now()).await {
            Ok(mut view) => {
                view.facts.place = view.facts.place.take().or_else(|| self.seat.clone());
                self.turn.waiting_for = Some(WaitingFor::View(view.revision));
                self.fleet.saw(self.node, &plan.policy, stage, &view.facts);
                let facts = Box::new(view.facts.clone());
                self.view = Some(view);
                Observation::Fleet(facts)
            }
            Err(error) => self.failed(error),
        }
    }

    async fn commit(&mut self, setup: &Arc<Setup>) -> Observation {
        let (Some(place), Some(view)) = (self.place(), self.view.take()) else {
            return self.failed(LockError::PlaceGone);
        };
        let (at, policy, slots) = (Instant::now(), setup.plan.policy.clone(), view.facts.slots);
        match self.node.coordinator.commit(&place, &view, self.node.now()).await {
            Ok(Commitment::Made(claim)) => {
                self.claim = Some(Decided { claim, grounds: Grounds { at, policy, slots } });
                Observation::Commit(CommitSeen::Committed)
            }
            Ok(Commitment::Refused) => Observation::Commit(CommitSeen::Refused),
            Err(error) => self.failed(error),
        }
    }

    fn place(&self) -> Option<Place> {
        self.turn.kept.as_ref().map(|kept| kept.place.clone())
    }

    fn failed(&mut self, error: LockError) -> Observation {
        match &error {
            LockError::PlaceGone => {
                self.turn.kept = None;
                self.node.emit(What::LockLost { error: error.to_string() });
            }
            _ => self.node.emit(What::LockFailed {
                attempt: self.turn.attempts,
                error: error.to_string(),
                waited: self.turn.waited(),
            }),
        }
        self.turn.late_commit |= error == LockError::LateCommit;
        self.turn.waiting_for = None;
        Observation::Trouble(Trouble::from(error))
    }
}
