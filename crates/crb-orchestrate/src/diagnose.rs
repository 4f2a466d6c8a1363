//! A single pass that never commits: `status`, and `run --once`.

use crb_decide::{Checked, Decision, FleetFacts, Goal, LockUse, Pass};
use crb_observe::What;

use crate::beyond::{Beyond, look_beyond};
use crate::fleet_watch::FleetWatch;
use crate::node::Node;
use crate::pass_run::{PassRun, Queueing};
use crate::probe::Manner;
use crate::turn::Turn;

/// What a diagnosis is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Diagnosis {
    /// Whether the health script is left out.
    pub skip_health: bool,
    /// Whether the lock is asked for.
    pub lock: LockUse,
    /// Whether a place in the queue is really taken, and left again, rather than looked for.
    pub try_lock: bool,
}

/// What a diagnosis found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What the pass came to.
    pub decision: Decision,
    /// Every gate that was asked.
    pub checked: Vec<Checked>,
    /// Whether detectors ask for a reboot; `None`: not looked at, or not known.
    pub reboot_required: Option<bool>,
    /// The fleet, if it was looked at.
    pub fleet: Option<FleetFacts>,
    /// What the pass did not come to. A diagnosis that tries the lock is no more than its pass, and looks at nothing
    /// beyond.
    pub beyond: Beyond,
}

/// Makes one pass over `node` that publishes nothing, commits nothing and leaves nothing behind.
pub async fn diagnose(node: &Node, diagnosis: Diagnosis) -> Report {
    let manner = Manner {
        publishes: false,
        uses_lock: diagnosis.lock == LockUse::Queue,
        skips_health: diagnosis.skip_health,
        attempts: 0,
    };
    let queueing = if diagnosis.try_lock { Queueing::Try } else { Queueing::Peek };
    let (mut turn, mut fleet) = (Turn::default(), FleetWatch::default());
    let end = PassRun::new(node, &mut turn, &mut fleet, queueing, manner)
        .drive(Pass::new, |setup| {
            node.pass_plan(setup, Goal::Diagnose, diagnosis.lock, diagnosis.skip_health)
        })
        .await;
    if let Some(place) = turn.end()
        && let Err(error) = node.coordinator.leave(&place).await
    {
        node.trouble("queue", &error);
    }
    // A daemon that has run the command makes no pass any more, whatever the gates say.
    let decision = node.ran_in_this_boot().map_or(end.decision, Decision::for_one);
    node.emit(What::RunOutcome {
        decision: decision.clone(),
        dry_run: end.dry_run,
        reboot_required: node.reboot_required(),
    });
    let beyond = if diagnosis.try_lock {
        Beyond::default()
    } else {
        look_beyond(node, diagnosis, manner, &end.checked).await
    };
    let fleet = fleet.last().or_else(|| beyond.view.as_ref().map(|view| view.facts.clone()));
    Report { decision, checked: end.checked, reboot_required: node.reboot_required(), fleet, beyond }
}
