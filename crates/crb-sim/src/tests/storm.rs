//! Everything at once, by chance: crashes, failures of power, health that comes and goes, commands that do
//! nothing, and a bad line to the store. Nothing unsafe may happen meanwhile; and when it is over, everybody
//! who needs a reboot gets it.

use fastrand::Rng;
use tokio::time::timeout;

use super::weather::Weather;
use super::*;
use crate::Command;

/// A run that takes longer has come to a stop.
const PATIENCE: Duration = minutes(72 * 60);

/// Does something to some machine.
async fn blow(lab: &Lab, chance: &mut Rng) {
    let machine = lab.machine(chance.usize(0..lab.last()));
    match chance.u32(0..8) {
        0 => machine.crash_daemon(),
        1..=3 => {
            machine.crash_daemon();
            pass(Duration::from_millis(chance.u64(0..10_000))).await;
            machine.start_daemon();
        }
        4 => machine.cut_power(),
        5 => machine.set_healthy(chance.bool()),
        6 => machine.set_kill_switch(chance.bool()),
        _ => {
            let commands = [Command::Works, Command::DoesNothing, Command::Fails, Command::CannotStart];
            machine.set_command(commands[chance.usize(0..commands.len())]);
        }
    }
    machine.set_needs_reboot(true);
    pass(Duration::from_secs(chance.u64(0..120))).await;
}

fn heal(lab: &Lab) {
    for machine in lab.fleet.machines() {
        machine.set_healthy(true);
        machine.set_kill_switch(false);
        machine.set_command(Command::Works);
        machine.start_daemon();
    }
}

async fn storm(seed: u64) {
    let mut chance = Rng::with_seed(seed);
    let mut spec = FleetSpec::new(chance.usize(3..7));
    spec.seed = seed;
    spec.terms.slots = chance.u32(1..3);
    spec.terms.cooldown = minutes(chance.u64(0..2) * 3);
    spec.plan.policy.max_unhealthy = chance.u32(0..2) * 10;
    spec.shutdown_time = Duration::ZERO..=minutes(chance.u64(0..4));
    spec.plan.reboot_timeout = minutes(2);
    spec.plan.post_stable = Duration::from_secs(chance.u64(0..60));
    let weather = Weather::over(&MemoryStore::new(seed), seed);
    let lab = Lab::over(spec, weather.store(), Arc::new(weather.clone()));
    // The last machine waits for the end of the storm, and so does the run.
    lab.brake(&[lab.last()], true);
    let script = async {
        weather.turn_bad(true);
        for _ in 0..100 {
            blow(&lab, &mut chance).await;
        }
        weather.turn_bad(false);
        heal(&lab);
        pass(minutes(240)).await;
        // What is stuck by now waits for an operator, who boots it by hand.
        for machine in lab.fleet.machines().iter().filter(|machine| machine.needs_reboot()) {
            machine.cut_power();
        }
    };
    let run = timeout(PATIENCE, lab.finish(script)).await;
    assert!(run.is_ok(), "seed {seed}: {:?}\n{:#?}", lab.queue(), lab.last_words());
}

#[test]
fn whole_fleets_survive_a_storm_and_finish_when_it_is_over() {
    for seed in 0..6 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(storm(seed));
    }
}
