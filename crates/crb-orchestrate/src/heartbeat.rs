//! The heartbeat: runs the health script at intervals and publishes what it says, on change.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use crb_decide::ScriptVerdict;
use crb_health::{RunContext, ScriptPhase, Statement};
use crb_observe::What;
use tokio::time::sleep;

use crate::node::Node;
use crate::setup::Setup;

/// Publishes the node's health for as long as it is polled.
pub(crate) async fn beat(node: &Node) -> Infallible {
    let mut setups = node.follow_setup();
    loop {
        let setup = Arc::clone(&setups.borrow_and_update());
        let context = RunContext {
            phase: ScriptPhase::Heartbeat,
            lock_enabled: true,
            lock_held: false,
            lock_attempts: 0,
            skip_health: false,
            skip_lock: false,
        };
        ask_script(node, &setup, &context).await;
        tokio::select! {
            biased;
            () = sleep(node.jittered(setup.plan.health_interval)) => {}
            () = node.shared.heartbeat_now.notified() => {}
            // The sender lives as long as the node.
            _ = setups.changed() => {}
        }
    }
}

/// How long the heartbeat rests at most.
pub(crate) fn longest_rest(node: &Node) -> Duration {
    Node::jittered_at_most(node.setup().plan.health_interval)
}

/// Runs the health script, tells what it said and publishes it.
pub(crate) async fn ask_script(node: &Node, setup: &Setup, context: &RunContext) -> ScriptVerdict {
    let verdict = run_script(node, setup, context).await;
    node.publish(Statement::of_script(&verdict, context.phase.as_str())).await;
    verdict
}

/// Runs the health script and tells what it said.
pub(crate) async fn run_script(node: &Node, setup: &Setup, context: &RunContext) -> ScriptVerdict {
    let report = setup.health.check(context).await;
    node.emit(What::HealthCheck {
        phase: context.phase.as_str(),
        verdict: report.verdict.clone(),
        stdout: report.stdout,
        stderr: report.stderr,
        took: report.took,
    });
    report.verdict
}
