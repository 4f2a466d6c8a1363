//! This node's own health record: put when it changes, and never by a late hand.

use std::sync::Arc;

use crb_decide::{BootId, NodeName, ScriptVerdict};
use crb_store::{Compare, KeyRange, Op, Revision, Store, StoreError, Txn, snapshot};
use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::record::{HealthRecord, encode};

/// How often a put that met a change of the record is tried again.
const MAX_TRIES: u32 = 4;

/// What a node says of its health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Whether it is healthy.
    pub healthy: bool,
    /// Where that was found.
    pub stage: String,
    /// Why; empty when all is well.
    pub reason: String,
}

impl Statement {
    /// What the health script's verdict says, found at `stage`.
    pub fn of_script(verdict: &ScriptVerdict, stage: &str) -> Self {
        let against = verdict.against();
        Self {
            healthy: against.is_none(),
            stage: stage.to_owned(),
            reason: against.map_or_else(String::new, |reason| reason.to_string()),
        }
    }

    /// Unhealthy, for `reason`, found at `stage`.
    pub fn unhealthy(stage: &str, reason: impl Into<String>) -> Self {
        Self { healthy: false, stage: stage.to_owned(), reason: reason.into() }
    }
}

/// What came of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Published {
    /// It is in the store now.
    Put,
    /// The record said so already.
    Unchanged,
    /// A claim of this node speaks for its health, so the statement was dropped.
    Held,
}

#[derive(Debug, Default)]
struct State {
    /// The record as it was last seen or put. `None`: it must be read first.
    known: Option<(Revision, Option<HealthRecord>)>,
    held: bool,
}

/// The one writer of this node's health record.
///
/// Every put compares the record's mod revision, so that a put that was delayed cannot undo what another
/// step wrote. While a claim is held ([`hold`](Self::hold)) only the steps of the claim write.
pub struct OwnHealth {
    store: Arc<dyn Store>,
    key: String,
    node: NodeName,
    boot_id: BootId,
    version: String,
    state: Mutex<State>,
}

impl OwnHealth {
    /// The writer of the record at `key`.
    pub fn new(store: Arc<dyn Store>, key: String, node: NodeName, boot_id: BootId, version: String) -> Self {
        Self { store, key, node, boot_id, version, state: Mutex::default() }
    }

    /// From now on only a claim's steps write the record.
    pub async fn hold(&self) {
        *self.state.lock().await = State { known: None, held: true };
    }

    /// The claim is gone: statements are published again.
    pub async fn resume(&self) {
        *self.state.lock().await = State::default();
    }

    /// Notes that the record was put or deleted at `revision`, and says whether another hand did so: then it has to
    /// be read before the next statement, which may be one that was published before.
    pub async fn changed_at(&self, revision: Revision) -> bool {
        let mut state = self.state.lock().await;
        state.known.take_if(|(known, _)| *known < revision).is_some()
    }

    /// Notes that the record was found as it was put at `revision`. If that is not what is known of it, it has to be
    /// read before the next statement.
    pub async fn stands_at(&self, revision: Revision) {
        self.state.lock().await.known.take_if(|(known, _)| *known != revision);
    }

    /// The record that says `statement`, put at `now`.
    pub fn record(&self, statement: &Statement, now: Timestamp) -> HealthRecord {
        HealthRecord {
            node: self.node.to_string(),
            healthy: statement.healthy,
            stage: statement.stage.clone(),
            reason: statement.reason.clone(),
            reported_at: now,
            boot_id: Some(self.boot_id.clone()),
            version: Some(self.version.clone()),
        }
    }

    /// The operation that puts `statement` as part of a larger transaction.
    pub fn put(&self, statement: &Statement, now: Timestamp) -> Op {
        Op::put(&self.key, encode(&self.record(statement, now)))
    }

    /// The key of the record.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Puts `statement` if the record does not say so already.
    pub async fn publish(&self, statement: &Statement, now: Timestamp) -> Result<Published, StoreError> {
        let mut state = self.state.lock().await;
        if state.held { Ok(Published::Held) } else { self.put_if_changed(&mut state, statement, now).await }
    }

    /// Puts `statement` although a claim is held, or was, if the record does not say so already.
    pub async fn insist(&self, statement: &Statement, now: Timestamp) -> Result<Published, StoreError> {
        self.put_if_changed(&mut *self.state.lock().await, statement, now).await
    }

    async fn put_if_changed(
        &self,
        state: &mut State,
        statement: &Statement,
        now: Timestamp,
    ) -> Result<Published, StoreError> {
        let record = self.record(statement, now);
        for _ in 0..MAX_TRIES {
            let (revision, published) = match state.known.take() {
                Some(known) => known,
                None => self.read().await?,
            };
            if published.as_ref().is_some_and(|old| old.says_the_same_as(&record)) {
                state.known = Some((revision, published));
                return Ok(Published::Unchanged);
            }
            let put = Txn::when([Compare::unchanged(&self.key, revision)])
                .then([Op::put(&self.key, encode(&record))]);
            let reply = self.store.txn(put).await?;
            if reply.succeeded {
                state.known = Some((reply.header.revision, Some(record)));
                return Ok(Published::Put);
            }
        }
        Err(StoreError::Refused("the node's health record keeps changing".to_owned()))
    }

    async fn read(&self) -> Result<(Revision, Option<HealthRecord>), StoreError> {
        let found = snapshot(&*self.store, &[KeyRange::key(&self.key)]).await?;
        Ok(found.ranges.iter().flatten().next().map_or((Revision::NEVER, None), |pair| {
            (pair.mod_revision, serde_json::from_slice(&pair.value).ok())
        }))
    }
}

#[cfg(test)]
mod tests {
    use crb_store::memory::MemoryStore;

    use super::*;

    const KEY: &str = "/cluster_health/me";

    fn writer(store: &MemoryStore) -> OwnHealth {
        let me = NodeName::try_new("me").unwrap();
        OwnHealth::new(Arc::new(store.clone()), KEY.into(), me, BootId("boot".into()), "1".into())
    }

    async fn healthy_in_store(store: &MemoryStore) -> Option<bool> {
        let found = snapshot(store, &[KeyRange::key(KEY)]).await.unwrap();
        let pair = found.ranges[0].first()?;
        Some(serde_json::from_slice::<HealthRecord>(&pair.value).unwrap().healthy)
    }

    fn well() -> Statement {
        Statement::of_script(&ScriptVerdict::Healthy, "heartbeat")
    }

    #[tokio::test(start_paused = true)]
    async fn puts_a_change_and_nothing_else() {
        let store = MemoryStore::new(1);
        let own = writer(&store);
        let now = Timestamp::UNIX_EPOCH;
        let sick = Statement::of_script(&ScriptVerdict::Failed { exit_code: 3 }, "pre-lock");
        assert_eq!(own.publish(&well(), now).await, Ok(Published::Put));
        assert_eq!(own.publish(&well(), now).await, Ok(Published::Unchanged));
        assert_eq!(own.publish(&sick, now).await, Ok(Published::Put));
        assert_eq!(healthy_in_store(&store).await, Some(false));
        assert_eq!(writer(&store).publish(&sick, now).await, Ok(Published::Unchanged));
    }

    #[tokio::test(start_paused = true)]
    async fn puts_again_what_another_hand_changed() {
        let store = MemoryStore::new(1);
        let own = writer(&store);
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(own.publish(&well(), now).await, Ok(Published::Put));
        store.txn(Txn::default().then([Op::put(KEY, "not a record")])).await.unwrap();
        let sick = Statement::unhealthy("heartbeat", "disk full");
        assert_eq!(own.publish(&sick, now).await, Ok(Published::Put));
        assert_eq!(healthy_in_store(&store).await, Some(false));
    }

    #[tokio::test(start_paused = true)]
    async fn puts_the_same_again_once_told_that_another_hand_was_there() {
        let store = MemoryStore::new(1);
        let own = writer(&store);
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(own.publish(&well(), now).await, Ok(Published::Put));
        let own_put = store.history().last().unwrap().revision;
        assert!(!own.changed_at(own_put).await);
        let other = store.txn(Txn::default().then([Op::put(KEY, "unwell")])).await.unwrap().header.revision;
        assert_eq!(own.publish(&well(), now).await, Ok(Published::Unchanged), "it does not know yet");
        assert!(own.changed_at(other).await);
        assert_eq!(own.publish(&well(), now).await, Ok(Published::Put));
    }

    #[tokio::test(start_paused = true)]
    async fn puts_the_same_again_where_the_store_has_gone_back_to_something_else() {
        let store = MemoryStore::new(1);
        let own = writer(&store);
        let now = Timestamp::UNIX_EPOCH;
        let sick = Statement::unhealthy("heartbeat", "disk full");
        assert_eq!(own.publish(&sick, now).await, Ok(Published::Put));
        let (backup, stood) = (store.backup(), store.history().last().unwrap().revision);
        assert_eq!(own.publish(&well(), now).await, Ok(Published::Put));
        store.restore(&backup, 1);
        own.stands_at(stood).await;
        assert_eq!(own.publish(&well(), now).await, Ok(Published::Put));
        assert_eq!(healthy_in_store(&store).await, Some(true));
    }

    #[tokio::test(start_paused = true)]
    async fn drops_statements_while_a_claim_speaks() {
        let store = MemoryStore::new(1);
        let own = writer(&store);
        own.hold().await;
        assert_eq!(own.publish(&well(), Timestamp::UNIX_EPOCH).await, Ok(Published::Held));
        assert_eq!(healthy_in_store(&store).await, None);
        own.resume().await;
        assert_eq!(own.publish(&well(), Timestamp::UNIX_EPOCH).await, Ok(Published::Put));
    }
}
