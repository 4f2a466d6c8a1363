//! A pretended machine.

use std::ops::RangeInclusive;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crb_decide::{BootId, NodeName};
use crb_orchestrate::RunRecord;
use fastrand::Rng;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::power::Cause;

/// How a machine's reboot command behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Command {
    /// It takes the machine down, sooner or later than it ends itself.
    #[default]
    Works,
    /// It ends well, and the machine stays up.
    DoesNothing,
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
    state: watch::Sender<State>,
    chance: Mutex<Rng>,
    /// What its daemons noted of the last run of the reboot command: gone with the boot, as all that is in `/run`.
    run: Mutex<Option<RunRecord>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
struct State {
    boot: u32,
    power: Supply,
    daemon: bool,
    needs_reboot: bool,
    healthy: bool,
    kill_switch: bool,
    command: Command,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Supply {
    On,
    EndsAt(Instant, Cause),
    Off,
}

impl Machine {
    /// A machine that runs, is well, and needs no reboot.
    pub fn new(name: NodeName, chance: Rng) -> Self {
        let state = State {
            boot: 1,
            power: Supply::On,
            daemon: true,
            needs_reboot: false,
            healthy: true,
            kill_switch: false,
            command: Command::Works,
        };
        Self { name, state: watch::Sender::new(state), chance: Mutex::new(chance), run: Mutex::default() }
    }

    /// Its name.
    pub const fn name(&self) -> &NodeName {
        &self.name
    }

    /// The boot it runs in, or ran in last.
    pub fn boot_id(&self) -> BootId {
        BootId(format!("{}-boot-{}", self.name, self.state.borrow().boot))
    }

    /// Whether it is up.
    pub fn is_up(&self) -> bool {
        self.state.borrow().power != Supply::Off
    }

    /// Whether its detector asks for a reboot. A boot answers that.
    pub fn needs_reboot(&self) -> bool {
        self.state.borrow().needs_reboot
    }

    /// Makes its detector ask for a reboot, or no longer.
    pub fn set_needs_reboot(&self, needs_reboot: bool) {
        self.state.send_modify(|state| state.needs_reboot = needs_reboot);
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

    /// How its reboot command behaves.
    pub fn command(&self) -> Command {
        self.state.borrow().command
    }

    /// Makes its reboot command behave so.
    pub fn set_command(&self, command: Command) {
        self.state.send_modify(|state| state.command = command);
    }

    /// Ends its daemon as a crash does, without a word; the machine stays up.
    pub fn crash_daemon(&self) {
        self.state.send_modify(|state| state.daemon = false);
    }

    /// Starts its daemon again, in the same boot.
    pub fn start_daemon(&self) {
        self.state.send_modify(|state| state.daemon = true);
    }

    /// Takes it down at once, as a failure does. It boots again by itself.
    pub fn cut_power(&self) {
        self.end_power(Duration::ZERO, Cause::Failure);
    }

    /// Returns once it is down.
    pub async fn down(&self) {
        self.until(|state| state.power == Supply::Off).await;
    }

    /// Returns once it is up.
    pub async fn up(&self) {
        self.until(|state| state.power != Supply::Off).await;
    }

    /// Takes it down `after` that time.
    pub(crate) fn end_power(&self, after: Duration, cause: Cause) {
        let at = Instant::now() + after;
        self.state.send_modify(|state| {
            if state.power != Supply::Off {
                state.power = Supply::EndsAt(at, cause);
            }
        });
    }

    /// Waits until its power ends, and turns it off.
    pub(crate) async fn power_end(&self) -> Cause {
        let mut state = self.state.subscribe();
        loop {
            let supply = state.borrow_and_update().power;
            let Supply::EndsAt(at, cause) = supply else {
                changed(&mut state).await;
                continue;
            };
            tokio::select! {
                biased;
                () = sleep_until(at) => {
                    self.state.send_modify(|state| state.power = Supply::Off);
                    return cause;
                }
                () = changed(&mut state) => {}
            }
        }
    }

    /// Boots it anew, which is what it may have needed.
    pub(crate) fn boot(&self) {
        *self.noted_run() = None;
        self.state.send_modify(|state| {
            state.boot += 1;
            state.power = Supply::On;
            state.daemon = true;
            state.needs_reboot = false;
        });
    }

    /// The last run of its reboot command that was noted in this boot.
    pub(crate) fn noted_run(&self) -> MutexGuard<'_, Option<RunRecord>> {
        self.run.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns once its daemon is to run, or is not to run any more.
    pub(crate) async fn daemon_wanted(&self, wanted: bool) {
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

async fn changed(state: &mut watch::Receiver<State>) {
    state.changed().await.ok();
}
