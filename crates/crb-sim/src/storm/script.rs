//! The hardships of a storm, one after the other, each on a machine drawn by chance.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::fault::Fault;
use super::fleet::Fleet;
use super::line::Cut;
use super::wire::stop_for;
use crate::altered::Altered;
use crate::machine::{Command, Machine};

/// A kind of hardship.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hardship {
    BadLines,
    Partition,
    LeaseStorm,
    Crash,
    Shutdown,
    Pause,
    OtherSlots,
    Reload,
    WrongClock,
    PowerCut,
    NoReturn,
    Illness,
    SlowScript,
    KillSwitch,
    BrokenDetector,
    Command,
    FleetPause,
    Unlock,
    Forget,
    Twin,
    Restore,
}

impl Hardship {
    pub(crate) const ALL: [Self; 21] = [
        Self::BadLines,
        Self::Partition,
        Self::LeaseStorm,
        Self::Crash,
        Self::Shutdown,
        Self::Pause,
        Self::OtherSlots,
        Self::Reload,
        Self::WrongClock,
        Self::PowerCut,
        Self::NoReturn,
        Self::Illness,
        Self::SlowScript,
        Self::KillSwitch,
        Self::BrokenDetector,
        Self::Command,
        Self::FleetPause,
        Self::Unlock,
        Self::Forget,
        Self::Twin,
        Self::Restore,
    ];

    pub(crate) const fn usual_weight(self) -> u32 {
        match self {
            Self::BadLines => 8,
            Self::Partition | Self::Crash | Self::Pause | Self::Illness | Self::Command => 6,
            Self::Unlock | Self::Twin | Self::Reload => 4,
            Self::LeaseStorm | Self::Shutdown | Self::PowerCut | Self::OtherSlots | Self::NoReturn => 3,
            Self::WrongClock | Self::KillSwitch | Self::FleetPause | Self::Forget => 2,
            Self::SlowScript | Self::BrokenDetector => 1,
            // Too much of it would hold the fleet all day: see `Mix::restores`.
            Self::Restore => 0,
        }
    }
}

/// Lets a storm blow for `time`. When it returns nothing of it goes on by itself, and nothing is mended.
pub(crate) async fn blow(fleet: &Arc<Fleet>, chance: &mut Rng, time: Duration) {
    let mut under_way = JoinSet::new();
    let needs = Arc::clone(fleet);
    let needs_chance = chance.fork();
    under_way.spawn(async move { needs.wear_out(needs_chance).await });
    let hardships = async {
        loop {
            sleep(spread(chance, fleet.mix.gap)).await;
            let Some(hardship) = drawn(&fleet.mix.weights, chance) else {
                sleep(time).await;
                continue;
            };
            let (fleet, chance) = (Arc::clone(fleet), chance.fork());
            under_way.spawn(async move { fleet.suffer(hardship, chance).await });
            // What has ended is forgotten.
            while under_way.try_join_next().is_some() {}
        }
    };
    tokio::select! {
        biased;
        () = sleep(time) => {}
        () = hardships => {}
    }
}

fn drawn(weights: &[(Hardship, u32)], chance: &mut Rng) -> Option<Hardship> {
    let sum: u32 = weights.iter().map(|(_, weight)| weight).sum();
    let mut left = if sum == 0 { return None } else { chance.u32(0..sum) };
    weights.iter().find_map(|(hardship, weight)| {
        let found = left < *weight;
        left = left.saturating_sub(*weight);
        found.then_some(*hardship)
    })
}

/// A time around `mean`, never more than twice as long.
fn spread(chance: &mut Rng, mean: Duration) -> Duration {
    mean.mul_f64(2.0 * chance.f64())
}

fn between(chance: &mut Rng, from: u64, to: u64) -> Duration {
    Duration::from_millis(chance.u64(from * 1_000..to * 1_000))
}

impl Fleet {
    /// Makes machines need a reboot, now one and then another.
    async fn wear_out(&self, mut chance: Rng) {
        let machines = u32::try_from(self.machines.len()).unwrap_or(1);
        loop {
            let machine = &self.machines[chance.usize(0..self.machines.len())];
            machine.set_needs_reboot(true);
            sleep(spread(&mut chance, self.mix.need / machines)).await;
        }
    }

    /// Suffers one hardship from its beginning to its end.
    async fn suffer(&self, hardship: Hardship, mut chance: Rng) {
        let chance = &mut chance;
        let index = chance.usize(0..self.machines.len());
        let machine = Arc::clone(&self.machines[index]);
        match hardship {
            Hardship::BadLines => {
                let all = chance.bool();
                let lines = || self.lines.iter().enumerate().filter(|(at, _)| all || *at == index);
                lines().for_each(|(_, line)| line.turn_bad(true));
                sleep(between(chance, 60, 3_600)).await;
                lines().for_each(|(_, line)| line.turn_bad(false));
            }
            Hardship::Partition => {
                self.count.one(Fault::Partition);
                self.lines[index].cut(Some([Cut::Silent, Cut::Refusing][chance.usize(0..2)]));
                sleep(between(chance, 5, 600)).await;
                self.lines[index].cut(None);
            }
            Hardship::LeaseStorm => {
                self.count.one(Fault::LeaseStorm);
                let hit: Vec<_> = self.lines.iter().filter(|_| chance.u32(0..4) > 0).collect();
                for line in &hit {
                    line.lose_keep_alives(true);
                }
                sleep(between(chance, 90, 300)).await;
                for line in &hit {
                    line.lose_keep_alives(false);
                }
            }
            Hardship::Crash => {
                self.count.one(Fault::Crash);
                machine.crash_daemon();
                sleep(between(chance, 0, 120)).await;
                machine.start_daemon();
            }
            Hardship::Shutdown => {
                self.count.one(Fault::Shutdown);
                machine.stop_daemon();
                let longest = [120, 1_800][chance.usize(0..2)];
                sleep(between(chance, 0, longest)).await;
                machine.start_daemon();
            }
            Hardship::Pause => {
                self.count.one(Fault::Pause);
                stop_for(&machine, between(chance, 1, 400));
            }
            Hardship::OtherSlots => {
                self.count.one(Fault::OtherSlots);
                self.restart_with(&machine, Some(1), chance).await;
                sleep(between(chance, 60, 3_600)).await;
                self.restart_with(&machine, None, chance).await;
            }
            Hardship::Reload => self.reload(&machine, chance).await,
            Hardship::WrongClock => {
                self.count.one(Fault::WrongClock);
                let far = [60, 3_600, 400_000][chance.usize(0..3)];
                self.clocks[index].set(chance.i64(-far..far));
            }
            Hardship::PowerCut => {
                self.count.one(Fault::PowerCut);
                machine.cut_power();
            }
            Hardship::NoReturn => self.stay_down(&machine, chance).await,
            Hardship::Illness => self.fall_ill(&machine, chance).await,
            Hardship::SlowScript => {
                self.count.one(Fault::SlowScript);
                machine.set_script_time(between(chance, 0, 30));
                sleep(between(chance, 60, 3_600)).await;
                machine.set_script_time(Duration::ZERO);
            }
            Hardship::KillSwitch => {
                self.count.one(Fault::KillSwitch);
                machine.set_kill_switch(true);
                sleep(between(chance, 1, 3_600)).await;
                machine.set_kill_switch(false);
            }
            Hardship::BrokenDetector => {
                self.count.one(Fault::BrokenDetector);
                machine.set_detects(false);
                sleep(between(chance, 1, 3_600)).await;
                machine.set_detects(true);
            }
            Hardship::Command => self.spoil_command(&machine, chance),
            Hardship::FleetPause => self.pause_and_resume(chance).await,
            Hardship::Unlock => self.unlock(chance).await,
            Hardship::Forget => self.forget(chance).await,
            Hardship::Restore => self.restore(chance).await,
            Hardship::Twin => {
                if let Some(twin) = &self.twin {
                    self.count.one(Fault::Twin);
                    twin.set_needs_reboot(true);
                    twin.start_daemon();
                    sleep(between(chance, 60, 3_600)).await;
                    twin.crash_daemon();
                }
            }
        }
    }

    /// Puts other settings into force, some of them a moment after the others, and the old ones in the end.
    async fn reload(&self, machine: &Machine, chance: &mut Rng) {
        for _ in 0..chance.usize(1..4) {
            self.count.one(Fault::Reloaded);
            machine.alter(Altered {
                dry_run: chance.u32(0..3) == 0,
                shut: chance.u32(0..3) == 0,
                interval: chance.bool().then(|| between(chance, 5, 900)),
                slots: (chance.u32(0..3) == 0).then_some(1),
            });
            let longest = [5, 1_200][chance.usize(0..2)];
            sleep(between(chance, 0, longest)).await;
        }
        machine.alter(Altered::default());
    }

    async fn restart_with(&self, machine: &Machine, slots: Option<u32>, chance: &mut Rng) {
        machine.set_slots(slots);
        machine.crash_daemon();
        sleep(between(chance, 0, 60)).await;
        machine.start_daemon();
    }

    async fn stay_down(&self, machine: &Machine, chance: &mut Rng) {
        machine.set_comes_up(false);
        machine.down().await;
        self.count.one(Fault::NoReturn);
        sleep(between(chance, 600, 4 * 3_600)).await;
        machine.set_comes_up(true);
    }

    async fn fall_ill(&self, machine: &Machine, chance: &mut Rng) {
        let waits_for_boot = chance.bool();
        if waits_for_boot {
            machine.down().await;
            self.count.one(Fault::IllAfterBoot);
        } else {
            self.count.one(Fault::IllHealth);
        }
        machine.set_healthy(false);
        sleep(between(chance, 1, 1_800)).await;
        machine.set_healthy(true);
    }

    fn spoil_command(&self, machine: &Machine, chance: &mut Rng) {
        let timeout = self.mix.spec.plan.reboot_timeout.as_secs();
        let fault = self.mix.commands[chance.usize(0..self.mix.commands.len())];
        let command = match fault {
            Fault::CommandDoesNothing => Command::DoesNothing,
            Fault::CommandHangs => Command::Hangs(between(chance, 1, 120)),
            Fault::CommandLate => Command::WorksAfter(between(chance, 1, 4 * timeout)),
            Fault::CommandNotStarted => Command::CannotStart,
            _ => Command::Fails,
        };
        self.count.one(fault);
        machine.spoil_command(command, chance.u32(1..=self.mix.spoilt_runs));
    }
}
