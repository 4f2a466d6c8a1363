//! What is left out between an operator and her line.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use crb_store::{KeyRange, Op, Store, StoreError, Txn, TxnReply};
use tokio::time::sleep;

use super::super::mix::Mix;
use super::super::step::{Map, Step};
use super::Mutant;
use super::between::Rewrite;

/// How much later than she looked an operator acts who compares nothing.
const LATER: Duration = Duration::from_secs(30);

/// An operator's way to the store, with something left out.
pub(super) struct Careless {
    mutant: Mutant,
    map: Map,
}

impl Careless {
    pub(super) fn new(mutant: Mutant, mix: &Mix) -> Self {
        Self { mutant, map: Map::of(&mix.spec.keys()) }
    }
}

#[async_trait]
impl Rewrite for Careless {
    async fn txn(&self, inner: &Arc<dyn Store>, mut txn: Txn) -> Result<TxnReply, StoreError> {
        let forgets = |op: &Op| matches!(op, Op::Delete { range: KeyRange::Key(key) } if key.starts_with(&self.map.health));
        if self.mutant == Mutant::UnlockWithoutCompare && matches!(self.map.step(&txn), Step::End(_)) {
            txn.compares.clear();
            sleep(LATER).await;
        } else if self.mutant == Mutant::ForgetWithoutGuard && txn.success.iter().any(forgets) {
            txn.success.retain(forgets);
        }
        inner.txn(txn).await
    }
}
