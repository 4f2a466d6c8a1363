//! Who may go: a whole pass of the step machine over the fleet as it is at a moment.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use crb_decide::{
    Action, CommitSeen, Cooldown, Decision, DetectorFinding, DetectorVerdict, FleetFacts, Gate, Goal,
    KillSwitchSeen, LockUse, NodeName, Observation, Overdue, Pass, PassPlan, Pause, PeerState, Place,
    ScriptVerdict, WindowState,
};
use jiff::Timestamp;

use super::outset::{Outset, Turn};

/// What holds the whole fleet back at a moment.
#[derive(Debug, Clone)]
pub(super) struct Weather<'a> {
    pub(super) now: Timestamp,
    pub(super) windows: &'a WindowState,
    pub(super) cooling: Option<&'a Cooldown>,
    pub(super) pause: Option<&'a Pause>,
}

/// Everything on which a verdict can depend as a fleet takes its turns. Who is not well stays so, and who is out comes
/// back well; so numbers tell of the others all that the policy asks, and the reasons' words alone differ.
#[derive(Debug, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Likeness {
    windows: std::mem::Discriminant<WindowState>,
    cooling: bool,
    paused: bool,
    out: usize,
    out_of_fallback: usize,
    is_fallback: bool,
    within_slots: bool,
}

pub(super) struct Judge<'a> {
    outset: &'a Outset,
    plan: PassPlan,
    peers: BTreeMap<NodeName, PeerState>,
    out: Vec<NodeName>,
    out_of_fallback: usize,
    overdue: Vec<Overdue>,
    known: HashMap<Likeness, Rc<Decision>>,
    pub(super) passes: u64,
}

impl<'a> Judge<'a> {
    pub(super) fn new(outset: &'a Outset) -> Self {
        let plan = PassPlan {
            goal: Goal::Reboot,
            lock: LockUse::Queue,
            skip_health: false,
            max_slots: outset.slots,
            policy: outset.policy.clone(),
        };
        let mut judge = Self {
            outset,
            plan,
            peers: outset.members.iter().map(|member| (member.name.clone(), member.state.clone())).collect(),
            out: vec![],
            out_of_fallback: 0,
            overdue: vec![],
            known: HashMap::new(),
            passes: 0,
        };
        for member in &outset.members {
            if let Turn::Out { overdue, .. } = &member.turn {
                judge.goes(&member.name);
                judge.overdue.extend(overdue.clone());
            }
        }
        judge
    }

    /// How many are out.
    pub(super) const fn out(&self) -> usize {
        self.out.len()
    }

    /// `node` is out from now on.
    pub(super) fn goes(&mut self, node: &NodeName) {
        self.out.push(node.clone());
        self.out_of_fallback += usize::from(self.is_fallback(node));
        self.peers.insert(node.clone(), PeerState::Rebooting);
    }

    /// `node` is back, and well.
    pub(super) fn returns(&mut self, node: &NodeName) {
        self.out.retain(|out| out != node);
        self.out_of_fallback -= usize::from(self.is_fallback(node));
        self.peers.insert(node.clone(), PeerState::Healthy);
    }

    fn is_fallback(&self, node: &NodeName) -> bool {
        self.outset.policy.fallback_nodes.contains(node)
    }

    /// What a pass of `node` comes to that has so many nodes `ahead` of it, those that are out among them. Its outcome
    /// is exact, and so is what its first reason is; names and times in it may be those of another pass like it.
    pub(super) fn verdict(&mut self, node: &NodeName, ahead: usize, weather: &Weather<'_>) -> Rc<Decision> {
        let likeness = Likeness {
            windows: std::mem::discriminant(weather.windows),
            cooling: weather.cooling.is_some(),
            paused: weather.pause.is_some(),
            out: self.out.len(),
            out_of_fallback: self.out_of_fallback,
            is_fallback: self.is_fallback(node),
            within_slots: ahead < self.outset.slots as usize,
        };
        if let Some(known) = self.known.get(&likeness).cloned() {
            #[cfg(test)]
            self.made_again(&known, node, ahead, weather);
            return known;
        }
        let decision = Rc::new(self.pass(node, ahead, weather));
        self.known.insert(likeness, Rc::clone(&decision));
        decision
    }

    /// In tests every verdict of a small fleet that is known already is made again.
    #[cfg(test)]
    fn made_again(&mut self, known: &Decision, node: &NodeName, ahead: usize, weather: &Weather<'_>) {
        if self.outset.members.len() <= 50 {
            let anew = self.pass(node, ahead, weather);
            self.passes -= 1;
            assert_eq!(
                (known.outcome(), known.first_reason().code(), super::Cause::of(known)),
                (anew.outcome(), anew.first_reason().code(), super::Cause::of(&anew)),
                "{node} at {}: {known:?}, and then {anew:?}",
                weather.now
            );
        }
    }

    /// The same, exact to the word.
    pub(super) fn pass(&mut self, node: &NodeName, ahead: usize, weather: &Weather<'_>) -> Decision {
        self.passes += 1;
        let place = Place {
            position: u32::try_from(ahead).unwrap_or(u32::MAX),
            ahead: self.out.clone(),
            overdue: self.overdue.clone(),
        };
        let own = self.peers.remove(node);
        let fleet = Observation::Fleet(Box::new(FleetFacts {
            me: node.clone(),
            peers: std::mem::take(&mut self.peers),
            holds: self.outset.holds.clone(),
            pause: weather.pause.cloned(),
            cooldown: weather.cooling.cloned(),
            out: self.out.clone(),
            overdue: self.overdue.clone(),
            slots: self.outset.slots,
            place: Some(place.clone()),
        }));
        let decision = drive(&self.plan, weather, &place, &fleet);
        if let Observation::Fleet(facts) = fleet {
            self.peers = facts.peers;
        }
        self.peers.extend(own.map(|state| (node.clone(), state)));
        decision
    }
}

/// A pass of a node on which nothing but the windows and the fleet can be in the way.
fn drive(plan: &PassPlan, weather: &Weather<'_>, place: &Place, fleet: &Observation) -> Decision {
    let mut pass = Pass::new(plan.clone());
    loop {
        let seen = match pass.next() {
            Action::Done(decision) => return decision.clone(),
            Action::Look { gate: Gate::Fleet, .. } => fleet,
            Action::Look { gate: Gate::KillSwitch, .. } => &Observation::KillSwitch(KillSwitchSeen::Absent),
            Action::Look { gate: Gate::Detectors, .. } => &Observation::Detectors(vec![DetectorFinding {
                name: "plan".to_owned(),
                verdict: DetectorVerdict::Needed,
            }]),
            Action::Look { gate: Gate::Windows, .. } => &Observation::Windows(weather.windows.clone()),
            Action::Look { gate: Gate::Script, .. } => &Observation::Script(ScriptVerdict::Healthy),
            Action::TakePlace => &Observation::Place(place.clone()),
            Action::Commit => &Observation::Commit(CommitSeen::Committed),
        };
        pass.observe(weather.now, seen);
    }
}
