//! What text and picture say alike.

use std::time::Duration;

use crb_decide::Reason;
use crb_sim::plan::{Cause, End, Forecast, Share};
use jiff::Timestamp;

use super::brief::Brief;
use super::local::{Local, count, grouped, span};
use crate::words::plain;

/// A plan, ready to be told.
pub(super) struct Told<'a> {
    pub(super) brief: &'a Brief,
    pub(super) forecast: &'a Forecast,
    pub(super) local: Local,
    pub(super) shares: Vec<Share>,
}

impl<'a> Told<'a> {
    pub(super) fn new(brief: &'a Brief, forecast: &'a Forecast) -> Self {
        let local = Local(brief.outset.windows.zone().clone());
        Self { brief, forecast, local, shares: forecast.shares() }
    }

    /// How many nodes want a reboot.
    pub(super) fn planned(&self) -> usize {
        self.forecast.reboots.len() + self.forecast.end.left().len() + self.forecast.barred.len()
    }

    /// Whether there are windows at all.
    pub(super) fn has_windows(&self) -> bool {
        let windows = &self.brief.outset.windows;
        !(windows.allow().is_empty() && windows.deny().is_empty())
    }

    /// The time that is drawn: until the last node is back, or nothing happens any more.
    pub(super) fn drawn(&self) -> (Timestamp, Timestamp) {
        let last = self.forecast.reboots.iter().map(|reboot| reboot.back).max();
        let until = last.map_or(self.forecast.end.at(), |last| match self.forecast.end {
            // What comes after the last turn is nothing but years.
            End::TooFar { .. } | End::Never { .. } => last,
            End::Done { at } => at,
        });
        (self.forecast.from, until.max(self.forecast.from))
    }

    /// `Plan for 12 of 14 nodes`.
    pub(super) fn title(&self) -> String {
        let all = self.brief.outset.members.len();
        if self.planned() == all {
            format!("Plan for {}", count(all, "node"))
        } else {
            format!("Plan for {} of {}", grouped(self.planned()), count(all, "node"))
        }
    }

    /// From when on, and how many at a time.
    pub(super) fn setting(&self) -> String {
        let outset = &self.brief.outset;
        let slots = match outset.slots {
            1 => "one at a time".to_owned(),
            slots => format!("{slots} at a time"),
        };
        let apart = match outset.cooldown {
            Duration::ZERO => String::new(),
            cooldown => format!(", {} apart", span(cooldown)),
        };
        format!("from {}, {slots}{apart}", self.local.long(outset.from))
    }

    /// How it ends, in one sentence.
    pub(super) fn ending(&self) -> String {
        let done = self.forecast.reboots.len();
        match &self.forecast.end {
            End::Done { at } if self.planned() == 0 && self.forecast.stretches.is_empty() => {
                format!("Nothing to do: no node needs a reboot ({}).", self.local.long(*at))
            }
            End::Done { at } => {
                let length = span(at.duration_since(self.forecast.from).unsigned_abs());
                format!("Ends {}, after {length}: {}.", self.local.long(*at), count(done, "reboot"))
            }
            End::Never { since, left, .. } => {
                let after = match done {
                    0 => "not one node gets its turn".to_owned(),
                    done => format!("after {} it stands still", count(done, "reboot")),
                };
                format!(
                    "NEVER ENDS: {after}, and {} {} ({}).",
                    count(left.len(), "node"),
                    if left.len() == 1 { "is left" } else { "are left" },
                    self.local.long(*since)
                )
            }
            End::TooFar { limit, left } => format!(
                "NO END WITHIN 400 DAYS: until {} there are {}, and {} {} left.",
                self.local.long(*limit),
                count(done, "reboot"),
                count(left.len(), "node"),
                if left.len() == 1 { "is" } else { "are" }
            ),
        }
    }

    /// What the time went by with: `windows 71 %, cooldown 22 %, reboots 7 %`.
    pub(super) fn waiting(&self) -> String {
        let told = |share: &Share| format!("{} {} %", share.cause.as_str(), share.percent);
        self.shares.iter().map(told).collect::<Vec<_>>().join(", ")
    }

    /// Why it does not end, and who is left out for good; empty where all is well.
    pub(super) fn why(&self) -> Vec<String> {
        let mut lines = vec![];
        match &self.forecast.end {
            End::Done { .. } => {}
            End::Never { node, reasons, .. } => {
                lines.push(format!("{} is next, and nothing lets it go:", plain(node.as_str())));
                lines.extend(some_of(reasons));
            }
            End::TooFar { .. } => {
                let most = self.shares.first().map_or(Cause::Reboots, |share| share.cause);
                lines.push(format!("It waits for {} most of all.", most.as_str()));
            }
        }
        if !self.forecast.barred.is_empty() {
            lines.push("Need a reboot, and are never asked as they are:".to_owned());
            let reasons: Vec<Reason> =
                self.forecast.barred.iter().map(|barred| barred.reason.clone()).collect();
            lines.extend(some_of(&reasons));
        }
        lines
    }
}

/// The first few reasons, one a line.
fn some_of(reasons: &[Reason]) -> Vec<String> {
    const SHOWN: usize = 5;
    let told = |reason: &Reason| format!("  {} [{}]", plain(&reason.to_string()), reason.code());
    let mut lines: Vec<String> = reasons.iter().take(SHOWN).map(told).collect();
    let more = reasons.len().saturating_sub(SHOWN);
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines
}
