//! A tap on the line to the store: counts what is asked, and can end every watch.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use crb_store::memory::MemoryStore;
use crb_store::{KeyRange, LeaseId, Page, Revision, Store, StoreError, Txn, TxnReply, Watch, watch_channel};
use tokio::sync::watch;

/// A store that is listened in on.
pub(crate) struct Tap {
    store: MemoryStore,
    asked: AtomicUsize,
    away: watch::Sender<bool>,
}

impl Tap {
    pub(crate) fn on(store: &MemoryStore) -> Self {
        Self { store: store.clone(), asked: AtomicUsize::new(0), away: watch::Sender::default() }
    }

    /// How often the store was asked, keep-alives of leases aside.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// Ends every watch, and answers nothing until the store is back.
    pub(crate) fn set_away(&self, away: bool) {
        self.away.send_replace(away);
    }

    fn ask(&self) -> Result<(), StoreError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.reach()
    }

    fn reach(&self) -> Result<(), StoreError> {
        if *self.away.borrow() {
            Err(StoreError::Unreachable { detail: "it is away".to_owned() })
        } else {
            Ok(())
        }
    }
}

#[async_trait]
impl Store for Tap {
    async fn txn(&self, txn: Txn) -> Result<TxnReply, StoreError> {
        self.ask()?;
        self.store.txn(txn).await
    }

    async fn page(
        &self,
        range: &KeyRange,
        after: Option<&str>,
        limit: usize,
        at: Option<Revision>,
    ) -> Result<Page, StoreError> {
        self.ask()?;
        self.store.page(range, after, limit, at).await
    }

    async fn grant(&self, ttl: Duration) -> Result<LeaseId, StoreError> {
        self.ask()?;
        self.store.grant(ttl).await
    }

    async fn keep_alive(&self, lease: LeaseId) -> Result<Duration, StoreError> {
        self.reach()?;
        self.store.keep_alive(lease).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        self.ask()?;
        self.store.revoke(lease).await
    }

    async fn watch(&self, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError> {
        self.ask()?;
        let mut inner = self.store.watch(ranges, from).await?;
        let (sender, outer) = watch_channel();
        let mut away = self.away.subscribe();
        tokio::spawn(async move {
            loop {
                let batch = tokio::select! {
                    biased;
                    _ = away.wait_for(|away| *away) => return,
                    () = sender.closed() => return,
                    batch = inner.next() => batch,
                };
                if sender.send(batch).is_err() {
                    return;
                }
            }
        });
        Ok(outer)
    }
}
