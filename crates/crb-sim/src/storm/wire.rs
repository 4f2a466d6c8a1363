//! What goes between a daemon and the store, told to the oracle at both ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use crb_lock::Keys;
use crb_store::memory::MemoryStore;
use crb_store::{KeyRange, LeaseId, Page, Revision, Store, StoreError, Txn, TxnReply, Watch};
use fastrand::Rng;
use tokio::time::{Instant, sleep};

use super::fault::{Count, Fault};
use super::oracle::{Oracle, Sender};
use super::step::{Map, Step};
use crate::machine::Machine;

/// The end of the line at the store: says who sends what is applied just now.
pub(crate) struct FarEnd {
    pub(crate) store: MemoryStore,
    pub(crate) oracle: Arc<Oracle>,
    pub(crate) sender: Sender,
}

impl FarEnd {
    async fn send<T>(&self, call: impl Future<Output = T> + Send) -> T {
        // A call of the store in memory ends where it begins, so nobody else sends meanwhile.
        self.oracle.sends_now(self.sender);
        let answer = call.await;
        self.oracle.sends_now(Sender::Nobody);
        answer
    }
}

#[async_trait]
impl Store for FarEnd {
    async fn txn(&self, txn: Txn) -> Result<TxnReply, StoreError> {
        self.send(self.store.txn(txn)).await
    }

    async fn page(
        &self,
        range: &KeyRange,
        after: Option<&str>,
        limit: usize,
        at: Option<Revision>,
    ) -> Result<Page, StoreError> {
        self.send(self.store.page(range, after, limit, at)).await
    }

    async fn grant(&self, ttl: Duration) -> Result<LeaseId, StoreError> {
        self.send(self.store.grant(ttl)).await
    }

    async fn keep_alive(&self, lease: LeaseId) -> Result<Duration, StoreError> {
        self.send(self.store.keep_alive(lease)).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        self.send(self.store.revoke(lease)).await
    }

    async fn watch(&self, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError> {
        self.store.watch(ranges, from).await
    }
}

/// The end of the line at the daemon. Nothing is sent while its process is stopped; and some of the steps that
/// matter are where the process is stopped, or ends.
pub(crate) struct NearEnd {
    pub(crate) line: Arc<dyn Store>,
    pub(crate) oracle: Arc<Oracle>,
    pub(crate) machine: Arc<Machine>,
    pub(crate) index: usize,
    pub(crate) keys: Keys,
    pub(crate) map: Map,
    pub(crate) ambush: Ambush,
}

/// Who lies in wait for a daemon's steps.
pub(crate) struct Ambush {
    pub(crate) is_over: Arc<AtomicBool>,
    pub(crate) count: Arc<Count>,
    pub(crate) chance: Mutex<Rng>,
    /// Of a thousand steps, so many end the process soon after.
    pub(crate) crash: u32,
    /// Of a thousand steps, so many stop the process for a while.
    pub(crate) pause: u32,
    /// How long at most, in seconds.
    pub(crate) longest: u64,
    /// Of a thousand steps, so many are where the daemon gets a signal to end.
    pub(crate) shutdown: u32,
}

impl Ambush {
    /// Strikes at `step`, or does not.
    fn strike(&self, machine: &Arc<Machine>, step: &Step) {
        let of_a_thousand = self.crash + self.pause + self.shutdown;
        if !matters(step) || of_a_thousand == 0 || self.is_over.load(Ordering::Relaxed) {
            return;
        }
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        let drawn = chance.u32(0..1000);
        if drawn < self.crash {
            self.count.one(Fault::CrashMidStep);
            machine.process().end_after(chance.u32(0..8));
        } else if drawn < self.crash + self.pause {
            self.count.one(Fault::PauseMidStep);
            stop_for(machine, Duration::from_millis(chance.u64(1..self.longest * 1_000)));
        } else if drawn < of_a_thousand {
            self.count.one(Fault::ShutdownMidStep);
            let (soon, long) = (chance.u64(0..3_000), chance.u64(0..60_000));
            end_and_start(machine, Duration::from_millis(soon), Duration::from_millis(long));
        }
    }
}

/// Ends the machine's daemon in an orderly way so soon, and starts it again after so long.
fn end_and_start(machine: &Arc<Machine>, soon: Duration, long: Duration) {
    let machine = Arc::clone(machine);
    tokio::spawn(async move {
        sleep(soon).await;
        machine.stop_daemon();
        sleep(long).await;
        machine.start_daemon();
    });
}

/// Stops the machine's process for so long.
pub(crate) fn stop_for(machine: &Arc<Machine>, time: Duration) {
    machine.process().stop();
    let machine = Arc::clone(machine);
    tokio::spawn(async move {
        sleep(time).await;
        machine.process().resume();
    });
}

const fn matters(step: &Step) -> bool {
    !matches!(step, Step::Queue | Step::Read | Step::Publish | Step::Other)
}

#[async_trait]
impl Store for NearEnd {
    async fn txn(&self, txn: Txn) -> Result<TxnReply, StoreError> {
        self.machine.process().running().await;
        let step = self.map.step(&txn);
        let (process, sent) = (self.oracle.sends(self.index, &step), Instant::now());
        self.ambush.strike(&self.machine, &step);
        let answer = self.line.txn(txn).await;
        if let Ok(reply) = &answer {
            self.oracle.answered(self.index, process, &step, reply, sent);
        }
        answer
    }

    async fn page(
        &self,
        range: &KeyRange,
        after: Option<&str>,
        limit: usize,
        at: Option<Revision>,
    ) -> Result<Page, StoreError> {
        self.machine.process().running().await;
        self.line.page(range, after, limit, at).await
    }

    async fn grant(&self, ttl: Duration) -> Result<LeaseId, StoreError> {
        self.machine.process().running().await;
        self.line.grant(ttl).await
    }

    async fn keep_alive(&self, lease: LeaseId) -> Result<Duration, StoreError> {
        self.machine.process().running().await;
        self.line.keep_alive(lease).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        self.machine.process().running().await;
        let answer = self.line.revoke(lease).await;
        if answer.is_ok() {
            self.oracle.left(&self.keys.place(lease));
        }
        answer
    }

    async fn watch(&self, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError> {
        self.machine.process().running().await;
        self.line.watch(ranges, from).await
    }
}
