//! The probes: what each gate looks at on this machine.

use crb_decide::{DetectorFinding, DetectorVerdict, Gate, Observation, Stage};
use crb_health::{RunContext, ScriptPhase};
use crb_observe::{DetectorReport, What};

use crate::heartbeat::{ask_script, run_script};
use crate::node::Node;
use crate::setup::Setup;

/// What a pass tells the health script, and whether it may publish.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    pub(crate) publishes: bool,
    pub(crate) uses_lock: bool,
    pub(crate) skips_health: bool,
    pub(crate) attempts: u32,
}

/// Asks the probe of a gate that this machine can answer by itself, by the settings of whoever decides.
pub(crate) async fn look(
    node: &Node,
    setup: &Setup,
    gate: Gate,
    stage: Stage,
    manner: Manner,
) -> Observation {
    match gate {
        Gate::KillSwitch => kill_switch(node, setup, stage),
        Gate::Detectors => detectors(node, setup, stage, manner).await,
        Gate::Windows => windows(node, setup, stage),
        Gate::Script => script(node, setup, stage, manner).await,
        // The fleet is not this machine's to answer; whoever asks here gets no yes.
        Gate::Fleet => Observation::Detectors(vec![]),
    }
}

fn kill_switch(node: &Node, setup: &Setup, stage: Stage) -> Observation {
    let seen = setup.kill_switch.look();
    let active = seen.against();
    node.emit(What::KillSwitch { stage, active });
    Observation::KillSwitch(seen)
}

async fn detectors(node: &Node, setup: &Setup, stage: Stage, manner: Manner) -> Observation {
    let findings = setup.detectors.evaluate().await;
    let verdicts = findings.verdicts();
    let needed = verdicts.iter().any(|finding| finding.verdict == DetectorVerdict::Needed);
    let unknown = verdicts.iter().any(|finding| matches!(finding.verdict, DetectorVerdict::Unknown(_)));
    let required = if needed { Some(true) } else { (!unknown).then_some(false) };
    node.set_reboot_required(required);
    let asks = |finding: &&DetectorFinding| finding.verdict == DetectorVerdict::Needed;
    node.set_askers(verdicts.iter().filter(asks).map(|finding| finding.name.clone()).collect());
    node.emit(What::DetectorsEvaluated {
        stage,
        took: findings.detectors.iter().map(|finding| finding.took).sum(),
        detectors: findings
            .detectors
            .into_iter()
            .map(|finding| DetectorReport {
                name: finding.name,
                verdict: finding.verdict,
                exit_code: finding.exit_code,
                output: finding.output,
                took: finding.took,
            })
            .collect(),
    });
    if let Some(required) = required
        && manner.publishes
        && node.coordinator.presence().is_ok()
        && let Err(error) = node.coordinator.publish_reboot_required(required).await
    {
        node.trouble("presence", &error);
    }
    Observation::Detectors(verdicts)
}

fn windows(node: &Node, setup: &Setup, stage: Stage) -> Observation {
    let seen = setup.plan.windows.at(node.now());
    node.emit(What::MaintenanceWindow { stage, state: seen.clone() });
    Observation::Windows(seen)
}

async fn script(node: &Node, setup: &Setup, stage: Stage, manner: Manner) -> Observation {
    let under_lock = stage != Stage::BeforeLock;
    let context = RunContext {
        phase: if under_lock { ScriptPhase::PostLock } else { ScriptPhase::PreLock },
        lock_enabled: manner.uses_lock,
        lock_held: under_lock,
        lock_attempts: manner.attempts,
        skip_health: manner.skips_health,
        skip_lock: !manner.uses_lock,
    };
    Observation::Script(if manner.publishes {
        ask_script(node, setup, &context).await
    } else {
        run_script(node, setup, &context).await
    })
}
