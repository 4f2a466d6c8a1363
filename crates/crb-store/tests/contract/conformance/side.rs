//! One of the two stores, and how its own ids and revisions stand to the numbers and ranks of a history.

use std::mem;
use std::rc::Rc;
use std::slice;
use std::time::Duration;

use crb_store::{
    Compare, Header, KeyRange, KeyValue, LeaseId, Op, OpReply, Page, Relation, Revision, StoreError, Target,
    Txn, TxnReply, Watch, WatchBatch, WatchEvent,
};
use tokio::time::timeout;

use super::history::{KEYS, Step};
use crate::bed::Bed;

const PATIENCE: Duration = Duration::from_secs(10);

/// What a store answered, as itself or as the history would say it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    Txn(Result<TxnReply, &'static str>),
    Page(Result<Page, &'static str>),
    Renewed(Result<Duration, &'static str>),
    Done(Result<(), &'static str>),
}

pub(super) struct Side {
    pub(super) bed: Rc<Bed>,
    prefix: String,
    /// The store's own revision of every rank.
    revisions: Vec<Revision>,
    /// The store's own id of every lease.
    leases: Vec<LeaseId>,
    /// Tells of every write of this history, and so what its revision is: a revocation does not say.
    ledger: Watch,
    watches: Vec<Watch>,
}

impl Side {
    /// Where nothing under `prefix` was ever written.
    pub(super) async fn begin(bed: Rc<Bed>, prefix: &str) -> Self {
        let all = KeyRange::prefix(prefix);
        let begin = bed.page(&all, None, 1, None).await.unwrap().header.revision;
        let ledger = bed.watch(&[all], Revision::NEVER).await.unwrap();
        Self {
            bed,
            prefix: prefix.to_owned(),
            revisions: vec![Revision::NEVER, begin],
            leases: Vec::new(),
            ledger,
            watches: Vec::new(),
        }
    }

    /// Does what the history says, and answers as the store does.
    pub(super) async fn take(&mut self, step: &Step) -> Answer {
        let kind = |error: StoreError| error.kind();
        match step.clone() {
            Step::Txn(txn) => Answer::Txn(self.bed.txn(self.own_txn(txn)).await.map_err(kind)),
            Step::Page { range, after, limit, at } => {
                let at = at.map(|rank| self.at(rank));
                Answer::Page(self.bed.page(&range, after.as_deref(), limit, at).await.map_err(kind))
            }
            Step::Grant => {
                let granted = self.bed.grant(Duration::from_secs(3_600)).await;
                Answer::Done(granted.map(|id| self.leases.push(id)).map_err(kind))
            }
            Step::KeepAlive(lease) => {
                Answer::Renewed(self.bed.keep_alive(self.own_lease(lease)).await.map_err(kind))
            }
            Step::Revoke(lease) => Answer::Done(self.bed.revoke(self.own_lease(lease)).await.map_err(kind)),
            Step::Compact(rank) => {
                // Refused when it was compacted before, which is a matter of etcdctl's and not of the store's.
                let _ = self.bed.try_compact(self.at(rank));
                Answer::Done(Ok(()))
            }
            Step::Watch(range, Revision(rank)) => {
                let from = if rank < 2 { self.at(Revision(rank)) } else { self.after(rank - 1) };
                let watch = self.bed.watch(&[range], from).await;
                Answer::Done(watch.map(|watch| self.watches.push(watch)).map_err(kind))
            }
        }
    }

    /// Waits for the ledger to tell of the next write, whose revision gets the next rank.
    pub(super) async fn learn(&mut self) -> Option<WatchBatch> {
        let batch = timeout(PATIENCE, self.ledger.next()).await.ok()?.ok()?;
        self.revisions.push(batch.revision);
        Some(batch)
    }

    /// An answer, and what the ledger told, in the history's numbers and ranks.
    pub(super) fn numbered(
        &self,
        answer: &Answer,
        told: Option<&WatchBatch>,
    ) -> (Answer, Option<WatchBatch>) {
        let mut answer = answer.clone();
        match &mut answer {
            Answer::Txn(Ok(reply)) => {
                reply.header = self.numbered_header(reply.header);
                for reply in &mut reply.replies {
                    if let OpReply::Get { items, .. } = reply {
                        self.number(items);
                    }
                }
            }
            Answer::Page(Ok(page)) => {
                page.header = self.numbered_header(page.header);
                self.number(&mut page.items);
            }
            Answer::Txn(Err(_)) | Answer::Page(Err(_)) | Answer::Renewed(_) | Answer::Done(_) => {}
        }
        (answer, told.map(|batch| self.numbered_batch(batch)))
    }

    /// Everything that the watches tell up to a last write, which touches every range there is.
    pub(super) async fn end(mut self) -> Vec<Vec<WatchBatch>> {
        let keys = KEYS.into_iter().chain(["none/1"]).map(|key| format!("{}{key}", self.prefix));
        let last = self.bed.apply(keys.map(|key| Op::put(key, ""))).await.header.revision;
        let ledger = self.learn().await.unwrap();
        assert_eq!(ledger.revision, last, "the ledger tells of nothing that no step did");
        let mut all = vec![vec![self.numbered_batch(&ledger)]];
        for mut watch in mem::take(&mut self.watches) {
            let mut told: Vec<WatchBatch> = Vec::new();
            let mut at = Revision::NEVER;
            while at < last {
                let batch = timeout(PATIENCE, watch.next()).await.unwrap().unwrap();
                at = batch.revision;
                told.push(self.numbered_batch(&batch));
            }
            all.push(told);
        }
        all
    }

    /// The revision of a rank; of one that is yet to come, one that never comes.
    fn at(&self, Revision(rank): Revision) -> Revision {
        let known = usize::try_from(rank).ok().and_then(|rank| self.revisions.get(rank));
        known.copied().unwrap_or(Revision(i64::MAX))
    }

    /// The revision right after that of a rank. Others may write between two of ours.
    fn after(&self, rank: i64) -> Revision {
        if rank < 0 { Revision::NEVER } else { self.at(Revision(rank)).next() }
    }

    fn own_lease(&self, number: LeaseId) -> LeaseId {
        let granted = usize::try_from(number.0 - 1).ok().and_then(|index| self.leases.get(index));
        granted.copied().unwrap_or(LeaseId(i64::MAX))
    }

    fn own_txn(&self, mut txn: Txn) -> Txn {
        for Compare { target, relation, .. } in &mut txn.compares {
            match target {
                Target::Version(_) | Target::Lease(None) => {}
                Target::Lease(Some(lease)) => *lease = self.own_lease(*lease),
                // Less than a rank is not more than the one before.
                Target::Create(rank) | Target::Mod(rank) if *relation == Relation::Less => {
                    *rank = self.after(rank.0 - 1);
                }
                Target::Create(rank) | Target::Mod(rank) => *rank = self.at(*rank),
            }
        }
        for op in txn.success.iter_mut().chain(&mut txn.failure) {
            if let Op::Put { lease: Some(lease), .. } = op {
                *lease = self.own_lease(*lease);
            }
        }
        txn
    }

    /// Others may have written since: the newest rank that the header knows.
    fn numbered_header(&self, header: Header) -> Header {
        let known = self.revisions.partition_point(|revision| *revision <= header.revision);
        Header { cluster_id: 0, revision: Revision(i64::try_from(known).unwrap() - 1) }
    }

    fn rank(&self, revision: Revision) -> Revision {
        let rank = self.revisions.binary_search(&revision).ok().and_then(|rank| i64::try_from(rank).ok());
        Revision(rank.unwrap_or(i64::MIN))
    }

    fn numbered_batch(&self, batch: &WatchBatch) -> WatchBatch {
        let mut batch = batch.clone();
        batch.revision = self.rank(batch.revision);
        for event in &mut batch.events {
            match event {
                WatchEvent::Put(pair) => self.number(slice::from_mut(pair)),
                WatchEvent::Delete { revision, .. } => *revision = self.rank(*revision),
            }
        }
        batch
    }

    fn number(&self, pairs: &mut [KeyValue]) {
        let number =
            |lease| self.leases.iter().zip(1..).find(|(id, _)| **id == lease).map(|(_, number)| number);
        for pair in pairs {
            pair.create_revision = self.rank(pair.create_revision);
            pair.mod_revision = self.rank(pair.mod_revision);
            pair.lease = pair.lease.map(|lease| LeaseId(number(lease).unwrap_or(i64::MIN)));
        }
    }
}
