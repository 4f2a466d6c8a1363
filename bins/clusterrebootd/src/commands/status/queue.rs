//! Where the node stands in the queue, or would stand.

use std::fmt;

use crb_decide::ClaimPhase;
use crb_lock::{Identity, QueueKey, View};
use crb_store::Revision;
use serde::Serialize;

use crate::commands::status::names::named;

/// The node's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Seat {
    /// From 1 on.
    position: usize,
    /// Who is before it, first the one at the head.
    ahead: Vec<String>,
    /// Whether its daemon is in the queue; if not, this is where it would be.
    queued: bool,
    /// How far its claim is, if it has one.
    claim: Option<ClaimPhase>,
    /// How many are in the queue, those that are out among them.
    waiting: usize,
}

impl Seat {
    /// As `view` shows it, in which `own` is that of `me`.
    pub(crate) fn of(view: &View, own: Option<&QueueKey>, me: &Identity) -> Self {
        let created = own.map_or(Revision(i64::MAX), |key| key.created);
        let ahead: Vec<String> = view.queue.ahead_of(created, me).map(|key| key.node().to_string()).collect();
        let claim = own.filter(|key| key.lease.is_none()).and_then(|key| Some(key.record.as_ref()?.phase));
        Self {
            position: ahead.len() + 1,
            ahead,
            queued: own.is_some(),
            claim,
            waiting: view.queue.keys.len(),
        }
    }
}

/// As one sentence without its subject.
impl fmt::Display for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(phase) = self.claim {
            return write!(f, "this node has a claim, which is {}", phase.as_str());
        }
        let would = if self.queued { "" } else { "would be " };
        let place = ordinal(self.position);
        match self.ahead.as_slice() {
            [] if self.waiting == 0 => write!(f, "{would}{place}; nobody is in it"),
            [] => write!(f, "{would}{place} of {}", self.waiting),
            ahead => write!(f, "{would}{place}, behind {}; {} in it", named(ahead), self.waiting),
        }
    }
}

fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_place_and_who_is_before_it() {
        let seat = |ahead: &[&str], queued, claim, waiting| {
            let ahead: Vec<String> = ahead.iter().map(ToString::to_string).collect();
            Seat { position: ahead.len() + 1, ahead, queued, claim, waiting }.to_string()
        };
        let many: Vec<String> = (1..=22).map(|number| format!("n{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let table = [
            (seat(&[], false, None, 0), "would be 1st; nobody is in it"),
            (seat(&[], true, None, 3), "1st of 3"),
            (seat(&["node-b", "node-f"], true, None, 7), "3rd, behind node-b, node-f; 7 in it"),
            (seat(&["node-b"], false, None, 1), "would be 2nd, behind node-b; 1 in it"),
            (seat(&many, true, None, 23), "23rd, behind n1, n2, n3, n4, n5 and 17 more; 23 in it"),
            (seat(&[], true, Some(ClaimPhase::Armed), 2), "this node has a claim, which is armed"),
        ];
        for (told, expected) in table {
            assert_eq!(told, expected);
        }
        assert_eq!([4, 11, 12, 13, 21, 112].map(ordinal), ["4th", "11th", "12th", "13th", "21st", "112th"]);
    }
}
