//! `unlock`: frees the slot of a node that will not come back.

use crb_decide::{ClaimPhase, ExitCode};
use crb_lock::{OperatorError, PlaceRecord, ShownClaim, Whereabouts};
use jiff::Timestamp;
use serde::Serialize;

use super::failure::Failure;
use super::forget::of_report;
use super::record::ReportShown;
use super::{COMMAND, Desk, confirm, row, sit_down};
use crate::cli::UnlockArgs;
use crate::system::System;
use crate::words::{Moment, plain, span};

/// The document.
#[derive(Debug, Serialize)]
struct Document {
    unlocked: String,
    by: String,
    reason: String,
    forced: bool,
    claim: ClaimShown,
    next: Option<String>,
}

/// The claim that there was; what cannot be read is null.
#[derive(Debug, Serialize)]
struct ClaimShown {
    phase: Option<&'static str>,
    since: Option<Timestamp>,
    deadline: Option<Timestamp>,
    attempts: Option<u32>,
    boot_id: Option<String>,
    whereabouts: &'static str,
    last_report: Option<ReportShown>,
}

pub(crate) fn run(args: &UnlockArgs, system: &System) -> ExitCode {
    sit_down(&args.desk.config, args.desk.output, system, async |desk| {
        let (node, operator) = (&args.node, &desk.operator);
        let Some(claim) = operator.claim_of(node).await? else {
            return Err(Failure::NoClaim(node.clone(), operator.survey().await?));
        };
        desk.show(&told(&claim, &desk.moment()));
        let may_go_down = claim.may_go_down();
        if let (Whereabouts::SameBoot, Some(phase), false) = (claim.whereabouts, may_go_down, args.force) {
            return Err(OperatorError::MayGoDown { node: node.clone(), phase }.into());
        }
        desk.show(&warnings(desk, &claim));
        confirm(&format!("Will {node} not come back, and is its slot to be freed?"), args.yes)?;
        operator.unlock(&claim, &args.reason, args.force, (desk.clock)()).await?;
        let next = must_be_forgotten(desk, &claim).then(|| desk.command(&format!("forget {node}")));
        let mut lines = vec![format!("Unlocked: the slot of {node} is free.")];
        if let Some(next) = &next {
            lines.push(format!("Next, if {node} will not come back:"));
            lines.push(format!("{COMMAND}{next}"));
        }
        let document = Document {
            unlocked: node.to_string(),
            by: desk.who.clone(),
            reason: args.reason.clone(),
            forced: args.force,
            claim: (&claim).into(),
            next,
        };
        Ok(desk.answer(&lines, &document))
    })
}

impl From<&ShownClaim> for ClaimShown {
    fn from(claim: &ShownClaim) -> Self {
        let record = claim.record.as_ref();
        Self {
            phase: record.map(|record| record.phase.as_str()),
            since: record.and_then(|record| record.since),
            deadline: record.and_then(|record| record.deadline),
            attempts: record.map(|record| record.attempts),
            boot_id: record.and_then(|record| record.boot_id.as_ref()).map(ToString::to_string),
            whereabouts: match claim.whereabouts {
                Whereabouts::NotPresent => "not_present",
                Whereabouts::SameBoot => "same_boot",
                Whereabouts::Rebooted => "rebooted",
            },
            last_report: claim.health.as_ref().map(ReportShown::from),
        }
    }
}

fn told(claim: &ShownClaim, moment: &Moment) -> Vec<String> {
    let mut lines = vec![format!("{} holds a slot:", plain(claim.node.as_str()))];
    match &claim.record {
        Some(record) => lines.extend(of_record(record, moment)),
        None => lines.push(row("claim", "nobody can read it; whoever put it may go down")),
    }
    lines.push(row("presence", presence(claim.whereabouts)));
    lines.push(row("last report", &of_report(claim.health.as_ref(), moment)));
    lines
}

fn of_record(record: &PlaceRecord, moment: &Moment) -> Vec<String> {
    let unknown = || "not told".to_owned();
    let deadline = record.deadline.map_or_else(unknown, |deadline| {
        let late = moment.now.duration_since(deadline);
        if late.is_negative() {
            moment.local_and_away(deadline)
        } else {
            format!("{}, overdue for {}", moment.local(deadline), span(late))
        }
    });
    let phase = match record.phase {
        ClaimPhase::Waiting => "none; the classic lock, held by hand or by the Go daemon",
        ClaimPhase::Committed => "committed; its reboot command has not been armed",
        ClaimPhase::Armed => "armed; its reboot command may have run",
        ClaimPhase::Verifying => "verifying; it booted anew, and is not proven well",
        ClaimPhase::Stuck => "stuck; its reboot command ran, and it did not reboot",
    };
    vec![
        row("phase", phase),
        row("since", &record.since.map_or_else(unknown, |since| moment.local_and_away(since))),
        row("deadline", &deadline),
        row(
            "armed",
            &match record.attempts {
                1 => "once".to_owned(),
                times => format!("{times} times"),
            },
        ),
        row("boot", &record.boot_id.as_ref().map_or_else(unknown, |boot| plain(&boot.0))),
    ]
}

const fn presence(whereabouts: Whereabouts) -> &'static str {
    match whereabouts {
        Whereabouts::NotPresent => "not present: its daemon is down, or does not reach etcd",
        Whereabouts::SameBoot => "present, in the boot that is in the claim",
        Whereabouts::Rebooted => "present, and booted anew since",
    }
}

/// What she has to think of before she says yes.
fn warnings(desk: &Desk<'_>, claim: &ShownClaim) -> Vec<String> {
    let node = plain(claim.node.as_str());
    let mut lines = vec![];
    match (claim.whereabouts, claim.may_go_down(), &claim.record) {
        (Whereabouts::SameBoot, Some(_), _) => lines.push(format!(
            "{node} is up, and its reboot command may have run: it may still go down, and another node with it."
        )),
        (Whereabouts::NotPresent, Some(_), _) | (_, None, None) => lines.push(format!(
            "No record tells whether the machine of {node} is down: look at the machine. If it is up, it may still go \
             down, and another node with it."
        )),
        _ => {}
    }
    if must_be_forgotten(desk, claim) {
        lines.push(format!(
            "The policy has max_unhealthy: 0, so {node} holds the others back until it is back and well, or forgotten \
             too."
        ));
    }
    lines
}

/// Whether the others do not go on by the unlock alone: the node counts as silent, and none may.
fn must_be_forgotten(desk: &Desk<'_>, claim: &ShownClaim) -> bool {
    let is_on_roster = claim.health.is_some() || claim.record.is_some();
    claim.whereabouts == Whereabouts::NotPresent && is_on_roster && desk.settings.policy.max_unhealthy == 0
}
