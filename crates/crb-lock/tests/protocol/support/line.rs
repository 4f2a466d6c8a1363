//! A node's line to the store, which loses what it is told to lose.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crb_store::faults::{self, Call, Decider, Faulty};
use crb_store::{Store, Txn};
use tokio::sync::watch;

/// How many revisions a member lags behind: more than a fleet of these tests makes.
const LAG: i64 = 40;

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
    far_end: Arc<dyn Store>,
    script: Arc<Script>,
}

/// What the test has said of the calls to come, and what became of those that were made.
struct Script {
    fates: Mutex<VecDeque<Fate>>,
    under_way: Mutex<VecDeque<Txn>>,
    is_cut: Mutex<bool>,
    lags: Mutex<bool>,
    lost: watch::Sender<usize>,
    granted: AtomicUsize,
    sent: AtomicUsize,
}

impl Line {
    pub(crate) fn to(far_end: Arc<dyn Store>) -> Self {
        let (fates, under_way, is_cut, lags, granted, sent) = Default::default();
        let script = Script { fates, under_way, is_cut, lags, lost: watch::Sender::new(0), granted, sent };
        Self { far_end, script: Arc::new(script) }
    }

    /// The store, as the node sees it.
    pub(crate) fn store(&self) -> Arc<dyn Store> {
        Arc::new(Faulty::foresighted(Arc::clone(&self.far_end), Arc::clone(&self.script)))
    }

    /// What becomes of the next transactions that write; those after them are answered.
    pub(crate) fn expect(&self, fates: impl IntoIterator<Item = Fate>) {
        self.script.fates.lock().unwrap().extend(fates);
    }

    /// From now on no call arrives.
    pub(crate) fn cut(&self) {
        *self.script.is_cut.lock().unwrap() = true;
    }

    /// From now on calls arrive again.
    pub(crate) fn mend(&self) {
        *self.script.is_cut.lock().unwrap() = false;
    }

    /// From now on reads are answered by a member that lags so far behind that it knows of nothing, or no longer.
    pub(crate) fn lag(&self, lags: bool) {
        *self.script.lags.lock().unwrap() = lags;
    }

    /// Waits until so many calls in all were lost.
    pub(crate) async fn has_lost(&self, calls: usize) {
        self.script.lost.subscribe().wait_for(|lost| *lost >= calls).await.unwrap();
    }

    /// Delivers the oldest transaction that is still under way, and says whether its conditions held.
    pub(crate) async fn deliver(&self) -> bool {
        self.far_end.txn(self.script.next_under_way()).await.unwrap().succeeded
    }

    /// The same, for one that the store refuses altogether.
    pub(crate) async fn deliver_in_vain(&self) {
        self.far_end.txn(self.script.next_under_way()).await.unwrap_err();
    }

    /// How many leases were granted over the line.
    pub(crate) fn granted(&self) -> usize {
        self.script.granted.load(Ordering::Relaxed)
    }

    /// How many calls of any kind were sent.
    pub(crate) fn sent(&self) -> usize {
        self.script.sent.load(Ordering::Relaxed)
    }
}

impl Script {
    fn next_under_way(&self) -> Txn {
        self.under_way.lock().unwrap().pop_front().expect("a transaction under way")
    }

    fn losing(&self, fate: faults::Fate) -> faults::Fate {
        self.lost.send_modify(|lost| *lost += 1);
        fate
    }
}

impl Decider for Script {
    fn fate(&self, call: Call<'_>) -> faults::Fate {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let said = if call.is_writing_txn() { self.fates.lock().unwrap().pop_front() } else { None };
        match said {
            Some(Fate::Slow(back)) => faults::Fate::Travels { there: Duration::ZERO, back },
            Some(Fate::AnswerLost) => self.losing(faults::Fate::Unheard(Duration::ZERO)),
            Some(Fate::Dropped) => self.losing(faults::Fate::Lost),
            Some(Fate::Late) => {
                if let Call::Txn(txn) = call {
                    self.under_way.lock().unwrap().push_back(txn.clone());
                }
                self.losing(faults::Fate::Lost)
            }
            None if *self.is_cut.lock().unwrap() => self.losing(faults::Fate::Lost),
            None if *self.lags.lock().unwrap() => faults::Fate::Stale(LAG),
            None => {
                if call == Call::Grant {
                    self.granted.fetch_add(1, Ordering::Relaxed);
                }
                faults::Fate::Answered
            }
        }
    }
}
