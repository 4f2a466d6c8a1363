//! A store that counts what is asked of it, and how much goes over the line.

use std::collections::BTreeMap;
use std::ops::{AddAssign, Sub};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::{
    KeyRange, KeyValue, LeaseId, Op, OpReply, Page, Revision, Store, StoreError, Txn, TxnReply, Watch,
    WatchBatch, WatchEvent, operation,
};

/// What was asked, and what came of it, in numbers. Bytes are those of keys and values; what the transport adds is
/// not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Calls.
    pub calls: u64,
    /// Pairs that were read.
    pub pairs: u64,
    /// Bytes that were read.
    pub read: u64,
    /// Bytes that were put.
    pub put: u64,
}

impl AddAssign for Traffic {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.pairs += other.pairs;
        self.read += other.read;
        self.put += other.put;
    }
}

impl Sub for Traffic {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            calls: self.calls - before.calls,
            pairs: self.pairs - before.pairs,
            read: self.read - before.read,
            put: self.put - before.put,
        }
    }
}

/// What every client of a store asked for, by the kind of call: those of [`operation`], but for transactions that
/// write (`txn`) and those that only read ([`Meter::READ`]), and [`Meter::EVENT`] for what watches told.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    kinds: Arc<Mutex<BTreeMap<&'static str, Traffic>>>,
}

impl Meter {
    /// A transaction that only reads.
    pub const READ: &'static str = "read";
    /// Changes that a watch told: a call is a batch, a pair an event.
    pub const EVENT: &'static str = "event";

    /// What was counted so far, by kind.
    pub fn kinds(&self) -> BTreeMap<&'static str, Traffic> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was counted of these kinds so far.
    pub fn of(&self, kinds: &[&str]) -> Traffic {
        self.sum(|kind| kinds.contains(&kind))
    }

    /// Everything that was asked for so far: all but what watches told.
    pub fn requests(&self) -> Traffic {
        self.sum(|kind| kind != Self::EVENT)
    }

    fn sum(&self, counts: impl Fn(&str) -> bool) -> Traffic {
        let mut sum = Traffic::default();
        for (_, traffic) in self.kinds().into_iter().filter(|(kind, _)| counts(kind)) {
            sum += traffic;
        }
        sum
    }

    fn count(&self, kind: &'static str, traffic: Traffic) {
        *self.kinds.lock().unwrap_or_else(PoisonError::into_inner).entry(kind).or_default() += traffic;
    }

    fn call(&self, kind: &'static str) {
        self.count(kind, Traffic { calls: 1, ..Traffic::default() });
    }
}

/// A store around another that counts with a [`Meter`]. A call counts when it is made, whatever comes of it.
#[derive(Debug)]
pub struct Metered<S> {
    store: S,
    meter: Meter,
}

impl<S: Store> Metered<S> {
    /// Counts with `meter` what is asked of `store`.
    pub const fn new(store: S, meter: Meter) -> Self {
        Self { store, meter }
    }
}

#[async_trait]
impl<S: Store> Store for Metered<S> {
    async fn txn(&self, txn: Txn) -> Result<TxnReply, StoreError> {
        let kind = if txn.writes() { operation::TXN } else { Meter::READ };
        self.meter.call(kind);
        let put: [u64; 2] = [&txn.success, &txn.failure].map(|ops| ops.iter().map(put_by).sum());
        let reply = self.store.txn(txn).await?;
        let found = reply.replies.iter().flat_map(|reply| match reply {
            OpReply::Get { items, .. } => items.as_slice(),
            OpReply::Put | OpReply::Delete(_) => &[],
        });
        let put = put[usize::from(!reply.succeeded)];
        self.meter.count(kind, Traffic { put, ..taken(found) });
        Ok(reply)
    }

    async fn page(
        &self,
        range: &KeyRange,
        after: Option<&str>,
        limit: usize,
        at: Option<Revision>,
    ) -> Result<Page, StoreError> {
        self.meter.call(operation::RANGE);
        let page = self.store.page(range, after, limit, at).await?;
        self.meter.count(operation::RANGE, taken(&page.items));
        Ok(page)
    }

    async fn grant(&self, ttl: Duration) -> Result<LeaseId, StoreError> {
        self.meter.call(operation::LEASE_GRANT);
        self.store.grant(ttl).await
    }

    async fn keep_alive(&self, lease: LeaseId) -> Result<Duration, StoreError> {
        self.meter.call(operation::LEASE_KEEP_ALIVE);
        self.store.keep_alive(lease).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        self.meter.call(operation::LEASE_REVOKE);
        self.store.revoke(lease).await
    }

    async fn watch(&self, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError> {
        self.meter.call(operation::WATCH);
        let meter = self.meter.clone();
        let watch = self.store.watch(ranges, from).await?;
        Ok(watch.tapped(move |batch| meter.count(Meter::EVENT, told(batch))))
    }
}

fn taken<'a>(pairs: impl IntoIterator<Item = &'a KeyValue>) -> Traffic {
    let mut traffic = Traffic::default();
    for pair in pairs {
        traffic.pairs += 1;
        traffic.read += length(&pair.key) + length(&pair.value);
    }
    traffic
}

fn put_by(op: &Op) -> u64 {
    match op {
        Op::Put { key, value, .. } => length(key) + length(value),
        Op::Get { .. } | Op::Delete { .. } => 0,
    }
}

fn told(batch: &WatchBatch) -> Traffic {
    let mut traffic = Traffic { calls: 1, ..Traffic::default() };
    for event in &batch.events {
        traffic.pairs += 1;
        traffic.read += match event {
            WatchEvent::Put(pair) => length(&pair.key) + length(&pair.value),
            WatchEvent::Delete { key, .. } => length(key),
        };
    }
    traffic
}

fn length(bytes: impl AsRef<[u8]>) -> u64 {
    bytes.as_ref().len().try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Compare;
    use crate::memory::MemoryStore;

    #[tokio::test(start_paused = true)]
    async fn calls_pairs_and_bytes_are_counted_by_kind() {
        let meter = Meter::default();
        let store = Metered::new(MemoryStore::new(1), meter.clone());
        let all = KeyRange::prefix("");
        let mut watch = store.watch(std::slice::from_ref(&all), Revision::NEVER).await.unwrap();

        store.txn(Txn::default().then([Op::put("ab", "cde"), Op::put("f", "")])).await.unwrap();
        let refused = Txn::when([Compare::absent("ab")]).then([Op::put("ab", "wide")]);
        store.txn(refused.otherwise([Op::put("g", ""), Op::get(KeyRange::key("ab"))])).await.unwrap();
        store.txn(Txn::default().then([Op::get(all.clone())])).await.unwrap();
        store.page(&all, None, 1, None).await.unwrap();
        watch.next().await.unwrap();
        let lease = store.grant(Duration::from_secs(9)).await.unwrap();
        store.keep_alive(lease).await.unwrap();
        store.revoke(lease).await.unwrap();

        let row = |calls, pairs, read, put| Traffic { calls, pairs, read, put };
        let expected = [
            ("event", row(1, 2, 6, 0)),
            ("lease_grant", row(1, 0, 0, 0)),
            ("lease_keep_alive", row(1, 0, 0, 0)),
            ("lease_revoke", row(1, 0, 0, 0)),
            ("range", row(1, 1, 5, 0)),
            ("read", row(1, 3, 7, 0)),
            ("txn", row(2, 1, 5, 7)),
            ("watch", row(1, 0, 0, 0)),
        ];
        assert_eq!(meter.kinds(), BTreeMap::from(expected));
        assert_eq!(meter.requests(), row(8, 5, 17, 7));
        assert_eq!(meter.of(&["read", "range"]), row(2, 4, 12, 0));
    }
}
