//! All windows of a node together: may it reboot now, and when does that change?

use crb_decide::WindowState;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::{merged::Merged, window::Window};

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
        let stretches = |windows| Merged::new(windows, &self.zone, now, horizon).peekable();
        let (mut allowed, mut denied) = (stretches(&self.allow), stretches(&self.deny));
        let mut instant = now;
        while instant < horizon {
            while denied.next_if(|stretch| stretch.end <= instant).is_some() {}
            if let Some(stretch) = denied.peek().filter(|stretch| stretch.start <= instant) {
                instant = stretch.end;
                continue;
            }
            if self.allow.is_empty() {
                return Some(instant);
            }
            while allowed.next_if(|stretch| stretch.end <= instant).is_some() {}
            match allowed.peek()?.start {
                start if start <= instant => return Some(instant),
                start => instant = start,
            }
        }
        None
    }

    /// When a reboot is allowed the next time, or until when it is now, and what comes after that.
    pub fn outlook(&self, now: Timestamp) -> Outlook {
        let opens = self.next_open(now);
        let closes = opens.and_then(|opens| self.closes(opens));
        if opens == Some(now) {
            let reopens = closes.and_then(|closes| self.next_open(closes));
            Outlook { open: true, opens: reopens, closes }
        } else {
            Outlook { open: false, opens, closes }
        }
    }

    /// When what is open at an instant closes.
    fn closes(&self, open: Timestamp) -> Option<Timestamp> {
        match self.at(open) {
            WindowState::Open { until } => until,
            WindowState::Denied { .. } | WindowState::OutsideAllow { .. } => None,
        }
    }

    /// Whether any of `windows` covers `now`, and when that ends or begins. Windows that overlap or meet
    /// count as one.
    fn cover<'a>(&'a self, windows: &'a [Window], now: Timestamp) -> Cover<'a> {
        let horizon = horizon(now);
        let covers = |window: &&Window| {
            let next = window.openings(&self.zone, now, horizon).next();
            next.is_some_and(|next| next.start <= now)
        };
        let by = windows.iter().find(covers);
        let stretch = Merged::new(windows, &self.zone, now, horizon).next();
        let until = stretch.map(|stretch| if by.is_some() { stretch.end } else { stretch.start });
        Cover { by, until: until.filter(|until| *until < horizon) }
    }
}

/// What is to come: see [`Windows::outlook`]. What is not within the next 400 days is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    /// Whether a reboot is allowed now.
    pub open: bool,
    /// When the next opening begins; the one after the present one, if a reboot is allowed now.
    pub opens: Option<Timestamp>,
    /// When the present opening ends, or else the next one.
    pub closes: Option<Timestamp>,
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
