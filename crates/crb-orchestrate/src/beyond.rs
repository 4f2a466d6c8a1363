//! What a pass did not come to: the gates behind the one that closed, for who wants to know all that is in the way.

use crb_decide::{Checked, Gate, LockUse, Observation, Reason, Stage, Trouble};
use crb_lock::{LockError, View};
use crb_store::Revision;

use crate::diagnose::Diagnosis;
use crate::node::Node;
use crate::probe::{Manner, look};

/// The gates beyond those of a pass. Nothing was decided by them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Beyond {
    /// Those that were asked, although one before them is closed.
    pub checked: Vec<Checked>,
    /// Those that were not.
    pub not_asked: Vec<NotAsked>,
    /// The shared state, where the lock is asked for and etcd answers.
    pub view: Option<View>,
}

/// A gate that was not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAsked {
    /// The gate.
    pub gate: Gate,
    /// When it would have been.
    pub stage: Stage,
    /// Why it was not.
    pub why: WhyNot,
}

/// Why a gate was not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNot {
    /// Under a kill switch nothing of the operator's is run.
    KillSwitch,
    /// The health script was to be left out.
    HealthSkipped,
    /// The lock was to be left out.
    LockSkipped,
}

impl WhyNot {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KillSwitch => "kill_switch",
            Self::HealthSkipped => "skip_health",
            Self::LockSkipped => "skip_lock",
        }
    }
}

/// Asks every gate of both stages that the pass with these `checked` has not, as far as that has no effect.
pub(crate) async fn look_beyond(
    node: &Node,
    diagnosis: Diagnosis,
    manner: Manner,
    checked: &[Checked],
) -> Beyond {
    let setup = node.setup();
    let view = match diagnosis.lock {
        LockUse::Queue => Some(view(node).await),
        LockUse::Skip => None,
    };
    let seen_of_fleet = match &view {
        Some(Ok(view)) => Observation::Fleet(Box::new(view.facts.clone())),
        Some(Err(error)) => Observation::Trouble(Trouble::from(error.clone())),
        None => Observation::Detectors(vec![]),
    };
    let mut beyond = Beyond { view: view.and_then(Result::ok), ..Beyond::default() };
    for stage in [Stage::BeforeLock, Stage::UnderLock] {
        for gate in Gate::ORDER.into_iter().filter(|gate| gate.is_asked(stage)) {
            if checked.iter().any(|asked| (asked.gate, asked.stage) == (gate, stage)) {
                continue;
            }
            let mut closed = checked.iter().chain(&beyond.checked).filter(|asked| !asked.reasons.is_empty());
            let why = why_not(gate, stage, diagnosis, closed.any(|asked| asked.gate == Gate::KillSwitch));
            if let Some(why) = why {
                beyond.not_asked.push(NotAsked { gate, stage, why });
                continue;
            }
            let seen = match gate {
                Gate::Fleet => seen_of_fleet.clone(),
                _ => look(node, &setup, gate, stage, manner).await,
            };
            let mut reasons = gate.against(stage, &seen, &setup.plan.policy);
            // Nothing has cleared since the first stage: there was nothing before.
            if reasons == [Reason::RecheckCleared] && node_wanted_none(checked) {
                reasons = vec![Reason::NoRebootRequired];
            }
            beyond.checked.push(Checked { gate, stage, at: node.now(), reasons });
        }
    }
    beyond
}

/// The shared state, with the place where this node stands or would stand.
async fn view(node: &Node) -> Result<View, LockError> {
    let mut view = node.coordinator.view(None, node.now()).await?;
    let me = node.coordinator.identity();
    let own = view.queue.keys.iter().find(|key| key.is_of(me));
    let created = own.map_or(Revision(i64::MAX), |key| key.created);
    view.facts.place = Some(view.queue.place_at(created, me, node.now()));
    Ok(view)
}

fn why_not(gate: Gate, stage: Stage, diagnosis: Diagnosis, kill_switch: bool) -> Option<WhyNot> {
    match gate {
        _ if stage == Stage::UnderLock && diagnosis.lock == LockUse::Skip => Some(WhyNot::LockSkipped),
        Gate::Script if diagnosis.skip_health => Some(WhyNot::HealthSkipped),
        Gate::Detectors | Gate::Script if kill_switch => Some(WhyNot::KillSwitch),
        _ => None,
    }
}

fn node_wanted_none(checked: &[Checked]) -> bool {
    checked
        .iter()
        .any(|asked| asked.stage == Stage::BeforeLock && asked.reasons == [Reason::NoRebootRequired])
}
