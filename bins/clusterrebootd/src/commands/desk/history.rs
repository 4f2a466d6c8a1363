//! `history`: what became of claims, and what operators did.

use crb_decide::ExitCode;
use crb_lock::{History, HistoryEntry, HistoryRecord};
use jiff::Timestamp;
use serde::Serialize;

use super::{Desk, sit_down};
use crate::cli::{HistoryArgs, MOST_ENTRIES};
use crate::system::System;
use crate::words::{Moment, painted, plain, span};

/// The document.
#[derive(Debug, Serialize)]
struct HistoryShown {
    entries: Vec<EntryShown>,
    more: bool,
}

/// An entry; what is not told, or cannot be read, is null.
#[derive(Debug, Serialize)]
struct EntryShown {
    at: Option<Timestamp>,
    node: String,
    outcome: Option<String>,
    by: Option<String>,
    reason: Option<String>,
    committed_at: Option<Timestamp>,
    attempts: Option<u32>,
    boot_before: Option<String>,
    boot_after: Option<String>,
}

pub(crate) fn run(args: &HistoryArgs, system: &System) -> ExitCode {
    sit_down(&args.desk.config, args.desk.output, system, async |desk| {
        let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
        let history = desk.operator.history(args.node.as_ref(), limit, (desk.clock)()).await?;
        let document = HistoryShown {
            entries: history.entries.iter().map(EntryShown::from).collect(),
            more: history.more,
        };
        Ok(desk.answer(&told(desk, args, &history), &document))
    })
}

impl From<&HistoryEntry> for EntryShown {
    fn from(entry: &HistoryEntry) -> Self {
        let record = entry.record.as_ref();
        let text = |field: fn(&HistoryRecord) -> &String| record.map(field).cloned();
        Self {
            at: record.map(|record| record.ended_at).or(entry.at),
            node: entry.about().to_owned(),
            outcome: text(|record| &record.outcome),
            by: text(|record| &record.by),
            reason: text(|record| &record.reason),
            committed_at: record.and_then(|record| record.committed_at),
            attempts: record.map(|record| record.attempts),
            boot_before: record.and_then(|record| record.boot_before.as_ref()).map(ToString::to_string),
            boot_after: record.and_then(|record| record.boot_after.as_ref()).map(ToString::to_string),
        }
    }
}

fn told(desk: &Desk<'_>, args: &HistoryArgs, history: &History) -> Vec<String> {
    if history.entries.is_empty() {
        return vec![of_nothing(desk, args)];
    }
    let (moment, colour) = (desk.moment(), desk.system.colour_out());
    let mut lines: Vec<String> =
        history.entries.iter().flat_map(|entry| of_entry(entry, &moment, colour)).collect();
    if history.more {
        lines.push(of_older(args.limit));
    }
    lines
}

fn of_older(limit: u32) -> String {
    if limit < MOST_ENTRIES {
        let more = limit.saturating_mul(10).min(MOST_ENTRIES);
        format!("There are older entries: `--limit {more}` shows more.")
    } else {
        "There are older entries: `--node NODE` shows those of one node.".to_owned()
    }
}

fn of_nothing(desk: &Desk<'_>, args: &HistoryArgs) -> String {
    let whose = args.node.as_ref().map_or_else(String::new, |node| format!(" of {node}"));
    match desk.settings.history_keep {
        Some(keep) => format!("There is no entry{whose} within {} days.", keep.as_secs() / 86_400),
        None => format!("There is no entry{whose}: history.keep_days is 0, so none is kept."),
    }
}

fn of_entry(entry: &HistoryEntry, moment: &Moment, colour: bool) -> [String; 2] {
    let node = plain(entry.about());
    let Some(record) = &entry.record else {
        let at = entry.at.map_or_else(|| "at a time that nobody can read".to_owned(), |at| moment.local(at));
        return [
            format!("{at}  {}  {node}", painted("unreadable", "33", colour)),
            "    another version wrote this entry, or a hand".to_owned(),
        ];
    };
    let hue = if record.outcome == "released" { "32" } else { "33" };
    let outcome = painted(&format!("{:9}", plain(&record.outcome)), hue, colour);
    let out = record.committed_at.map_or_else(String::new, |since| {
        format!(", out for {}", span(record.ended_at.duration_since(since)))
    });
    let arms = if record.attempts > 1 { format!(", armed {} times", record.attempts) } else { String::new() };
    let why = if record.reason.is_empty() { String::new() } else { format!(": {}", plain(&record.reason)) };
    [
        format!("{}  {outcome} {node}{out}{arms}", moment.local(record.ended_at)),
        format!("    by {}{why}", plain(&record.by)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_offered_as_far_as_it_can_be_had() {
        let cases = [
            (20, "`--limit 200` shows more"),
            (9_999, "`--limit 10000` shows more"),
            (10_000, "`--node NODE` shows those of one node"),
        ];
        for (limit, expected) in cases {
            assert_eq!(of_older(limit), format!("There are older entries: {expected}."));
        }
    }
}
