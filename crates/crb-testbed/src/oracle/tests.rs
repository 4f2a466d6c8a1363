//! An oracle that cannot object proves nothing: every way in which a history can be broken is tried.

use std::time::Duration;

use serde_json::json;

use super::*;

const LOCK: &str = "/fleet/test/lock";

/// A history in the making, a revision a second.
#[derive(Default)]
struct Tale {
    changes: Vec<Change>,
    journal: Vec<Entry>,
    revision: i64,
}

fn seconds(revision: i64) -> Duration {
    Duration::from_secs(revision.unsigned_abs())
}

impl Tale {
    fn changed(&mut self, key: String, put: Option<Put>) {
        self.changes.push(Change { revision: self.revision, key, put, heard: seconds(self.revision) });
    }

    fn put(mut self, node: &str, boot: &str, phase: &str, lease: i64) -> Self {
        self.revision += 1;
        let value = json!({ "node": node, "boot_id": boot, "phase": phase }).to_string();
        self.changed(format!("{LOCK}/{node}"), Some(Put { value, lease, created: 1 }));
        self
    }

    fn committed(self, node: &str, boot: &str) -> Self {
        self.put(node, boot, "waiting", 7).put(node, boot, "committed", 0)
    }

    fn out(self, node: &str) -> Self {
        self.committed(node, "boot-1").put(node, "boot-1", "armed", 0).wrote("start", node, "boot-1")
    }

    fn wrote(mut self, what: &str, node: &str, boot: &str) -> Self {
        let at = seconds(self.revision);
        self.journal.push(Entry { what: what.into(), node: node.into(), at, boot: boot.into() });
        self
    }

    fn ended(mut self, node: &str, outcome: &str, boot: &str) -> Self {
        self.revision += 1;
        self.changed(format!("{LOCK}/{node}"), None);
        let value = json!({ "node": node, "outcome": outcome, "boot_after": boot }).to_string();
        let key = format!("/fleet/crb/history/{}-{node}", self.revision);
        self.changed(key, Some(Put { value, lease: 9, created: self.revision }));
        self
    }

    fn back(self, node: &str) -> Self {
        self.wrote("back", node, "boot-2").ended(node, "released", "boot-2")
    }

    fn deleted(mut self, node: &str) -> Self {
        self.revision += 1;
        self.changed(format!("{LOCK}/{node}"), None);
        self
    }

    fn later(mut self) -> Self {
        self.revision += 1;
        self
    }

    fn judged(&self, slots: usize) -> Result<Vec<Outing>, Vec<String>> {
        Oracle::new("fleet", "/test/lock", slots).judge(&self.changes, &self.journal)
    }
}

fn tale() -> Tale {
    Tale::default()
}

#[test]
fn what_may_be_is_told_claim_by_claim() {
    let told =
        tale().out("a").back("a").committed("b", "boot-1").ended("b", "aborted", "boot-1").out("b").back("b");
    let outings = told.judged(1).unwrap();
    let ends: Vec<_> = outings
        .iter()
        .map(|outing| {
            let end = outing.end.as_ref().unwrap();
            (&*outing.node, &*end.outcome, outing.arms, outing.starts.len())
        })
        .collect();
    assert_eq!(ends, [("a", "released", 1, 1), ("b", "aborted", 0, 0), ("b", "released", 1, 1)]);
    // Two at once are right where two may be, and a claim that stands is told too.
    let two = tale().out("a").out("b").back("a");
    assert_eq!(two.judged(2).unwrap().iter().filter(|outing| outing.end.is_none()).count(), 1);
    // The command that ran, and the same again after the daemon died beside it.
    let again = tale().out("a").put("a", "boot-1", "armed", 0).wrote("start", "a", "boot-1").back("a");
    assert_eq!(again.judged(1).unwrap()[0].starts.len(), 2);
    // A place that nobody made a claim of comes and goes.
    assert_eq!(tale().put("a", "boot-1", "waiting", 7).deleted("a").judged(1), Ok(vec![]));
}

#[test]
fn what_must_not_be_is_objected_to() {
    let cases = [
        ("too many are out", tale().committed("a", "boot-1").committed("b", "boot-1")),
        ("went down while others were out", tale().out("a").out("b")),
        ("under no armed claim", tale().wrote("start", "a", "boot-1")),
        ("under no armed claim", tale().committed("a", "boot-1").wrote("start", "a", "boot-1")),
        ("under no armed claim", tale().out("a").wrote("start", "a", "boot-1")),
        ("under no armed claim", tale().out("a").wrote("start", "a", "boot-2")),
        (
            "under no armed claim",
            tale()
                .committed("a", "boot-1")
                .put("a", "boot-1", "armed", 0)
                .ended("a", "aborted", "boot-1")
                .later()
                .wrote("start", "a", "boot-1"),
        ),
        (
            "under no armed claim",
            tale()
                .committed("a", "boot-1")
                .put("a", "boot-1", "armed", 0)
                .wrote("back", "a", "boot-2")
                .ended("a", "released", "boot-2")
                .later()
                .wrote("start", "a", "boot-1"),
        ),
        (
            "released in the boot",
            tale().out("a").wrote("back", "a", "boot-1").ended("a", "released", "boot-1"),
        ),
        ("aborted after the command had run", tale().out("a").ended("a", "aborted", "boot-1")),
        ("before the node was well", tale().out("a").ended("a", "released", "boot-2")),
        (
            "before the node was well",
            tale().out("a").ended("a", "released", "boot-2").later().wrote("back", "a", "boot-2"),
        ),
        ("ended at", tale().out("a").deleted("a")),
        ("ended at", tale().out("a").ended("a", "unlocked", "boot-2")),
        ("got a lease", tale().out("a").put("a", "boot-1", "armed", 7)),
        ("changed hands", tale().out("a").put("a", "boot-9", "armed", 0)),
        ("no place in the queue before", tale().put("a", "boot-1", "committed", 0)),
    ];
    for (index, (objection, tale)) in cases.into_iter().enumerate() {
        let objections = tale.judged(1).expect_err(objection);
        assert!(objections.iter().any(|text| text.contains(objection)), "case {index}: {objections:?}");
    }
}
