//! What stands as it is: since when a reboot is wanted, and since when each reason has held it back.

use std::collections::BTreeMap;

use crb_decide::{Decision, Reason};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::gist::identity;

/// Since when, from one pass to the next. It is data, so that a daemon that is restarted goes on from it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Standing {
    /// Since when a detector has asked for a reboot; `None`: none does, or nobody has looked.
    #[serde(default)]
    reboot_required: Option<Timestamp>,
    /// Since when passes have been held back for a reason with this code, whomever it named.
    #[serde(default)]
    codes: BTreeMap<String, Timestamp>,
    /// Since when they have been held back for this very reason.
    #[serde(default)]
    reasons: BTreeMap<String, Timestamp>,
}

impl Standing {
    /// Takes how a pass ended at `at`, and whether a reboot is wanted as far as it knew.
    pub fn take(&mut self, at: Timestamp, decision: &Decision, reboot_required: Option<bool>) {
        self.reboot_required = match reboot_required {
            Some(true) => self.reboot_required.or(Some(at)),
            Some(false) => None,
            None => self.reboot_required,
        };
        let blocking = || decision.reasons().iter().filter(|reason| blocks(reason));
        self.codes = kept(&self.codes, at, blocking().map(|reason| reason.code().to_owned()));
        self.reasons = kept(&self.reasons, at, blocking().map(identity));
    }

    /// Since when a detector has asked for a reboot.
    pub const fn reboot_required(&self) -> Option<Timestamp> {
        self.reboot_required
    }

    /// Since when passes have been held back for just this reason, times in it aside. For a place in the queue,
    /// whichever it is.
    pub fn since(&self, reason: &Reason) -> Option<Timestamp> {
        self.reasons.get(&identity(reason)).copied()
    }

    /// The codes of the reasons that held the last pass back, and since when each has.
    pub(crate) fn codes(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        self.codes.iter().map(|(code, since)| (code.as_str(), *since))
    }
}

/// Those that are `now`, each since it first was without a pass between.
fn kept(
    before: &BTreeMap<String, Timestamp>,
    at: Timestamp,
    now: impl Iterator<Item = String>,
) -> BTreeMap<String, Timestamp> {
    now.map(|key| {
        let since = before.get(&key).copied().unwrap_or(at);
        (key, since)
    })
    .collect()
}

/// Whether a reason holds a reboot back, rather than that there is none to make, or nothing against it. Under a kill
/// switch nobody asks whether there is one to make: it may be wanted.
const fn blocks(reason: &Reason) -> bool {
    !matches!(reason, Reason::NoRebootRequired | Reason::RecheckCleared | Reason::LockSkipped | Reason::Ready)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{at, node, store_failed};

    fn sick(name: &str) -> Reason {
        Reason::PeerUnhealthy { node: node(name), stage: "heartbeat".to_owned(), reason: "full".to_owned() }
    }

    fn behind(position: u32) -> Reason {
        Reason::BehindInQueue { position, ahead: vec![node("node-b")] }
    }

    fn denied(until: i64) -> Reason {
        Reason::WindowDenied { window: "Fri".to_owned(), until: Some(at(until)) }
    }

    #[test]
    fn a_reason_stands_from_its_first_pass_on_whatever_of_it_is_told_anew() {
        // Each row: what held one pass back, what the next, and whether that is the same, and the same code.
        let table = [
            (store_failed(), store_failed(), true, true),
            (sick("node-b"), sick("node-b"), true, true),
            (sick("node-b"), sick("node-c"), false, true),
            (behind(3), behind(1), true, true),
            (denied(60), denied(120), true, true),
            (denied(60), store_failed(), false, false),
            (Reason::Ready, store_failed(), false, false),
        ];
        for (first, second, same, same_code) in table {
            let mut standing = Standing::default();
            standing.take(at(1), &Decision::for_one(first.clone()), Some(true));
            standing.take(at(2), &Decision::for_one(second.clone()), Some(true));
            let since = |same| Some(at(if same { 1 } else { 2 }));
            assert_eq!(standing.since(&second), since(same), "{first:?}, then {second:?}");
            let codes: Vec<_> = standing.codes().collect();
            assert_eq!(codes, [(second.code(), since(same_code).unwrap())], "{first:?}, then {second:?}");
        }
    }

    #[test]
    fn what_is_no_block_or_is_over_does_not_stand() {
        let mut standing = Standing::default();
        standing.take(at(1), &Decision::for_one(store_failed()), None);
        for over in [Reason::Ready, Reason::NoRebootRequired, Reason::RecheckCleared, Reason::LockSkipped] {
            standing.take(at(2), &Decision::for_one(over.clone()), None);
            assert_eq!((standing.codes().count(), standing.since(&over)), (0, None), "{over:?}");
        }
    }

    #[test]
    fn a_reboot_is_wanted_since_it_was_first_asked_for_until_it_is_known_not_to_be() {
        let mut standing = Standing::default();
        let looks = [
            (1, None, None),
            (2, Some(true), Some(2)),
            (3, None, Some(2)),
            (4, Some(true), Some(2)),
            (5, Some(false), None),
            (6, Some(true), Some(6)),
        ];
        for (second, required, since) in looks {
            standing.take(at(second), &Decision::for_one(Reason::Ready), required);
            assert_eq!(standing.reboot_required(), since.map(at), "at {second}");
        }
    }

    #[test]
    fn it_goes_through_json_unchanged() {
        let mut standing = Standing::default();
        standing.take(at(1), &Decision::for_one(sick("node-b")), Some(true));
        let text = serde_json::to_string(&standing).unwrap();
        assert_eq!(serde_json::from_str::<Standing>(&text).unwrap(), standing);
    }
}
