//! All windows of a node together: may it reboot now, and when does that change?

use crb_decide::WindowState;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::window::Window;

/// How far ahead a change is looked for. More than a year, so that a gap which only a clock change tears is
/// still seen.
const HORIZON: SignedDuration = SignedDuration::from_hours(24 * 400);

/// The windows of a node, and the zone in which they are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    allow: Vec<Window>,
    deny: Vec<Window>,
    zone: TimeZone,
}

impl Windows {
    /// Windows of civil time in `zone`. Without `allow`ing ones, every instant that is not denied is open.
    pub fn new(allow: Vec<Window>, deny: Vec<Window>, zone: TimeZone) -> Self {
        Self { allow, deny, zone }
    }

    /// The allowing windows, in the order given.
    pub fn allow(&self) -> &[Window] {
        &self.allow
    }

    /// The denying windows, in the order given.
    pub fn deny(&self) -> &[Window] {
        &self.deny
    }

    /// The zone whose civil time the windows mean.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// What the windows say of `now`. A window covers its start and does not cover its end.
    ///
    /// The state's `until` is the next instant at which another kind of state holds, and `None` when that is
    /// not within the next 400 days. Outside of all allowing windows that may be the start of a denying one;
    /// see [`Self::next_open`].
    pub fn at(&self, now: Timestamp) -> WindowState {
        let denied = self.cover(&self.deny, now);
        if let Some(window) = denied.by {
            return WindowState::Denied { window: window.to_string(), until: denied.until };
        }
        if self.allow.is_empty() {
            return WindowState::Open { until: denied.until };
        }
        let allowed = self.cover(&self.allow, now);
        let until = [denied.until, allowed.until].into_iter().flatten().min();
        match allowed.by {
            Some(_) => WindowState::Open { until },
            None => WindowState::OutsideAllow { until },
        }
    }

    /// The first instant from `now` on that is open; `None` when there is none within the next 400 days.
    pub fn next_open(&self, now: Timestamp) -> Option<Timestamp> {
        let horizon = horizon(now);
        let mut instant = now;
        while instant < horizon {
            match self.at(instant) {
                WindowState::Open { .. } => return Some(instant),
                WindowState::Denied { until, .. } | WindowState::OutsideAllow { until } => instant = until?,
            }
        }
        None
    }

    /// Whether any of `windows` covers `now`, and when that ends or begins. Windows that overlap or meet
    /// count as one.
    fn cover<'a>(&'a self, windows: &'a [Window], now: Timestamp) -> Cover<'a> {
        let horizon = horizon(now);
        let mut ahead: Vec<_> = windows
            .iter()
            .map(|window| {
                let openings = window.openings(&self.zone, now);
                (window, openings.take_while(|opening| opening.start < horizon).peekable())
            })
            .collect();

        let covering = ahead.iter_mut().find_map(|(window, openings)| {
            let covers = openings.peek().is_some_and(|next| next.start <= now);
            covers.then_some(*window)
        });
        let Some(by) = covering else {
            let starts = ahead.iter_mut().filter_map(|(_, openings)| openings.peek().map(|next| next.start));
            return Cover { by: None, until: starts.min() };
        };

        let mut end = now;
        loop {
            let reached = end;
            for (_, openings) in &mut ahead {
                while let Some(next) = openings.next_if(|next| next.start <= end) {
                    end = end.max(next.end);
                }
            }
            if end == reached {
                return Cover { by: Some(by), until: (end < horizon).then_some(end) };
            }
        }
    }
}

/// Which window covers an instant, and the next instant at which one begins or all have ceased to.
struct Cover<'a> {
    by: Option<&'a Window>,
    until: Option<Timestamp>,
}

fn horizon(now: Timestamp) -> Timestamp {
    now.saturating_add(HORIZON).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
