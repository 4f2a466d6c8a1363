//! How much of what happened in histories, so that a run can say what it was worth.

use std::collections::BTreeMap;

use crb_store::{KeyRange, Target, Txn};

use super::history::Step;
use super::side::Answer;

#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<&'static str, usize>);

impl Tally {
    pub(super) fn note(&mut self, step: &Step, answer: &Answer, wrote: bool) {
        self.count("steps");
        self.count(match step {
            Step::Txn(_) => "transactions",
            Step::Page { .. } => "pages",
            Step::Grant => "grants",
            Step::KeepAlive(_) => "renewals",
            Step::Revoke(_) => "revocations",
            Step::Compact(_) => "compactions",
            Step::Watch(..) => "watches",
        });
        match answer {
            Answer::Txn(Ok(reply)) if reply.succeeded => self.count("transactions whose compares held"),
            Answer::Txn(Ok(_)) => self.count("transactions whose compares did not"),
            Answer::Page(Ok(_)) | Answer::Renewed(Ok(_)) | Answer::Done(Ok(())) => {}
            Answer::Txn(Err(_)) | Answer::Page(Err(_)) | Answer::Renewed(Err(_)) | Answer::Done(Err(_)) => {
                self.count("refused");
            }
        }
        if wrote {
            self.count("writes");
        }
        if let Step::Txn(txn) = step {
            self.note_range_compares(txn);
        }
    }

    fn note_range_compares(&mut self, txn: &Txn) {
        for compare in txn.compares.iter().filter(|compare| matches!(compare.range, KeyRange::Prefix(_))) {
            self.count(match compare.target {
                Target::Version(_) => "range compares of version",
                Target::Create(_) => "range compares of create",
                Target::Mod(_) => "range compares of mod",
                Target::Lease(_) => "range compares of lease",
            });
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    pub(super) fn steps(&self) -> usize {
        self.0.get("steps").copied().unwrap_or_default()
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            *self.0.entry(what).or_default() += count;
        }
    }

    /// Everything that can happen in short histories happened often.
    pub(super) fn is_broad(&self) -> bool {
        self.0.len() == 15 && self.0.values().all(|count| *count >= 1_000)
    }
}
