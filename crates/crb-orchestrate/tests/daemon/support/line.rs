//! The line to the store, which can be cut, and can lose answers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crb_store::Store;
use crb_store::faults::{Call, Decider, Fate, Faulty, Passing};
use crb_store::memory::MemoryStore;

/// The line to a store.
pub(crate) struct Line(Mutex<Fault>);

/// What the line does to calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// Nothing arrives.
    Cut,
    /// Transactions that compare are applied, and their answers are lost.
    Deaf,
    /// Every call takes so long to arrive.
    Slow(Duration),
    /// A lease that is to be renewed is never answered for, and nobody gives up.
    HangsAtRenewal,
    /// Every transaction is applied at once, and its answer takes so long.
    SlowBack(Duration),
    /// A watch breaks instead of telling.
    Forgetful,
}

impl Line {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(Fault::None)))
    }

    /// The store at the other end.
    pub(crate) fn to(self: &Arc<Self>, store: &MemoryStore) -> Arc<dyn Store> {
        Arc::new(Faulty::foresighted(Arc::new(store.clone()), Arc::clone(self)))
    }

    pub(crate) fn set(&self, fault: Fault) {
        *self.0.lock().unwrap() = fault;
    }
}

impl Decider for Line {
    fn fate(&self, call: Call<'_>) -> Fate {
        match (*self.0.lock().unwrap(), call) {
            (Fault::Cut, _) => Fate::Unreachable,
            (Fault::Slow(there), _) => Fate::Travels { there, back: Duration::ZERO },
            (Fault::SlowBack(back), Call::Txn(_)) => Fate::Travels { there: Duration::ZERO, back },
            (Fault::Deaf, Call::Txn(txn)) if !txn.compares.is_empty() => Fate::Unheard(Duration::ZERO),
            (Fault::HangsAtRenewal, Call::KeepAlive(_)) => {
                Fate::Travels { there: Duration::from_secs(365 * 86_400), back: Duration::ZERO }
            }
            (
                Fault::None | Fault::Deaf | Fault::HangsAtRenewal | Fault::SlowBack(_) | Fault::Forgetful,
                _,
            ) => Fate::Answered,
        }
    }

    fn passing(&self) -> Passing {
        match *self.0.lock().unwrap() {
            Fault::Forgetful => Passing::Breaks,
            _ => Passing::Tells,
        }
    }
}
