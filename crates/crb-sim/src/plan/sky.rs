//! The windows above a virtual clock.

use crb_decide::WindowState;
use crb_windows::Windows;
use jiff::Timestamp;

/// What the windows say, asked anew only when it may have changed. Its time never goes back.
pub(super) struct Sky<'a> {
    windows: &'a Windows,
    state: WindowState,
}

impl<'a> Sky<'a> {
    pub(super) fn new(windows: &'a Windows, now: Timestamp) -> Self {
        Self { windows, state: windows.at(now) }
    }

    /// What they say at `now`.
    pub(super) fn at(&mut self, now: Timestamp) -> &WindowState {
        if self.until().is_some_and(|until| until <= now) {
            self.state = self.windows.at(now);
        }
        &self.state
    }

    /// When they next say something else about whether a node may reboot.
    pub(super) fn turns(&self, now: Timestamp) -> Option<Timestamp> {
        match self.state {
            WindowState::Open { until } => until,
            WindowState::Denied { .. } | WindowState::OutsideAllow { .. } => self.windows.next_open(now),
        }
    }

    const fn until(&self) -> Option<Timestamp> {
        match &self.state {
            WindowState::Open { until }
            | WindowState::Denied { until, .. }
            | WindowState::OutsideAllow { until } => *until,
        }
    }
}
