//! A pretended machine.

mod supply;

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crb_decide::{BootId, MachineId, NodeName};
use crb_lock::RamMemory;
use crb_orchestrate::{RamNotes, RunRecord};
use fastrand::Rng;
use tokio::sync::watch;

use crate::altered::Altered;
use crate::process::Process;
use supply::Supply;

/// How a machine's reboot command behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Command {
    /// It takes the machine down, sooner or later than it ends itself.
    #[default]
    Works,
    /// It ends well, and takes the machine down after that time.
    WorksAfter(Duration),
    /// It ends well, and the machine stays up.
    DoesNothing,
    /// It is ended after that time with an error, and the machine stays up.
    Hangs(Duration),
    /// It ends with an error, and the machine stays up.
    Fails,
    /// It cannot be started.
    CannotStart,
}

/// A pretended machine: everything that its detector, health script, kill switch and reboot command tell, and
/// whether it runs at all. Anyone may change it while the fleet runs.
#[derive(Debug)]
pub struct Machine {
    name: NodeName,
    id: MachineId,
    state: watch::Sender<State>,
    process: Arc<Process>,
    chance: Mutex<Rng>,
    memory: Arc<RamMemory>,
    /// What it notes of its reboots, over its boots.
    notes: Arc<RamNotes>,
    /// Whether hooks have drained it, which a boot does not change.
    #[cfg(feature = "storm")]
    drained: AtomicBool,
    /// What its daemons noted of the last run of the reboot command: gone with the boot, as all that is in `/run`.
    run: Mutex<Option<RunRecord>>,
    /// Whether that is lost with every daemon.
    forgets_runs: AtomicBool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
struct State {
    boot: u32,
    power: Supply,
    comes_up: bool,
    daemon: Wanted,
    slots: Option<u32>,
    altered: Altered,
    needs_reboot: bool,
    detects: bool,
    healthy: bool,
    script_time: Duration,
    kill_switch: bool,
    command: Command,
    /// How many runs of the command it behaves so for; then it works.
    command_runs: Option<u32>,
}

/// What its service manager wants of its daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// It runs.
    Running,
    /// It ends in an orderly way, and is not started again.
    Stopped,
    /// It ends at once, and is not started again.
    Dead,
}

impl Machine {
    /// A machine that runs, is well, and needs no reboot.
    pub fn new(name: NodeName, chance: Rng) -> Self {
        let id = MachineId(format!("machine-of-{name}"));
        Self::with_id(name, id, chance)
    }

    /// The same with a machine id of its own, for a machine that bears another's name.
    pub(crate) fn with_id(name: NodeName, id: MachineId, chance: Rng) -> Self {
        let state = State {
            boot: 1,
            power: Supply::On,
            comes_up: true,
            daemon: Wanted::Running,
            slots: None,
            altered: Altered::default(),
            needs_reboot: false,
            detects: true,
            healthy: true,
            script_time: Duration::ZERO,
            kill_switch: false,
            command: Command::Works,
            command_runs: None,
        };
        let (state, process) = (watch::Sender::new(state), Arc::default());
        Self {
            name,
            id,
            state,
            process,
            chance: Mutex::new(chance),
            memory: Arc::default(),
            notes: Arc::default(),
            #[cfg(feature = "storm")]
            drained: AtomicBool::new(false),
            run: Mutex::default(),
            forgets_runs: AtomicBool::new(false),
        }
    }

    /// Its name.
    pub const fn name(&self) -> &NodeName {
        &self.name
    }

    /// What tells it from every other machine, whatever it is called.
    pub const fn id(&self) -> &MachineId {
        &self.id
    }

    /// The boot it runs in, or ran in last.
    pub fn boot_id(&self) -> BootId {
        BootId(format!("{}-boot-{}", self.id.0, self.state.borrow().boot))
    }

    /// The process of its daemon.
    pub(crate) const fn process(&self) -> &Arc<Process> {
        &self.process
    }

    /// Whether its detector asks for a reboot. A boot answers that.
    pub fn needs_reboot(&self) -> bool {
        self.state.borrow().needs_reboot
    }

    /// Makes its detector ask for a reboot, or no longer.
    pub fn set_needs_reboot(&self, needs_reboot: bool) {
        self.state.send_modify(|state| state.needs_reboot = needs_reboot);
    }

    /// Whether its detector can tell anything.
    #[cfg(feature = "storm")]
    pub(crate) fn set_detects(&self, detects: bool) {
        self.state.send_modify(|state| state.detects = detects);
    }

    pub(crate) fn detects(&self) -> bool {
        self.state.borrow().detects
    }

    /// How long its health script runs.
    #[cfg(feature = "storm")]
    pub(crate) fn set_script_time(&self, time: Duration) {
        self.state.send_modify(|state| state.script_time = time);
    }

    pub(crate) fn script_time(&self) -> Duration {
        self.state.borrow().script_time
    }

    /// How many slots its daemon is configured with from its next start on; `None`: as many as the fleet is.
    #[cfg(feature = "storm")]
    pub(crate) fn set_slots(&self, slots: Option<u32>) {
        self.state.send_modify(|state| state.slots = slots);
    }

    pub(crate) fn slots(&self) -> Option<u32> {
        self.state.borrow().slots
    }

    /// Alters its configuration, which its daemon loads again at once.
    #[cfg(feature = "storm")]
    pub(crate) fn alter(&self, altered: Altered) {
        self.state.send_modify(|state| state.altered = altered);
    }

    /// How its configuration differs from the fleet's.
    pub(crate) fn altered(&self) -> Altered {
        self.state.borrow().altered.clone()
    }

    /// Returns once its configuration differs otherwise than `before`.
    pub(crate) async fn altered_since(&self, before: &Altered) {
        self.until(|state| state.altered != *before).await;
    }

    /// Whether its health script says that all is well.
    pub fn is_healthy(&self) -> bool {
        self.state.borrow().healthy
    }

    /// Turns its health script green or red. A boot does not change that.
    pub fn set_healthy(&self, healthy: bool) {
        self.state.send_modify(|state| state.healthy = healthy);
    }

    /// Whether its kill switch is on.
    pub fn kill_switch(&self) -> bool {
        self.state.borrow().kill_switch
    }

    /// Turns its kill switch on or off.
    pub fn set_kill_switch(&self, on: bool) {
        self.state.send_modify(|state| state.kill_switch = on);
    }

    /// Makes its reboot command behave so.
    pub fn set_command(&self, command: Command) {
        self.state.send_modify(|state| (state.command, state.command_runs) = (command, None));
    }

    /// Makes its reboot command behave so for the next `runs`, and then work.
    #[cfg(feature = "storm")]
    pub(crate) fn spoil_command(&self, command: Command, runs: u32) {
        self.state.send_modify(|state| (state.command, state.command_runs) = (command, Some(runs)));
    }

    /// How the run of its reboot command behaves that begins now.
    pub(crate) fn run_command(&self) -> Command {
        let mut command = Command::Works;
        self.state.send_modify(|state| {
            command = match &mut state.command_runs {
                Some(0) => Command::Works,
                Some(left) => {
                    *left -= 1;
                    state.command
                }
                None => state.command,
            };
        });
        command
    }

    /// Ends its daemon as a crash does, without a word; the machine stays up.
    pub fn crash_daemon(&self) {
        self.want(Wanted::Dead);
    }

    /// Ends its daemon as a signal does; the machine stays up.
    #[cfg(feature = "storm")]
    pub(crate) fn stop_daemon(&self) {
        self.want(Wanted::Stopped);
    }

    /// Starts its daemon again, in the same boot.
    pub fn start_daemon(&self) {
        self.want(Wanted::Running);
    }

    fn want(&self, daemon: Wanted) {
        self.state.send_modify(|state| state.daemon = daemon);
    }

    /// What its node remembers over its boots.
    pub(crate) fn memory(&self) -> Arc<RamMemory> {
        Arc::clone(&self.memory)
    }

    /// What it notes of its reboots.
    pub(crate) fn notes(&self) -> Arc<RamNotes> {
        Arc::clone(&self.notes)
    }

    /// Whether hooks have drained it.
    #[cfg(feature = "storm")]
    pub(crate) fn is_drained(&self) -> bool {
        self.drained.load(Ordering::Relaxed)
    }

    /// Drains it, or takes it back into service.
    #[cfg(feature = "storm")]
    pub(crate) fn set_drained(&self, drained: bool) {
        self.drained.store(drained, Ordering::Relaxed);
    }

    /// From now on every daemon loses what it noted of runs.
    #[cfg(feature = "storm")]
    pub(crate) fn forget_runs(&self) {
        self.forgets_runs.store(true, Ordering::Relaxed);
    }

    /// A daemon is about to start.
    pub(crate) fn before_start(&self) {
        if self.forgets_runs.load(Ordering::Relaxed) {
            *self.noted_run() = None;
        }
    }

    /// The last run of its reboot command that was noted in this boot.
    pub(crate) fn noted_run(&self) -> MutexGuard<'_, Option<RunRecord>> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns once this is wanted of its daemon.
    pub(crate) async fn daemon_wanted(&self, wanted: Wanted) {
        self.until(|state| state.daemon == wanted).await;
    }

    /// A number from 0 to 1.
    pub(crate) fn chance(&self) -> f64 {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).f64()
    }

    /// Some duration of `range`.
    pub(crate) fn chance_in(&self, range: &RangeInclusive<Duration>) -> Duration {
        *range.start() + range.end().saturating_sub(*range.start()).mul_f64(self.chance())
    }

    async fn until(&self, holds: impl Fn(&State) -> bool) {
        // The sender lives as long as the machine, so this cannot end by its loss.
        self.state.subscribe().wait_for(holds).await.ok();
    }
}
