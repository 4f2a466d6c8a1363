//! `pause`: nobody in the fleet reboots, for a reason that all are shown.

use crb_decide::{ClaimPhase, ExitCode};
use crb_lock::{OperatorError, PauseBefore, PauseRecord, QueueKey};
use serde::Serialize;

use super::failure::Failure;
use super::record::{OutShown, PauseShown};
use super::{Desk, row, sit_down};
use crate::cli::PauseArgs;
use crate::system::System;
use crate::words::{Moment, plain};

/// The document.
#[derive(Debug, Serialize)]
struct Document {
    paused: PauseShown,
    replaced: Option<PauseShown>,
    out: Option<Vec<OutShown>>,
}

pub(crate) fn run(args: &PauseArgs, system: &System) -> ExitCode {
    sit_down(&args.desk.config, args.desk.output, system, async |desk| {
        let now = (desk.clock)();
        let until = match args.length {
            None => None,
            Some(length) => Some(now.checked_add(length).map_err(|_| Failure::NoSuchTime)?),
        };
        let before = desk.operator.pause(&args.reason, until, now).await?;
        // Asked after the pause: from then on nobody goes out who is not out already.
        let out = desk.operator.claims().await;
        let pause = PauseRecord { by: desk.who.clone(), reason: args.reason.clone(), since: now, until };
        let document = Document {
            paused: (&pause).into(),
            replaced: PauseShown::before(&before),
            out: out.as_ref().ok().map(|out| out.iter().map(OutShown::from).collect()),
        };
        Ok(desk.answer(&told(desk, &pause, &before, &out), &document))
    })
}

fn told(
    desk: &Desk<'_>,
    pause: &PauseRecord,
    before: &PauseBefore,
    out: &Result<Vec<QueueKey>, OperatorError>,
) -> Vec<String> {
    let moment = Moment { now: pause.since, ..desk.moment() };
    let mut lines = vec![format!("The fleet is paused by {}: {}", pause.by, plain(&pause.reason))];
    lines.push(row(
        "until",
        &match pause.until {
            Some(until) => moment.local_and_away(until),
            None => format!("`{}`", desk.command("resume")),
        },
    ));
    match before {
        PauseBefore::Nothing => {}
        PauseBefore::Pause(record) => lines.push(row("replaces", &of_pause(record, &moment))),
        PauseBefore::Unreadable => lines.push(row("replaces", "a pause that nobody can read")),
    }
    lines.push(
        "No node commits to a reboot any more, and none runs its reboot command that was not armed before."
            .to_owned(),
    );
    match out {
        Ok(out) if out.is_empty() => lines.push("No node is out.".to_owned()),
        Ok(out) => lines.extend(out.iter().map(|claim| of_claim(claim, &moment))),
        Err(error) => lines.push(format!("Who is out already could not be read: {error}")),
    }
    lines
}

/// A pause as one says it.
pub(super) fn of_pause(record: &PauseRecord, moment: &Moment) -> String {
    let PauseRecord { by, reason, since, until } = record;
    let until = until.map_or_else(String::new, |until| format!(", until {}", moment.local(until)));
    format!("a pause by {}, since {}{until}: {}", plain(by), moment.local(*since), plain(reason))
}

/// What a pause means to a node that has a claim.
fn of_claim(claim: &QueueKey, moment: &Moment) -> String {
    let node = claim.node();
    let Some(record) = &claim.record else {
        return format!("{node} is out, and its claim cannot be read: it may go down all the same.");
    };
    let since =
        record.since.map_or_else(String::new, |since| format!(" since {}", moment.local_and_away(since)));
    let what = match record.phase {
        ClaimPhase::Committed => "committed; it gives its claim back, for it has not armed its command",
        ClaimPhase::Armed => "armed; it goes down all the same, if it is not down by now",
        ClaimPhase::Verifying => "back from its reboot; it goes on proving that it is well",
        ClaimPhase::Stuck => "stuck; what it ran may take it down all the same",
        ClaimPhase::Waiting => "holding the lock; it may go down all the same",
    };
    format!("{node} is out{since}: {what}.")
}
