//! A peer that knows nothing but the classic lock recipe: the earlier Go daemon.
//!
//! It takes a leased key in the queue and goes down when nobody stands ahead; its key ends with its lease while
//! it is down. It puts a report of its health at intervals.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use crb_decide::NodeName;
use crb_health::{HealthRecord, encode};
use crb_lock::{Keys, Lease};
use crb_observe::Clock;
use crb_store::{Op, Store, Txn, snapshot};
use fastrand::Rng;
use serde_json::json;
use tokio::time::{sleep, timeout};

use super::fault::{Count, Fault};
use super::oracle::Oracle;

/// How often it reports.
const INTERVAL: Duration = Duration::from_secs(15);

/// How long its lease lives without renewal.
const TTL: Duration = Duration::from_secs(90);

/// Such a peer, with a good line to the store.
pub(crate) struct Classic {
    pub(crate) name: NodeName,
    pub(crate) keys: Keys,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) oracle: Arc<Oracle>,
    pub(crate) clock: Clock,
    pub(crate) count: Arc<Count>,
    pub(crate) chance: Rng,
}

impl Classic {
    /// Lives: up for some hours, then in the queue, then down for some minutes.
    pub(crate) async fn live(mut self) -> Infallible {
        loop {
            let rest = Duration::from_secs(self.chance.u64(60..6 * 3_600));
            timeout(rest, self.report()).await.ok();
            tokio::select! {
                biased;
                () = self.reach_the_head() => {}
                never = self.report() => match never {},
            }
            self.oracle.classic_goes_down(self.name.as_str());
            self.count.one(Fault::ClassicPeer);
            // Down. Its lease ends meanwhile, or soon after it is back.
            sleep(Duration::from_secs(self.chance.u64(60..600))).await;
        }
    }

    /// Stays up, and in no queue.
    async fn report(&self) -> Infallible {
        loop {
            let record = HealthRecord {
                node: self.name.to_string(),
                healthy: true,
                stage: "heartbeat".to_owned(),
                reason: String::new(),
                reported_at: (self.clock)(),
                boot_id: None,
                version: None,
            };
            self.put(Op::put(self.keys.health(&self.name), encode(&record))).await;
            sleep(INTERVAL).await;
        }
    }

    /// Queues until nobody stands ahead; at the end again, should its lease be lost.
    async fn reach_the_head(&self) {
        while !self.queues_to_the_head().await {}
    }

    async fn queues_to_the_head(&self) -> bool {
        let Ok(lease) = Lease::grant(&*self.store, TTL).await else { return false };
        let key = self.keys.place(lease.id());
        let value = json!({ "node": self.name, "pid": 1, "acquired_at": (self.clock)() });
        self.put(Op::put_leased(&key, value.to_string(), lease.id())).await;
        let wait = async {
            loop {
                if self.is_first(&key).await {
                    return;
                }
                sleep(Duration::from_secs(5)).await;
            }
        };
        tokio::select! {
            biased;
            () = wait => true,
            _ = lease.keep(&*self.store) => false,
        }
    }

    async fn is_first(&self, key: &str) -> bool {
        let Ok(found) = snapshot(&*self.store, &[self.keys.queue()]).await else { return false };
        let first = found.ranges.iter().flatten().min_by_key(|pair| pair.create_revision);
        first.is_some_and(|pair| pair.key == key)
    }

    async fn put(&self, op: Op) {
        // Nothing goes wrong on its line.
        self.store.txn(Txn::default().then([op])).await.ok();
    }
}
