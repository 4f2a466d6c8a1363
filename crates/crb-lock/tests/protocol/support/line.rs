//! A node's line to the store, which loses what it is told to lose.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use crb_store::{KeyRange, LeaseId, Op, Page, Revision, Store, StoreError, Txn, TxnReply, Watch, operation};
use tokio::sync::watch;
use tokio::time::sleep;

/// What becomes of a transaction that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is never applied, and never answered.
    Dropped,
    /// It is applied, and the answer is lost.
    AnswerLost,
    /// It is not answered, and applied when the test [delivers](Line::deliver) it.
    Late,
    /// It is applied, and answered so much later.
    Slow(Duration),
}

/// A store behind a line that is not to be relied upon.
pub(crate) struct Line {
    store: Arc<dyn Store>,
    fates: Mutex<VecDeque<Fate>>,
    under_way: Mutex<VecDeque<Txn>>,
    is_cut: Mutex<bool>,
    lost: watch::Sender<usize>,
    granted: AtomicUsize,
}

impl Line {
    pub(crate) fn to(store: Arc<dyn Store>) -> Self {
        let (fates, under_way, is_cut, granted) = Default::default();
        Self { store, fates, under_way, is_cut, lost: watch::Sender::new(0), granted }
    }

    /// What becomes of the next transactions that write; those after them are answered.
    pub(crate) fn expect(&self, fates: impl IntoIterator<Item = Fate>) {
        self.fates.lock().unwrap().extend(fates);
    }

    /// From now on no call arrives.
    pub(crate) fn cut(&self) {
        *self.is_cut.lock().unwrap() = true;
    }

    /// From now on calls arrive again.
    pub(crate) fn mend(&self) {
        *self.is_cut.lock().unwrap() = false;
    }

    /// Waits until so many calls in all were lost.
    pub(crate) async fn has_lost(&self, calls: usize) {
        self.lost.subscribe().wait_for(|lost| *lost >= calls).await.unwrap();
    }

    /// Delivers the oldest transaction that is still under way, and says whether its conditions held.
    pub(crate) async fn deliver(&self) -> bool {
        let txn = self.under_way.lock().unwrap().pop_front().expect("a transaction under way");
        self.store.txn(txn).await.unwrap().succeeded
    }

    /// The same, for one that the store refuses altogether.
    pub(crate) async fn deliver_in_vain(&self) {
        let txn = self.under_way.lock().unwrap().pop_front().expect("a transaction under way");
        self.store.txn(txn).await.unwrap_err();
    }

    /// How many leases were granted over the line.
    pub(crate) fn granted(&self) -> usize {
        self.granted.load(Ordering::Relaxed)
    }

    fn lose(&self, operation: &'static str) -> StoreError {
        self.lost.send_modify(|lost| *lost += 1);
        StoreError::Unanswered { operation, endpoint: "the line".to_owned(), detail: "lost".to_owned() }
    }

    fn pass(&self, operation: &'static str) -> Result<(), StoreError> {
        let is_cut = *self.is_cut.lock().unwrap();
        if is_cut { Err(self.lose(operation)) } else { Ok(()) }
    }

    fn fate_of(&self, txn: &Txn) -> Option<Fate> {
        let writes = txn.success.iter().chain(&txn.failure).any(|op| !matches!(op, Op::Get { .. }));
        if writes { self.fates.lock().unwrap().pop_front() } else { None }
    }
}

#[async_trait]
impl Store for Line {
    async fn txn(&self, txn: Txn) -> Result<TxnReply, StoreError> {
        let fate = self.fate_of(&txn);
        if fate.is_none() {
            self.pass(operation::TXN)?;
        }
        match fate {
            None => self.store.txn(txn).await,
            Some(Fate::Slow(time)) => {
                let reply = self.store.txn(txn).await;
                sleep(time).await;
                reply
            }
            Some(Fate::AnswerLost) => {
                self.store.txn(txn).await?;
                Err(self.lose(operation::TXN))
            }
            Some(Fate::Dropped) => Err(self.lose(operation::TXN)),
            Some(Fate::Late) => {
                self.under_way.lock().unwrap().push_back(txn);
                Err(self.lose(operation::TXN))
            }
        }
    }

    async fn page(
        &self,
        range: &KeyRange,
        after: Option<&str>,
        limit: usize,
        at: Option<Revision>,
    ) -> Result<Page, StoreError> {
        self.pass(operation::RANGE)?;
        self.store.page(range, after, limit, at).await
    }

    async fn grant(&self, ttl: Duration) -> Result<LeaseId, StoreError> {
        self.pass(operation::LEASE_GRANT)?;
        self.granted.fetch_add(1, Ordering::Relaxed);
        self.store.grant(ttl).await
    }

    async fn keep_alive(&self, lease: LeaseId) -> Result<Duration, StoreError> {
        self.pass(operation::LEASE_KEEP_ALIVE)?;
        self.store.keep_alive(lease).await
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        self.pass(operation::LEASE_REVOKE)?;
        self.store.revoke(lease).await
    }

    async fn watch(&self, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError> {
        self.pass(operation::WATCH)?;
        self.store.watch(ranges, from).await
    }
}
