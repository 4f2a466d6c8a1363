//! What windows mean, found the slow and plain way: each opening by itself, in whole seconds.

use crate::written::Written;
use crate::zones::{DAY, Zone};

/// A window lasts up to a week, and a clock change may move it by a day.
const LONGEST_DAYS: i64 = 9;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Open,
    Denied,
    Outside,
}

/// From one second until just before another.
struct Opening<'a> {
    window: &'a Written,
    start: i64,
    end: i64,
}

/// Every opening that touches some days.
pub(crate) struct Openings<'a> {
    allow: Vec<Opening<'a>>,
    deny: Vec<Opening<'a>>,
    all_is_allowed: bool,
}

impl<'a> Openings<'a> {
    /// The openings of every second from `from` to so many days later.
    pub(crate) fn around(
        (allow, deny): (&'a [Written], &'a [Written]),
        zone: &Zone,
        from: i64,
        days: i64,
    ) -> Self {
        let today = (from + zone.offset(from)).div_euclid(DAY);
        let openings = |windows: &'a [Written]| {
            let mut openings = Vec::new();
            for window in windows {
                for day in today - LONGEST_DAYS..=today + days + 1 {
                    if window.opens_on(day) {
                        let start = zone.second(day, window.start);
                        let end = zone.second(day + window.length_days, window.end);
                        openings.push(Opening { window, start, end });
                    }
                }
            }
            openings
        };
        Self { allow: openings(allow), deny: openings(deny), all_is_allowed: allow.is_empty() }
    }

    pub(crate) fn verdict(&self, second: i64) -> Verdict {
        if covering(&self.deny, second).is_some() {
            Verdict::Denied
        } else if self.all_is_allowed || covering(&self.allow, second).is_some() {
            Verdict::Open
        } else {
            Verdict::Outside
        }
    }

    /// The first written of the denying windows that cover a second.
    pub(crate) fn denying(&self, second: i64) -> Option<&'a Written> {
        covering(&self.deny, second)
    }

    /// Every second after `from` and before `to` at which a window opens or closes.
    pub(crate) fn edges(&self, from: i64, to: i64) -> impl Iterator<Item = i64> {
        let openings = self.allow.iter().chain(&self.deny);
        let edges = openings.flat_map(|opening| [opening.start, opening.end]);
        edges.filter(move |edge| from < *edge && *edge < to)
    }
}

fn covering<'a>(openings: &[Opening<'a>], second: i64) -> Option<&'a Written> {
    for opening in openings {
        if opening.start <= second && second < opening.end {
            return Some(opening.window);
        }
    }
    None
}
