//! Whether a machine has power: when it goes down, and what it takes to come up again.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::{Machine, State, Wanted};
use crate::power::Cause;

/// The power of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Supply {
    On,
    EndsAt(Instant, Cause),
    Off,
}

impl Machine {
    /// Whether it is up.
    pub fn is_up(&self) -> bool {
        self.state.borrow().power != Supply::Off
    }

    /// Takes it down at once, as a failure does. It boots again by itself.
    pub fn cut_power(&self) {
        self.end_power(Duration::ZERO, Cause::Failure);
    }

    /// Whether it comes up when it boots, or stays down until it may.
    pub fn set_comes_up(&self, comes_up: bool) {
        self.state.send_modify(|state| state.comes_up = comes_up);
    }

    /// Returns once it is down.
    pub async fn down(&self) {
        self.until(|state| state.power == Supply::Off).await;
    }

    /// Returns once it is up.
    pub async fn up(&self) {
        self.until(|state| state.power != Supply::Off).await;
    }

    /// Takes it down `after` that time, if nothing does before.
    pub(crate) fn end_power(&self, after: Duration, cause: Cause) {
        let at = Instant::now() + after;
        self.state.send_modify(|state| match state.power {
            Supply::Off => {}
            Supply::EndsAt(before, _) if before <= at => {}
            Supply::On | Supply::EndsAt(..) => state.power = Supply::EndsAt(at, cause),
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

    /// Returns once nothing keeps it from coming up.
    pub(crate) async fn may_come_up(&self) {
        self.until(|state| state.comes_up).await;
    }

    /// Boots it anew, which is what it may have needed.
    pub(crate) fn boot(&self) {
        *self.noted_run() = None;
        self.state.send_modify(|state| {
            state.boot += 1;
            state.power = Supply::On;
            state.daemon = Wanted::Running;
            state.needs_reboot = false;
        });
    }
}

async fn changed(state: &mut watch::Receiver<State>) {
    state.changed().await.ok();
}
