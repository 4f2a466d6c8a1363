//! What the journal says, held against the claims.

use std::collections::BTreeSet;

use super::outing::{End, Outing};
use crate::Entry;

/// Gives every start of the command to the claim that it ran under: one of the same node and boot that was armed
/// once more than commands have run under it, and that had not ended.
pub(super) fn match_starts(outings: &mut [Outing], journal: &[Entry], objections: &mut Vec<String>) {
    for start in journal.iter().filter(|entry| entry.what == "start") {
        let fits = |outing: &Outing| {
            // The end was heard of a little after it came: whoever started later has started too late.
            let stood = outing.end.as_ref().is_none_or(|end| start.at <= end.heard);
            let theirs = outing.node == start.node && outing.boot_id == start.boot;
            theirs && stood && outing.starts.len() < outing.arms
        };
        // Under one that was aborted nothing may have run: it is taken only where there is no other.
        let aborted = |outing: &Outing| outing.end.as_ref().is_some_and(|end| end.outcome == "aborted");
        let better = outings.iter().position(|outing| fits(outing) && !aborted(outing));
        let claim = better.or_else(|| outings.iter().position(fits));
        match claim {
            Some(index) => outings[index].starts.push(start.at),
            None => objections
                .push(format!("{} ran the command in {} under no armed claim", start.node, start.boot)),
        }
    }
}

/// In the journal's own order, never more than so many nodes are between a start and their return.
pub(super) fn at_most_out(slots: usize, journal: &[Entry], objections: &mut Vec<String>) {
    let mut out = BTreeSet::new();
    for entry in journal {
        if entry.what == "start" {
            out.insert(&entry.node)
        } else {
            out.remove(&entry.node)
        };
        if out.len() > slots {
            objections.push(format!("{} went down while others were out: {out:?}", entry.node));
        }
    }
}

/// A release follows a health script that was content in the new boot.
pub(super) fn was_back(outing: &Outing, end: &End, journal: &[Entry], objections: &mut Vec<String>) {
    let back = |entry: &Entry| {
        entry.what == "back"
            && entry.node == outing.node
            && entry.boot == end.boot_after
            && entry.at <= end.heard
    };
    if end.outcome == "released" && !journal.iter().any(back) {
        objections.push(format!("{outing} was released before the node was well"));
    }
}
