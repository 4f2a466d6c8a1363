//! What is left out between a daemon and its line.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use crb_store::{
    Compare, KeyRange, LeaseId, Op, OpReply, Revision, Store, StoreError, Target, Txn, TxnReply,
};
use tokio::time::sleep;

use super::super::mix::Mix;
use super::super::step::{Map, Step};
use super::between::Rewrite;
use super::{Mutant, forge};
use crate::machine::Machine;

/// A daemon's way to the store, with something left out.
pub(super) struct Mutated {
    mutant: Mutant,
    map: Map,
    machine: Arc<Machine>,
    expires: Duration,
    memory: Mutex<Memory>,
}

/// What a mutant remembers.
#[derive(Default)]
struct Memory {
    leases: BTreeMap<String, LeaseId>,
    looked: Option<TxnReply>,
    newest: Revision,
}

impl Mutated {
    /// The mutant on the way of `machine`.
    pub(super) fn new(mutant: Mutant, machine: &Arc<Machine>, mix: &Mix) -> Self {
        let map = Map::of(&mix.spec.keys());
        let expires = mix.spec.terms.lock_ttl * 2;
        Self { mutant, map, machine: Arc::clone(machine), expires, memory: Mutex::default() }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn own_alive(&self) -> String {
        self.map.alive_of(self.machine.name())
    }

    /// What is left out of a commit of `key`.
    async fn commit(&self, inner: &Arc<dyn Store>, key: &str, mut txn: Txn) -> Result<TxnReply, StoreError> {
        let (alive, guard, health) = (self.own_alive(), self.map.guard.clone(), self.map.health.clone());
        let of = |compare: &Compare, key: &str| compare.range == KeyRange::key(key);
        let ranges = |compare: &Compare, prefix: &str| compare.range == KeyRange::prefix(prefix);
        match self.mutant {
            Mutant::NoOwnFence => txn.compares.retain(|compare| !of(compare, key)),
            Mutant::NoPresenceCompare => txn.compares.retain(|compare| !of(compare, &alive)),
            Mutant::NoHealthFence => txn.compares.retain(|compare| !ranges(compare, &health)),
            Mutant::NeitherGuardNorHealth => {
                txn.compares.retain(|compare| !ranges(compare, &health) && !of(compare, &guard));
            }
            Mutant::NoSlotsFence => txn.compares.retain(|compare| !ranges(compare, &self.map.alive)),
            Mutant::LeasedClaim => self.keep_lease(key, &mut txn),
            Mutant::StaleView => self.look_anew(inner, &mut txn).await?,
            Mutant::NoSettling => return self.commit_without_settling(inner, key, txn).await,
            Mutant::ClaimsExpire => {
                let reply = inner.txn(txn).await?;
                if reply.succeeded {
                    self.let_expire(inner, key);
                }
                return Ok(reply);
            }
            _ => {}
        }
        inner.txn(txn).await
    }

    /// Puts a claim with the lease that its place had.
    fn keep_lease(&self, key: &str, txn: &mut Txn) {
        let mut memory = self.memory();
        for compare in &txn.compares {
            if let (KeyRange::Key(compared), Target::Lease(Some(lease))) = (&compare.range, compare.target)
                && compared == key
            {
                memory.leases.insert(key.to_owned(), lease);
            }
        }
        let kept = memory.leases.get(key).copied();
        for op in &mut txn.success {
            if let Op::Put { key: put, lease, .. } = op
                && put == key
            {
                *lease = kept;
            }
        }
    }

    /// Compares what is there just now.
    async fn look_anew(&self, inner: &Arc<dyn Store>, txn: &mut Txn) -> Result<(), StoreError> {
        let read = Txn::default().then([Op::get(KeyRange::key(&self.map.guard))]);
        let now = inner.txn(read).await?;
        let guard = match now.replies.first() {
            Some(OpReply::Get { items, .. }) => {
                items.first().map_or(Revision::NEVER, |pair| pair.mod_revision)
            }
            _ => Revision::NEVER,
        };
        for compare in &mut txn.compares {
            if compare.range == KeyRange::key(&self.map.guard) {
                *compare = Compare::unchanged(&self.map.guard, guard);
            } else if let KeyRange::Prefix(_) = compare.range {
                *compare = Compare::none_put_after(compare.range.clone(), now.header.revision);
            }
        }
        Ok(())
    }

    /// Says that a commit was refused, if it is not answered.
    async fn commit_without_settling(
        &self,
        inner: &Arc<dyn Store>,
        key: &str,
        txn: Txn,
    ) -> Result<TxnReply, StoreError> {
        let before = txn.failure.clone();
        let before = inner.txn(Txn::default().then(before)).await?;
        match inner.txn(txn).await {
            Err(error) if error.is_unanswered() && !key.is_empty() => {
                Ok(TxnReply { succeeded: false, ..before })
            }
            answer => answer,
        }
    }

    fn let_expire(&self, inner: &Arc<dyn Store>, key: &str) {
        let (inner, after) = (Arc::clone(inner), self.expires);
        let expire = Txn::default().then([Op::delete(key), Op::put(&self.map.guard, "expired")]);
        tokio::spawn(async move {
            sleep(after).await;
            drop(inner.txn(expire).await);
        });
    }

    /// Makes an answer as new as the newest that there was.
    fn believe(&self, reply: &mut TxnReply) {
        let mut memory = self.memory();
        memory.newest = memory.newest.max(reply.header.revision);
        reply.header.revision = memory.newest;
    }

    async fn end(&self, inner: &Arc<dyn Store>, txn: Txn) -> Result<TxnReply, StoreError> {
        let txn =
            if self.mutant == Mutant::EndWithoutCompare { Txn { compares: vec![], ..txn } } else { txn };
        inner.txn(txn).await
    }

    async fn look(&self, inner: &Arc<dyn Store>, txn: Txn) -> Result<TxnReply, StoreError> {
        let looked = self.memory().looked.take();
        let mut reply = inner.txn(txn).await?;
        if let Some(looked) = looked {
            // An answer that is older than the join would be seen to be so by its header.
            reply.replies = looked.replies;
        }
        if self.mutant == Mutant::ReleaseInSameBoot {
            forge::boots(&mut reply, &self.machine);
        }
        Ok(reply)
    }

    async fn join(&self, inner: &Arc<dyn Store>, txn: Txn) -> Result<TxnReply, StoreError> {
        if self.mutant == Mutant::LookBeforeJoin {
            let look = Txn::default().then([Op::get(KeyRange::prefix(&self.map.queue))]);
            let looked = inner.txn(look).await.ok();
            self.memory().looked = looked;
        }
        inner.txn(txn).await
    }
}

#[async_trait]
impl Rewrite for Mutated {
    async fn txn(&self, inner: &Arc<dyn Store>, mut txn: Txn) -> Result<TxnReply, StoreError> {
        match self.mutant {
            Mutant::ReleaseInSameBoot => forge::true_boots(&mut txn, &self.map),
            Mutant::ClaimOfAnyMachine => forge::no_machine(&mut txn, &self.map),
            _ => {}
        }
        match self.map.step(&txn) {
            Step::Commit(key) => self.commit(inner, &key, txn).await,
            Step::Arm(_) if self.mutant == Mutant::NoArm => {
                forge::no_arm(&mut txn, &self.map);
                inner.txn(txn).await
            }
            Step::Arm(key) | Step::Mark(key) if self.mutant == Mutant::LeasedClaim => {
                self.keep_lease(&key, &mut txn);
                inner.txn(txn).await
            }
            Step::Queue | Step::Read if self.mutant == Mutant::LagBelieved => {
                let mut reply = inner.txn(txn).await?;
                self.believe(&mut reply);
                Ok(reply)
            }
            Step::End(_) => self.end(inner, txn).await,
            Step::Queue => self.look(inner, txn).await,
            Step::Join => self.join(inner, txn).await,
            _ => {
                let reply = inner.txn(txn).await?;
                let mut memory = self.memory();
                memory.newest = memory.newest.max(reply.header.revision);
                Ok(reply)
            }
        }
    }
}
