//! The end of a storm: everything is mended, and everybody who needs a reboot has to get it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::fleet::Fleet;
use super::oracle::{Invariant, Violation};
use super::verdict::End;
use crate::altered::Altered;
use crate::machine::{Command, Machine};

/// How long what is under way may take to come to rest by itself.
const REST: Duration = Duration::from_secs(3_600);

/// How often to look whether all is done.
const GLANCE: Duration = Duration::from_secs(60);

/// Mends everything, and waits until everybody has had the reboot that she needs.
pub(crate) async fn heal(fleet: &Arc<Fleet>) -> End {
    fleet.tape.note(|| "the storm is over".to_owned());
    mend(fleet).await;
    fleet.tape.keep_outcomes();
    let rest = REST + fleet.mix.spec.plan.reboot_timeout * 8 + pauses(fleet);
    timeout(rest, done(fleet)).await.ok();
    // What is stuck by now waits for an operator, who boots it by hand.
    for machine in fleet.machines.iter().filter(|machine| machine.needs_reboot()) {
        machine.cut_power();
    }
    for machine in &fleet.machines {
        machine.set_needs_reboot(true);
    }
    let began = Instant::now();
    if timeout(most(fleet), done(fleet)).await.is_ok() {
        return End::Well;
    }
    let waiting: Vec<&str> = fleet
        .machines
        .iter()
        .filter(|machine| !is_done(machine))
        .map(|machine| machine.name().as_str())
        .collect();
    let text = format!(
        "after {} min without a fault {} still wait for their reboot; the queue: {}; the last passes: {}",
        began.elapsed().as_secs() / 60,
        waiting.join(", "),
        fleet.oracle.queue().join("; "),
        fleet.tape.outcomes().join("; "),
    );
    End::Broken(vec![Violation { invariant: Invariant::GoesOn, text }])
}

async fn mend(fleet: &Fleet) {
    fleet.is_over.store(true, Ordering::Relaxed);
    for line in &fleet.lines {
        line.turn_bad(false);
        line.cut(None);
        line.lose_keep_alives(false);
    }
    for clock in &fleet.clocks {
        clock.set(0);
    }
    for machine in &fleet.machines {
        machine.set_healthy(true);
        machine.set_kill_switch(false);
        machine.set_detects(true);
        machine.set_script_time(Duration::ZERO);
        machine.set_command(Command::Works);
        machine.set_slots(None);
        machine.alter(Altered::default());
        machine.set_comes_up(true);
        machine.process().resume();
        machine.start_daemon();
    }
    // The operator's own line is a good one.
    fleet.operator().resume().await.ok();
    if let Some(twin) = &fleet.twin {
        twin.set_comes_up(false);
        twin.cut_power();
        twin.down().await;
        bury(fleet, twin).await;
    }
}

/// Takes the claim of the twin away, which will not come back; of two under one name she is shown the older one.
async fn bury(fleet: &Fleet, twin: &Machine) {
    let Ok(Some(claim)) = fleet.operator().claim_of(twin.name()).await else { return };
    let holder = claim.record.as_ref().and_then(|record| record.machine_id.as_ref());
    if holder == Some(twin.id()) {
        // What was not answered is tried again at the next glance.
        fleet.operator().unlock(&claim, "the twin is gone", true, (fleet.clock)()).await.ok();
    }
}

/// How long the whole fleet takes at most, one after the other.
fn most(fleet: &Fleet) -> Duration {
    let spec = &fleet.mix.spec;
    let one = *spec.shutdown_time.end()
        + *spec.reboot_time.end()
        + spec.plan.post_stable
        + spec.terms.cooldown
        + spec.terms.presence_ttl
        + spec.plan.backoff_max * 3
        + spec.plan.health_interval * 2;
    let classic = if fleet.mix.classic { 2 } else { 1 };
    let fleet_size = u32::try_from(spec.nodes).unwrap_or(u32::MAX);
    let all = (one * (fleet_size + 2) + spec.plan.check_interval * 2) * classic + pauses(fleet);
    if has_windows(fleet) { all * 8 + Duration::from_secs(48 * 3_600) } else { all }
}

fn has_windows(fleet: &Fleet) -> bool {
    !fleet.mix.spec.plan.windows.allow().is_empty()
}

/// How long processes that were stopped by chance may stay so.
fn pauses(fleet: &Fleet) -> Duration {
    Duration::from_secs(fleet.mix.longest_pause)
}

async fn done(fleet: &Fleet) {
    while fleet.oracle.is_anybody_out() || !fleet.machines.iter().all(|machine| is_done(machine)) {
        sleep(GLANCE).await;
        // A pause that was under way when the storm ended may arrive after it was lifted.
        fleet.operator().resume().await.ok();
        if fleet.oracle.is_held() {
            fleet.accept_store().await;
        }
        if let Some(twin) = &fleet.twin {
            bury(fleet, twin).await;
        }
    }
}

fn is_done(machine: &Machine) -> bool {
    machine.is_up() && !machine.needs_reboot()
}
