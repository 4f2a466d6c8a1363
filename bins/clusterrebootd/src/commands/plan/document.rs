//! The JSON document of `plan`. Its shape is documented in docs/plan.md and kept by a test.

use crb_decide::{NodeName, Reason};
use crb_sim::plan::{Barred, End, PlannedReboot};
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::brief::{Note, Source};
use super::lengths::LengthSource;
use super::told::Told;

/// A plan. Its long lists are written as they are made, and never held.
#[derive(Serialize)]
pub(super) struct Plan<'a> {
    from: String,
    timezone: Option<&'a str>,
    fleet: FleetShown<'a>,
    complete: bool,
    ends_at: Option<String>,
    takes_sec: Option<u64>,
    stuck: Option<StuckShown<'a>>,
    beyond: Option<BeyondShown<'a>>,
    waiting: Vec<ShareShown>,
    barred: Vec<BarredShown<'a>>,
    reboots: Reboots<'a>,
    notes: &'a [Note],
}

#[derive(Serialize)]
struct FleetShown<'a> {
    source: Source,
    nodes: usize,
    planned: usize,
    slots: u32,
    cooldown_sec: u64,
    cooldown_until: Option<String>,
    paused: Option<PauseShown<'a>>,
}

#[derive(Serialize)]
struct PauseShown<'a> {
    by: &'a str,
    reason: &'a str,
    until: Option<String>,
}

#[derive(Serialize)]
struct StuckShown<'a> {
    since: String,
    node: &'a str,
    reasons: Vec<ReasonShown>,
    left: Names<'a>,
}

#[derive(Serialize)]
struct BeyondShown<'a> {
    limit: String,
    left: Names<'a>,
}

#[derive(Serialize)]
struct ShareShown {
    cause: &'static str,
    seconds: u64,
    percent: u32,
}

#[derive(Serialize)]
struct BarredShown<'a> {
    node: &'a str,
    reason: ReasonShown,
}

#[derive(Serialize)]
struct ReasonShown {
    code: &'static str,
    message: String,
}

#[derive(Serialize)]
struct RebootShown<'a> {
    order: usize,
    node: &'a str,
    starts_at: String,
    back_at: String,
    reboot_sec: u64,
    reboot_sec_from: Option<LengthSource>,
}

struct Names<'a>(&'a [NodeName]);

impl Serialize for Names<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(NodeName::as_str))
    }
}

struct Reboots<'a>(&'a Told<'a>);

impl<'a> Reboots<'a> {
    fn shown(&self, index: usize, reboot: &'a PlannedReboot) -> RebootShown<'a> {
        RebootShown {
            order: index + 1,
            node: reboot.node.as_str(),
            starts_at: self.0.local.exact(reboot.starts),
            back_at: self.0.local.exact(reboot.back),
            reboot_sec: reboot.back.duration_since(reboot.starts).unsigned_abs().as_secs(),
            reboot_sec_from: self.0.brief.lengths.get(&reboot.node).map(|length| length.source),
        }
    }
}

impl Serialize for Reboots<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            self.0.forecast.reboots.iter().enumerate().map(|(index, reboot)| self.shown(index, reboot)),
        )
    }
}

impl<'a> Plan<'a> {
    pub(super) fn of(told: &'a Told<'a>) -> Self {
        let (outset, forecast) = (&told.brief.outset, told.forecast);
        let exact = |at: Timestamp| told.local.exact(at);
        let done = match forecast.end {
            End::Done { at } => Some(at),
            End::Never { .. } | End::TooFar { .. } => None,
        };
        let cooling = outset.cooling.as_ref().and_then(|cooling| cooling.until);
        Self {
            from: exact(outset.from),
            timezone: told.local.name(),
            fleet: FleetShown {
                source: told.brief.source,
                nodes: outset.members.len(),
                planned: told.planned(),
                slots: outset.slots,
                cooldown_sec: outset.cooldown.as_secs(),
                cooldown_until: cooling.map(exact),
                paused: outset.pause.as_ref().map(|pause| PauseShown {
                    by: &pause.by,
                    reason: &pause.reason,
                    until: pause.until.map(exact),
                }),
            },
            complete: forecast.is_whole(),
            ends_at: done.map(exact),
            takes_sec: done.map(|at| at.duration_since(outset.from).unsigned_abs().as_secs()),
            stuck: stuck(told),
            beyond: match &forecast.end {
                End::TooFar { limit, left } => Some(BeyondShown { limit: exact(*limit), left: Names(left) }),
                End::Done { .. } | End::Never { .. } => None,
            },
            waiting: told
                .shares
                .iter()
                .map(|share| ShareShown {
                    cause: share.cause.as_str(),
                    seconds: share.time.as_secs(),
                    percent: share.percent,
                })
                .collect(),
            barred: forecast.barred.iter().map(barred).collect(),
            reboots: Reboots(told),
            notes: &told.brief.notes,
        }
    }
}

fn stuck<'a>(told: &'a Told<'a>) -> Option<StuckShown<'a>> {
    let End::Never { since, node, reasons, left } = &told.forecast.end else { return None };
    Some(StuckShown {
        since: told.local.exact(*since),
        node: node.as_str(),
        reasons: reasons.iter().map(reason).collect(),
        left: Names(left),
    })
}

fn barred(barred: &Barred) -> BarredShown<'_> {
    BarredShown { node: barred.node.as_str(), reason: reason(&barred.reason) }
}

fn reason(reason: &Reason) -> ReasonShown {
    ReasonShown { code: reason.code(), message: reason.to_string() }
}
