//! Hooks in a storm: they drain a machine and take it back into service, and are slow, or fail, as long as it blows.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use crb_decide::{HookEnd, HookPhase, OnFailure};
use crb_orchestrate::{Hook, HookContext, HookProgram, HookReport, Hooks};
use fastrand::Rng;
use tokio::time::{sleep, timeout};

use super::Options;
use super::fault::{Count, Fault};
use super::fleet::Fleet;
use super::oracle::{Invariant, Violation};
use super::verdict::End;
use crate::machine::Machine;

/// One run in so many is slow, or fails.
const SLOW: f64 = 0.2;
const PRE_FAILS: f64 = 0.15;
const POST_FAILS: f64 = 0.4;

const USUAL: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(5);
const LONG: RangeInclusive<Duration> = Duration::from_secs(30)..=Duration::from_secs(600);

/// How long it may take after the end of a storm until every machine is back in service.
const REST: Duration = Duration::from_secs(3_600);

/// How often to look whether all are.
const GLANCE: Duration = Duration::from_secs(10);

/// Whether the machines of this storm have hooks: one in three, for whatever else is drawn. Those for mutants have
/// none, for they are drawn to the mutants' liking.
pub(crate) fn drawn(options: &Options) -> bool {
    options.focus.is_none() && Rng::with_seed(options.seed.rotate_left(32)).u32(0..3) == 0
}

/// The hooks of a machine.
pub(crate) fn of(machine: &Arc<Machine>, count: &Arc<Count>, is_over: &Arc<AtomicBool>) -> Hooks {
    let hook = |name: &str| Hook {
        name: name.to_owned(),
        on_failure: OnFailure::Block,
        program: Arc::new(Program {
            machine: Arc::clone(machine),
            count: Arc::clone(count),
            is_over: Arc::clone(is_over),
        }),
    };
    Hooks { pre_reboot: vec![hook("drain")], post_reboot: vec![hook("undrain")] }
}

struct Program {
    machine: Arc<Machine>,
    count: Arc<Count>,
    is_over: Arc<AtomicBool>,
}

#[async_trait]
impl HookProgram for Program {
    async fn run(&self, context: &HookContext) -> HookReport {
        let calm = self.is_over.load(Ordering::Relaxed);
        let (slow, fails) = (self.machine.chance(), self.machine.chance());
        let before = context.phase == HookPhase::PreReboot;
        // As soon as it begins nobody can count on the machine.
        if before {
            self.machine.set_drained(true);
        }
        let took = if calm || slow >= SLOW {
            self.machine.chance_in(&USUAL)
        } else {
            self.count.one(Fault::SlowHook);
            self.machine.chance_in(&LONG)
        };
        sleep(took).await;
        let (limit, fault) =
            if before { (PRE_FAILS, Fault::PreHookFails) } else { (POST_FAILS, Fault::PostHookFails) };
        let end = if calm || fails >= limit {
            self.machine.set_drained(before);
            HookEnd::Succeeded
        } else {
            self.count.one(fault);
            HookEnd::Failed { exit_code: 1 }
        };
        HookReport { end, stdout: String::new(), stderr: String::new(), took }
    }
}

/// What a storm came to that had come to `end`: when all is mended, no machine may be left drained.
pub(crate) async fn back_in_service(fleet: &Fleet, end: End) -> End {
    let drained = || fleet.machines.iter().filter(|machine| machine.is_drained());
    let all_are = async {
        while drained().next().is_some() {
            sleep(GLANCE).await;
        }
    };
    if end != End::Well || timeout(REST, all_are).await.is_ok() {
        return end;
    }
    let left: Vec<&str> = drained().map(|machine| machine.name().as_str()).collect();
    let text = format!("{} min after the storm {} are still drained", REST.as_secs() / 60, left.join(", "));
    End::Broken(vec![Violation { invariant: Invariant::InService, text }])
}
