//! What happens in a history, drawn from its seed.
//!
//! A history speaks of leases by their number, from 1, and of revisions by their rank: 0 is never, 1 is before its
//! first write, 2 is that write, and so on, as in a store that knows nothing else.

use crb_store::{Compare, KeyRange, LeaseId, Op, Relation, Revision, Target, Txn};
use fastrand::Rng;

pub(super) const KEYS: [&str; 6] = ["a", "a/1", "a/2", "a/2/x", "b", "b/1"];

/// One of them holds no key before the end.
const PREFIXES: [&str; 5] = ["", "a", "a/", "a/2", "none/"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Of up to 16 steps, on a store that others use, too.
    Short,
    /// Of 1,500 steps, on a store of its own, which is compacted.
    Long,
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    Txn(Txn),
    Page {
        range: KeyRange,
        after: Option<String>,
        limit: usize,
        at: Option<Revision>,
    },
    Grant,
    KeepAlive(LeaseId),
    Revoke(LeaseId),
    Compact(Revision),
    /// Begins a watch, which is read at the end.
    Watch(KeyRange, Revision),
}

/// Draws what happens next.
pub(super) struct History {
    rng: Rng,
    kind: Kind,
    prefix: String,
    length: usize,
    steps: usize,
    leases: i64,
    newest: i64,
    compacted: i64,
}

impl History {
    pub(super) fn new(seed: u64, kind: Kind) -> Self {
        let mut rng = Rng::with_seed(seed);
        let length = match kind {
            Kind::Short => rng.usize(4..=16),
            Kind::Long => 1_500,
        };
        Self { rng, kind, prefix: format!("{seed}/"), length, steps: 0, leases: 0, newest: 1, compacted: 0 }
    }

    /// What all keys begin with.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The last step wrote something.
    pub(super) fn noted_write(&mut self) {
        self.newest += 1;
    }

    pub(super) fn next(&mut self) -> Option<Step> {
        if self.steps == self.length {
            return None;
        }
        self.steps += 1;
        Some(self.step())
    }

    fn step(&mut self) -> Step {
        // A compaction may overtake a watch that still reads the past, sooner here and later there.
        let compacts = self.kind == Kind::Long && self.steps <= self.length * 2 / 3;
        match self.rng.u8(..100) {
            0..18 => Step::Page {
                range: self.range(),
                after: self.maybe().then(|| self.key()),
                limit: self.rng.usize(..4),
                at: self.maybe().then(|| Revision(self.rng.i64(0..=self.newest + 1))),
            },
            18..24 => self.grant(),
            24..27 => Step::KeepAlive(self.lease()),
            27..31 => Step::Revoke(self.lease()),
            31 if compacts => {
                self.compacted = self.rng.i64(self.compacted..=self.newest);
                Step::Compact(Revision(self.compacted))
            }
            31..35 if !compacts => self.watch(),
            _ if self.leases == 0 => self.grant(),
            _ => Step::Txn(self.txn()),
        }
    }

    fn grant(&mut self) -> Step {
        self.leases += 1;
        Step::Grant
    }

    /// From now on, from the next write on, or from one in the past.
    fn watch(&mut self) -> Step {
        // Some etcd releases forget the deletions of the very revision that they were compacted to.
        let past = self.rng.i64(self.compacted + 1..=self.newest + 1);
        Step::Watch(self.range(), Revision(if self.rng.u8(..8) == 0 { 0 } else { past }))
    }

    fn maybe(&mut self) -> bool {
        self.rng.bool()
    }

    fn key(&mut self) -> String {
        format!("{}{}", self.prefix, KEYS[self.rng.usize(..KEYS.len())])
    }

    fn range(&mut self) -> KeyRange {
        if self.maybe() {
            KeyRange::key(self.key())
        } else {
            KeyRange::prefix(format!("{}{}", self.prefix, PREFIXES[self.rng.usize(..PREFIXES.len())]))
        }
    }

    /// One of the last that were granted, which may have been revoked, or, at times, one that never was.
    fn lease(&mut self) -> LeaseId {
        let never = self.leases + 1;
        let granted = self.rng.i64((self.leases - 5).max(1)..=self.leases.max(1));
        LeaseId(if self.rng.u8(..12) == 0 { never } else { granted })
    }

    fn txn(&mut self) -> Txn {
        let [compares, success, failure] = [3, 4, 4].map(|most| self.rng.usize(..most));
        Txn::when((0..compares).map(|_| self.compare()).collect::<Vec<_>>())
            .then((0..success).map(|_| self.op()).collect::<Vec<_>>())
            .otherwise((0..failure).map(|_| self.op()).collect::<Vec<_>>())
    }

    fn compare(&mut self) -> Compare {
        let relations = [Relation::Equal, Relation::NotEqual, Relation::Less, Relation::Greater];
        let mut relation = relations[self.rng.usize(..4)];
        let revision = Revision(self.rng.i64((self.newest - 10).max(0)..=self.newest + 1));
        let target = match self.rng.u8(..4) {
            0 => Target::Version(self.rng.i64(0..4)),
            1 => Target::Create(revision),
            2 => Target::Mod(revision),
            _ if self.maybe() => Target::Lease(None),
            _ => {
                // The ids differ between the stores, and so does their order.
                relation = relations[self.rng.usize(..2)];
                Target::Lease(Some(self.lease()))
            }
        };
        Compare { range: self.range(), target, relation }
    }

    fn op(&mut self) -> Op {
        match self.rng.u8(..10) {
            0..3 => Op::Get { range: self.range(), limit: self.rng.usize(..4) },
            3..6 => Op::put(self.key(), [self.rng.u8(..)]),
            6..8 => Op::put_leased(self.key(), [], self.lease()),
            8 => Op::delete(self.key()),
            _ => Op::Delete { range: self.range() },
        }
    }
}
