//! A store at the end of a bad line, for tests and simulations.
//!
//! [`Faulty`] asks a [`Decider`] of every call what becomes of it: it is answered, late or not at all, or
//! applied long after its sender has given up. A request that is on its way goes on whatever becomes of its
//! sender, as on a network.

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{sleep, timeout};

use crate::{
    KeyRange, LeaseId, Op, OpReply, Page, Revision, Store, StoreError, Txn, TxnReply, Watch, operation,
    watch_channel,
};

/// A call that is about to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call<'a> {
    /// [`Store::txn`].
    Txn(&'a Txn),
    /// [`Store::page`].
    Page,
    /// [`Store::grant`].
    Grant,
    /// [`Store::keep_alive`].
    KeepAlive(LeaseId),
    /// [`Store::revoke`].
    Revoke(LeaseId),
    /// [`Store::watch`].
    Watch,
}

impl Call<'_> {
    /// Its name, in errors and in metrics.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Txn(_) => operation::TXN,
            Self::Page => operation::RANGE,
            Self::Grant => operation::LEASE_GRANT,
            Self::KeepAlive(_) => operation::LEASE_KEEP_ALIVE,
            Self::Revoke(_) => operation::LEASE_REVOKE,
            Self::Watch => operation::WATCH,
        }
    }

    /// Whether it is a transaction that may write.
    pub fn is_writing_txn(&self) -> bool {
        matches!(self, Self::Txn(txn) if txn.writes())
    }
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is answered at once.
    Answered,
    /// It takes `there` to arrive and its answer takes `back`. A sender whose patience ends before that
    /// learns nothing, and the call is applied all the same.
    Travels {
        /// From the sender to the store.
        there: Duration,
        /// From the store to the sender.
        back: Duration,
    },
    /// It arrives after that time, and its answer never does.
    Unheard(Duration),
    /// It never arrives, and the sender cannot know.
    Lost,
    /// It is not sent at all: nothing could be reached.
    Unreachable,
    /// The store refuses it.
    Refused,
    /// If it only reads, it is answered as it would have been so many revisions ago; else as ever.
    Stale(i64),
}

/// Whether a watch passes on what it is about to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passing {
    /// It does.
    Tells,
    /// It breaks instead.
    Breaks,
    /// It keeps it to itself, as a stream that hangs does.
    Keeps,
}

/// Says what becomes of calls.
pub trait Decider: Send + Sync {
    /// What becomes of this one.
    fn fate(&self, call: Call<'_>) -> Fate;

    /// Whether a watch tells the next thing that it has to tell.
    fn passing(&self) -> Passing {
        Passing::Tells
    }
}

/// A store behind a line that is not to be relied upon. Calls must be made inside a tokio runtime.
#[derive(Clone)]
pub struct Faulty<D> {
    store: Arc<dyn Store>,
    decider: Arc<D>,
    patience: Option<Duration>,
}

impl<D: Decider + 'static> Faulty<D> {
    /// Puts a line before `store` on which `decider` rules. A sender waits for an answer for `patience`.
    pub fn new(store: Arc<dyn Store>, decider: Arc<D>, patience: Duration) -> Self {
        Self { store, decider, patience: Some(patience) }
    }

    /// The same with senders who know at once that no answer will come, and wait for a slow one to its end.
    pub fn foresighted(store: Arc<dyn Store>, decider: Arc<D>) -> Self {
        Self { store, decider, patience: None }
    }

    /// Makes a call, or loses it somewhere.
    async fn call<T, F>(&self, operation: &'static str, fate: Fate, call: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
    {
        match fate {
            Fate::Answered | Fate::Stale(_) => return call.await,
            Fate::Unreachable => return Err(StoreError::Unreachable { detail: BAD_LINE.to_owned() }),
            Fate::Refused => return Err(StoreError::Refused(BAD_LINE.to_owned())),
            Fate::Lost => self.lose_patience().await,
            Fate::Unheard(there) if there.is_zero() => {
                drop(call.await);
                self.lose_patience().await;
            }
            Fate::Unheard(there) => {
                tokio::spawn(async move {
                    sleep(there).await;
                    drop(call.await);
                });
                self.lose_patience().await;
            }
            Fate::Travels { there, back } => {
                let journey = async move {
                    sleep(there).await;
                    let answer = call.await;
                    sleep(back).await;
                    answer
                };
                // What has not left its sender's hands yet would be lost with it.
                let journey = tokio::spawn(journey);
                let arrived = match self.patience {
                    Some(patience) => timeout(patience, journey).await.ok(),
                    None => Some(journey.await),
                };
                if let Some(Ok(answer)) = arrived {
                    return answer;
                }
            }
        }
        Err(StoreError::Unanswered { operation, endpoint: "memory".to_owned(), detail: BAD_LINE.to_owned() })
    }

    async fn lose_patience(&self) {
        if let Some(patience) = self.patience {
            sleep(patience).await;
        }
    }
}

/// The detail of every error that is the line's.
const BAD_LINE: &str = "the line is bad";

#[async_trait]
impl<D: Decider + 'static> Store for Faulty<D> {
    async fn txn(&self, txn: Txn) -> Result<TxnReply, StoreError> {
        let fate = self.decider.fate(Call::Txn(&txn));
        let store = Arc::clone(&self.store);
        match fate {
            Fate::Answered => store.txn(txn).await,
            Fate::Stale(age) if txn.compares.is_empty() && !txn.writes() => {
                read_of_the_past(&*store, txn, age).await
            }
            fate => self.call(operation::TXN, fate, async move { store.txn(txn).await }).await,
        }
    }

    async fn page(
        &self,
        range: &KeyRange,
        after: Option<&str>,
        limit: usize,
        at: Option<Revision>,
    ) -> Result<Page, StoreError> {
        let fate = self.decider.fate(Call::Page);
        let (store, range, after) = (Arc::clone(&self.store), range.clone(), after.map(str::to_owned));
        let page = async move { store.page(&range, after.as_deref(), limit, at).await };
        self.call(operation::RANGE, fate, page).await
    }

    async fn grant(&self, ttl: Duration) -> Result<LeaseId, StoreError> {
        let fate = self.decider.fate(Call::Grant);
        let store = Arc::clone(&self.store);
        self.call(operation::LEASE_GRANT, fate, async move { store.grant(ttl).await }).await
    }

    async fn keep_alive(&self, lease: LeaseId) -> Result<Duration, StoreError> {
        let fate = self.decider.fate(Call::KeepAlive(lease));
        let store = Arc::clone(&self.store);
        self.call(operation::LEASE_KEEP_ALIVE, fate, async move { store.keep_alive(lease).await }).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        let fate = self.decider.fate(Call::Revoke(lease));
        let store = Arc::clone(&self.store);
        self.call(operation::LEASE_REVOKE, fate, async move { store.revoke(lease).await }).await
    }

    async fn watch(&self, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError> {
        let fate = self.decider.fate(Call::Watch);
        let (store, ranges) = (Arc::clone(&self.store), ranges.to_vec());
        let mut inner =
            self.call(operation::WATCH, fate, async move { store.watch(&ranges, from).await }).await?;
        let (sender, outer) = watch_channel();
        let decider = Arc::clone(&self.decider);
        tokio::spawn(async move {
            loop {
                // Nobody may be left to tell; then the watch behind ends, too.
                let batch = tokio::select! {
                    biased;
                    () = sender.closed() => return,
                    batch = inner.next() => batch,
                };
                let has_ended = batch.is_err();
                match decider.passing() {
                    Passing::Tells if sender.send(batch).is_ok() && !has_ended => {}
                    Passing::Tells | Passing::Breaks => return,
                    Passing::Keeps if has_ended => return sender.closed().await,
                    Passing::Keeps => {}
                }
            }
        });
        Ok(outer)
    }
}

/// Answers the reads of `txn` as they would have been answered `age` revisions ago.
async fn read_of_the_past(store: &dyn Store, txn: Txn, age: i64) -> Result<TxnReply, StoreError> {
    let mut header = store.txn(Txn::default()).await?.header;
    header.revision = Revision((header.revision.0 - age).max(1));
    let mut replies = vec![];
    for op in &txn.success {
        let Op::Get { range, limit } = op else { return store.txn(txn).await };
        match store.page(range, None, *limit, Some(header.revision)).await {
            Ok(Page { items, more, .. }) => replies.push(OpReply::Get { items, more }),
            // So old is nothing that the store could still tell.
            Err(StoreError::Compacted(_)) => return store.txn(txn).await,
            Err(error) => return Err(error),
        }
    }
    Ok(TxnReply { header, succeeded: true, replies })
}
