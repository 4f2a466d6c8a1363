//! The store as the coordinator uses it: every answer is looked at for whether the store has gone backwards.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use crb_store::{
    Compare, Header, KeyRange, LeaseId, Op, OpReply, Page, Relation, Revision, Store, StoreError, Target,
    Txn, TxnReply, Watch,
};

use crate::lineage::{Lineage, Mark, Sight};

/// A store around another, which tells the lineage of every answer.
pub(crate) struct Witness {
    store: Arc<dyn Store>,
    lineage: Arc<Lineage>,
    /// A key of this node's own, for a question that the store has to agree upon.
    key: String,
}

impl Witness {
    pub(crate) const fn new(store: Arc<dyn Store>, lineage: Arc<Lineage>, key: String) -> Self {
        Self { store, lineage, key }
    }

    /// Takes the header of an answer, and where the store stood before it; `agreed`: to a transaction that the
    /// store agreed upon as upon a write.
    ///
    /// # Errors
    /// The answer is older than what was seen before, and is not that of the store: some releases of etcd have
    /// served stale reads. Or whether it is could not be found out.
    async fn check(
        &self,
        mark: Mark,
        found: Header,
        before: Revision,
        agreed: bool,
    ) -> Result<(), StoreError> {
        if self.lineage.saw(mark, found, before) == Sight::GoesOn {
            return Ok(());
        }
        if agreed {
            self.lineage.regress(mark, found, None);
            return Ok(());
        }
        let mark = self.lineage.mark();
        let agreed = self.store.txn(self.question()).await?.header;
        if self.lineage.saw(mark, agreed, agreed.revision) == Sight::GoesOn {
            return Err(StoreError::Refused(format!(
                "a member of it answered for revision {}, which is past",
                found.revision
            )));
        }
        self.lineage.regress(mark, agreed, None);
        Ok(())
    }

    /// A transaction that the store agrees upon as upon a write, and that writes nothing: no key was put less
    /// than never.
    fn question(&self) -> Txn {
        let key = KeyRange::key(&self.key);
        Txn::when([Compare { range: key, target: Target::Version(0), relation: Relation::Less }])
            .then([Op::put(&self.key, "")])
    }
}

/// Where the store stood right before a transaction: what it wrote made the revision of the answer.
fn before(reply: &TxnReply) -> Revision {
    let wrote = reply.replies.iter().any(|reply| match reply {
        OpReply::Put => true,
        OpReply::Delete(count) => *count > 0,
        OpReply::Get { .. } => false,
    });
    Revision(reply.header.revision.0 - i64::from(wrote))
}

#[async_trait]
impl Store for Witness {
    async fn txn(&self, txn: Txn) -> Result<TxnReply, StoreError> {
        let (mark, agreed) = (self.lineage.mark(), txn.writes());
        let reply = self.store.txn(txn).await?;
        self.check(mark, reply.header, before(&reply), agreed).await?;
        Ok(reply)
    }

    async fn page(
        &self,
        range: &KeyRange,
        after: Option<&str>,
        limit: usize,
        at: Option<Revision>,
    ) -> Result<Page, StoreError> {
        let mark = self.lineage.mark();
        let page = self.store.page(range, after, limit, at).await?;
        self.check(mark, page.header, page.header.revision, false).await?;
        Ok(page)
    }

    async fn grant(&self, ttl: Duration) -> Result<LeaseId, StoreError> {
        self.store.grant(ttl).await
    }

    async fn keep_alive(&self, lease: LeaseId) -> Result<Duration, StoreError> {
        self.store.keep_alive(lease).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        self.store.revoke(lease).await
    }

    async fn watch(&self, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError> {
        self.store.watch(ranges, from).await
    }
}

#[cfg(test)]
mod tests;
