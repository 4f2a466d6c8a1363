//! Operators, who know what nodes do not: whether a machine is down.

use std::sync::Arc;
use std::time::Duration;

use crb_decide::NodeName;
use crb_lock::{Operator, PlaceRecord, ShownClaim};
use crb_store::{KeyValue, Revision, snapshot};
use fastrand::Rng;
use jiff::SignedDuration;
use tokio::time::sleep;

use super::fault::Fault;
use super::fleet::Fleet;

/// How often the operator looks whether all who were out are back.
const GLANCE: Duration = Duration::from_secs(60);

impl Fleet {
    /// The operator, whose own line to the store is a good one.
    pub(crate) fn operator(&self) -> Operator {
        Operator::new(
            Arc::clone(&self.operators_line),
            self.mix.spec.keys(),
            "operator",
            self.mix.spec.terms.history_keep,
        )
    }

    pub(crate) async fn pause_and_resume(&self, chance: &mut Rng) {
        self.count.one(Fault::FleetPaused);
        let (now, time) = ((self.clock)(), chance.i64(10..3_600));
        let until = chance.bool().then(|| now + SignedDuration::from_secs(time));
        // Nothing goes wrong on the operator's own line.
        self.operator().pause("a storm", until, now).await.ok();
        if until.is_none() {
            sleep(Duration::from_secs(time.unsigned_abs())).await;
            self.operator().resume().await.ok();
        }
    }

    /// Looks at the claims that there are, and takes some time later one away, if that may be done.
    pub(crate) async fn unlock(&self, chance: &mut Rng) {
        self.something_happens(chance).await;
        let Some(node) = self.a_node_that_is_out(chance).await else { return };
        let Ok(Some(claim)) = self.operator().claim_of(&node).await else { return };
        if !self.is_harmless(&claim) {
            return;
        }
        let longest = [5, 120][chance.usize(0..2)];
        sleep(Duration::from_secs(chance.u64(0..longest))).await;
        if self.operator().unlock(&claim, "a storm", true, (self.clock)()).await.is_ok() {
            self.count.one(Fault::Unlock);
        }
    }

    async fn a_node_that_is_out(&self, chance: &mut Rng) -> Option<NodeName> {
        let found = snapshot(&*self.operators_line, &[self.mix.spec.keys().queue()]).await.ok()?;
        let claims = found.ranges.iter().flatten().filter(|pair| pair.lease.is_none());
        let owner = |pair: &KeyValue| {
            let record = serde_json::from_slice::<PlaceRecord>(&pair.value).ok()?;
            NodeName::try_new(&record.node).ok()
        };
        let nodes: Vec<NodeName> = claims.filter_map(owner).collect();
        (!nodes.is_empty()).then(|| nodes[chance.usize(0..nodes.len())].clone())
    }

    /// Returns at once, or when the queue changes for the next time: an operator may be there just then, too.
    async fn something_happens(&self, chance: &mut Rng) {
        if chance.bool() {
            return;
        }
        let queue = [self.mix.spec.keys().queue()];
        if let Ok(mut watch) = self.operators_line.watch(&queue, Revision::NEVER).await {
            watch.next().await.ok();
            sleep(Duration::from_millis(chance.u64(0..2_000))).await;
        }
    }

    /// Whether the machine of a claim cannot go down any more by what ran under it, as the operator knows for
    /// she stands before it: it is down, or has booted since.
    pub(crate) fn is_harmless(&self, claim: &ShownClaim) -> bool {
        let Some(record) = &claim.record else { return false };
        let holder = self.all_machines().find(|machine| Some(machine.id()) == record.machine_id.as_ref());
        self.mix.careless
            || claim.may_go_down().is_none()
            || holder.is_some_and(|machine| {
                !machine.is_up() || record.boot_id.as_ref().is_some_and(|boot| *boot != machine.boot_id())
            })
    }

    /// Puts the store back to what it was some time ago, and confirms that it was meant, some time later: once
    /// every machine that was out is back, or has its claim again.
    pub(crate) async fn restore(&self, chance: &mut Rng) {
        let backup = self.store.backup();
        sleep(Duration::from_secs(chance.u64(60..3_600))).await;
        self.count.one(Fault::StoreRestored);
        let cluster = if chance.bool() { self.mix.spec.seed } else { chance.u64(..) };
        self.store.restore(&backup, cluster);
        self.oracle.restored(&self.store.pairs());
        self.tape.note(|| format!("the store is restored to its revision {}", backup.revision()));
        sleep(Duration::from_secs(chance.u64(60..3_600))).await;
        while self.oracle.is_anybody_forgotten() {
            sleep(GLANCE).await;
        }
        self.accept_store().await;
    }

    /// Confirms that the store was meant to go backwards, if anybody holds for that, and nobody is forgotten.
    pub(crate) async fn accept_store(&self) {
        if self.oracle.is_anybody_forgotten() {
            return;
        }
        let Some(machine) = self.machines.first() else { return };
        let operator = self.operator();
        if let Ok(holds) = operator.holds().await {
            operator.accept_store(&holds, "a storm", machine.name(), (self.clock)()).await.ok();
        }
    }

    /// Strikes whoever is not present off the roster.
    pub(crate) async fn forget(&self, chance: &mut Rng) {
        self.something_happens(chance).await;
        let machine = &self.machines[chance.usize(0..self.machines.len())];
        let first = self.machines.iter().find(|machine| !machine.is_up()).unwrap_or(machine);
        if self.operator().forget(first.name(), "a storm", (self.clock)()).await.is_ok() {
            self.count.one(Fault::Forget);
        }
    }
}
