//! Random histories, told to both stores: every answer must be the same.

use std::mem;
use std::time::Duration;

use crb_store::{
    Compare, Header, KeyRange, KeyValue, LeaseId, Op, OpReply, Page, Relation, Revision, Target, Txn,
    TxnReply, Watch, WatchBatch, WatchEvent,
};
use fastrand::Rng;
use tokio::time::timeout;

use crate::bed::Bed;

const STEPS: usize = 1_500;
const PATIENCE: Duration = Duration::from_secs(10);
const KEYS: [&str; 6] = ["a", "a/1", "a/2", "a/2/x", "b", "b/1"];
const PREFIXES: [&str; 5] = ["", "a", "a/", "a/2", "none/"];

#[tokio::test]
async fn random_histories_are_the_same_in_memory_and_on_etcd() {
    for seed in [1, 2, 3] {
        run(seed, [Bed::memory(), Bed::etcd()].map(Side::new)).await;
    }
}

async fn run(seed: u64, [mut one, mut other]: [Side; 2]) {
    let mut history = History { rng: Rng::with_seed(seed), steps: 0, leases: 0, revision: 1, compacted: 0 };
    for _ in 0..STEPS {
        let step = history.step();
        let answers = [one.take(&step).await, other.take(&step).await];
        assert_eq!(answers[0], answers[1], "seed {seed}, step {}: {step:?}", history.steps);
        history.revision = one.bed.revision().await.0;
    }
    for (one, other) in one.told().await.iter().zip(&other.told().await) {
        assert_eq!(one, other, "seed {seed}: what a watch told");
    }
}

#[derive(Debug, Clone)]
enum Step {
    Txn(Txn),
    Page {
        range: KeyRange,
        after: Option<&'static str>,
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

#[derive(Debug, PartialEq)]
enum Answer {
    Txn(Result<TxnReply, &'static str>),
    Page(Result<Page, &'static str>),
    Done(Result<(), &'static str>),
}

/// Draws what happens next.
struct History {
    rng: Rng,
    steps: usize,
    leases: i64,
    revision: i64,
    compacted: i64,
}

impl History {
    fn step(&mut self) -> Step {
        self.steps += 1;
        // A compaction may overtake a watch that still reads the past, sooner here and later there.
        let watches = self.steps > STEPS * 2 / 3;
        match self.rng.u8(..100) {
            0..20 => Step::Page {
                range: self.range(),
                after: self.maybe().then(|| self.key()),
                limit: self.rng.usize(..4),
                at: self.maybe().then(|| Revision(self.rng.i64(0..=self.revision + 1))),
            },
            20..25 => {
                self.leases += 1;
                Step::Grant
            }
            25..28 => Step::KeepAlive(self.lease()),
            28..31 => Step::Revoke(self.lease()),
            31..35 if watches => {
                // Some etcd releases forget the deletions of the very revision that they were compacted to.
                Step::Watch(self.range(), Revision(self.rng.i64(self.compacted + 1..=self.revision + 2)))
            }
            31 => {
                self.compacted = self.rng.i64(self.compacted..=self.revision);
                Step::Compact(Revision(self.compacted))
            }
            _ => Step::Txn(self.txn()),
        }
    }

    fn maybe(&mut self) -> bool {
        self.rng.bool()
    }

    fn key(&mut self) -> &'static str {
        KEYS[self.rng.usize(..KEYS.len())]
    }

    fn range(&mut self) -> KeyRange {
        if self.maybe() {
            KeyRange::key(self.key())
        } else {
            KeyRange::prefix(PREFIXES[self.rng.usize(..PREFIXES.len())])
        }
    }

    /// A lease that was granted, may have been revoked, or, at times, never was.
    fn lease(&mut self) -> LeaseId {
        LeaseId(self.rng.i64((self.leases - 5).max(1)..=self.leases + 1))
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
        let revision = Revision(self.rng.i64((self.revision - 10).max(0)..=self.revision));
        let target = match self.rng.u8(..4) {
            0 => Target::Version(self.rng.i64(..4)),
            1 => Target::Create(revision),
            2 => Target::Mod(revision),
            _ => {
                // The ids differ between the stores, and so does their order.
                relation = relations[self.rng.usize(..2)];
                Target::Lease(self.maybe().then(|| self.lease()))
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

/// One of the two stores. In the history a lease is its number, from 1; here it has its id.
struct Side {
    bed: Bed,
    leases: Vec<LeaseId>,
    watches: Vec<Watch>,
}

impl Side {
    fn new(bed: Bed) -> Self {
        Self { bed, leases: Vec::new(), watches: Vec::new() }
    }

    async fn take(&mut self, step: &Step) -> Answer {
        match step.clone() {
            Step::Txn(txn) => Answer::Txn(match self.bed.txn(self.with_ids(txn)).await {
                Ok(reply) => Ok(self.without_ids(reply)),
                Err(error) => Err(error.kind()),
            }),
            Step::Page { range, after, limit, at } => {
                let page = self.bed.page(&range, after, limit, at).await;
                Answer::Page(page.map_err(|error| error.kind()).map(|mut page| {
                    page.header = anonymous(page.header);
                    for pair in &mut page.items {
                        self.number(pair);
                    }
                    page
                }))
            }
            Step::Grant => {
                self.leases.push(self.bed.grant(Duration::from_secs(3_600)).await.unwrap());
                Answer::Done(Ok(()))
            }
            Step::KeepAlive(lease) => {
                let renewed = self.bed.keep_alive(self.id(lease)).await;
                Answer::Done(renewed.map(drop).map_err(|error| error.kind()))
            }
            Step::Revoke(lease) => {
                Answer::Done(self.bed.revoke(self.id(lease)).await.map_err(|error| error.kind()))
            }
            Step::Compact(revision) => {
                // Refused when it was compacted before, which is a matter of etcdctl's and not of the store's.
                let _ = self.bed.try_compact(revision);
                Answer::Done(Ok(()))
            }
            Step::Watch(range, from) => {
                self.watches.push(self.bed.watch(&[range], from).await.unwrap());
                Answer::Done(Ok(()))
            }
        }
    }

    /// Everything that the watches tell up to a last write, which touches every range there is.
    async fn told(mut self) -> Vec<Vec<WatchBatch>> {
        let keys = KEYS.into_iter().chain(["none/1"]);
        let last = self.bed.apply(keys.map(|key| Op::put(key, ""))).await.header.revision;
        let mut all = Vec::new();
        for mut watch in mem::take(&mut self.watches) {
            let mut told: Vec<WatchBatch> = Vec::new();
            while told.last().is_none_or(|batch| batch.revision < last) {
                let mut batch = timeout(PATIENCE, watch.next()).await.unwrap().unwrap();
                batch.events.iter_mut().for_each(|event| self.number_event(event));
                told.push(batch);
            }
            all.push(told);
        }
        assert!(!all.is_empty());
        all
    }

    fn id(&self, number: LeaseId) -> LeaseId {
        let granted = usize::try_from(number.0 - 1).ok().and_then(|index| self.leases.get(index));
        granted.copied().unwrap_or(LeaseId(i64::MAX))
    }

    fn with_ids(&self, mut txn: Txn) -> Txn {
        for compare in &mut txn.compares {
            if let Target::Lease(Some(lease)) = &mut compare.target {
                *lease = self.id(*lease);
            }
        }
        for op in txn.success.iter_mut().chain(&mut txn.failure) {
            if let Op::Put { lease: Some(lease), .. } = op {
                *lease = self.id(*lease);
            }
        }
        txn
    }

    fn without_ids(&self, mut reply: TxnReply) -> TxnReply {
        reply.header = anonymous(reply.header);
        for reply in &mut reply.replies {
            if let OpReply::Get { items, .. } = reply {
                for pair in items {
                    self.number(pair);
                }
            }
        }
        reply
    }

    fn number_event(&self, event: &mut WatchEvent) {
        if let WatchEvent::Put(pair) = event {
            self.number(pair);
        }
    }

    /// Puts the number of its lease for the id.
    fn number(&self, pair: &mut KeyValue) {
        let position = pair.lease.and_then(|lease| self.leases.iter().position(|id| *id == lease));
        pair.lease = position.and_then(|index| i64::try_from(index + 1).ok()).map(LeaseId);
    }
}

fn anonymous(header: Header) -> Header {
    Header { cluster_id: 0, ..header }
}
