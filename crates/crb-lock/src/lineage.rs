//! Whether the store that answers is the one that answered before, and has forgotten nothing since.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crb_store::{Header, Revision};
use jiff::Timestamp;
use tokio::sync::{Mutex as Turnstile, watch};

use crate::error::LockError;
use crate::memory::{Memory, OpenClaim, Regression, Remembered, StorePoint};

/// What was known when a request was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    epoch: u64,
    seen: Option<Header>,
}

/// How an answer stands to what was known when its request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Sight {
    /// It goes on from there.
    GoesOn,
    /// It is of another cluster, or of an earlier revision.
    FallsBack,
}

/// What this node has seen of the store, and what it remembers of it.
pub(crate) struct Lineage {
    memory: Arc<dyn Memory>,
    state: Mutex<State>,
    /// What the memory holds. Whoever saves waits for its turn here.
    saved: Turnstile<Option<Remembered>>,
    /// How often the store has gone backwards since this process began.
    epoch: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    seen: Option<Header>,
    claim: Option<OpenClaim>,
    regression: Option<Regression>,
}

impl Lineage {
    /// Goes on from what `memory` holds. What it holds and cannot be read counts as a regression.
    pub(crate) fn recall(memory: Arc<dyn Memory>) -> Self {
        let (state, saved) = match memory.load() {
            Ok(None) => (State::default(), None),
            Ok(Some(remembered)) => {
                let Remembered { seen, claim, regression } = remembered.clone();
                (State { seen: Some(seen.header()), claim, regression }, Some(remembered))
            }
            Err(error) => {
                let regression = Regression {
                    since: None,
                    remembered: None,
                    found: None,
                    evidence: Some(format!("what it remembers of etcd cannot be read: {error}")),
                    held_at: None,
                };
                (State { regression: Some(regression), ..State::default() }, None)
            }
        };
        let (state, saved) = (Mutex::new(state), Turnstile::new(saved));
        Self { memory, state, saved, epoch: watch::Sender::new(0) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be taken before a request is sent.
    pub(crate) fn mark(&self) -> Mark {
        let state = self.state();
        Mark { epoch: *self.epoch.borrow(), seen: state.seen }
    }

    /// Takes an answer to a request that was sent at `mark`: where the store stood after it, and where right
    /// `before` it. Answers may overtake each other, so each is measured by what was known when its request was
    /// sent, and not by what is known now.
    pub(crate) fn saw(&self, mark: Mark, found: Header, before: Revision) -> Sight {
        let mut state = self.state();
        if mark.epoch != *self.epoch.borrow() {
            // It was asked before the store went backwards, and tells nothing of the one that answers now.
            return Sight::GoesOn;
        }
        let other_cluster = state.seen.is_some_and(|seen| seen.cluster_id != found.cluster_id);
        if other_cluster || mark.seen.is_some_and(|seen| before < seen.revision) {
            return Sight::FallsBack;
        }
        if state.seen.is_none_or(|seen| seen.revision < found.revision) {
            state.seen = Some(found);
        }
        if let Some(regression) = &mut state.regression {
            regression.found.get_or_insert(found.into());
        }
        Sight::GoesOn
    }

    /// Notes that the store has gone backwards: to `found`, in answer to a request that was sent at `mark`. With
    /// `evidence` where neither cluster nor revision tells.
    pub(crate) fn regress(&self, mark: Mark, found: Header, evidence: Option<String>) {
        let mut state = self.state();
        if mark.epoch != *self.epoch.borrow() {
            return;
        }
        let lost = state.seen.replace(found).map(StorePoint::from);
        let earlier = state.regression.take();
        state.regression = Some(Regression {
            since: earlier.as_ref().and_then(|earlier| earlier.since),
            // Of several that nobody has confirmed the first tells most.
            remembered: earlier.as_ref().map_or(lost, |earlier| earlier.remembered),
            evidence: earlier.and_then(|earlier| earlier.evidence).or(evidence),
            found: Some(found.into()),
            held_at: None,
        });
        self.epoch.send_modify(|epoch| *epoch += 1);
    }

    /// That the store has gone backwards and nobody has confirmed it, if that is so.
    pub(crate) fn regression(&self) -> Option<Regression> {
        self.state().regression.clone()
    }

    /// The same, with when it was noticed.
    pub(crate) fn regression_at(&self, now: Timestamp) -> Option<Regression> {
        let mut state = self.state();
        let regression = state.regression.as_mut()?;
        regression.since.get_or_insert(now);
        Some(regression.clone())
    }

    /// Notes that the hold is in the store, by the answer to a request that was sent at `mark`.
    pub(crate) fn held(&self, mark: Mark, at: Header) {
        let mut state = self.state();
        if mark.epoch == *self.epoch.borrow()
            && let Some(regression) = &mut state.regression
        {
            regression.held_at = Some(at.into());
        }
    }

    /// An operator has confirmed: goes on from what is there.
    pub(crate) fn adopt(&self) {
        self.state().regression = None;
    }

    /// The open claim.
    pub(crate) fn claim(&self) -> Option<OpenClaim> {
        self.state().claim.clone()
    }

    /// Notes the open claim, and saves it.
    pub(crate) async fn remember(&self, claim: OpenClaim) -> Result<(), LockError> {
        self.state().claim = Some(claim);
        self.save().await
    }

    /// Forgets the open claim if it is one that `is_meant`, and saves that.
    pub(crate) async fn forget(&self, is_meant: impl FnOnce(&OpenClaim) -> bool) -> Result<(), LockError> {
        let forgotten = self.state().claim.take_if(|claim| is_meant(claim)).is_some();
        if forgotten { self.save().await } else { Ok(()) }
    }

    /// Saves what is new.
    pub(crate) async fn save(&self) -> Result<(), LockError> {
        let mut saved = self.saved.lock().await;
        let Some(now) = self.remembered() else { return Ok(()) };
        if saved.as_ref() == Some(&now) {
            return Ok(());
        }
        // Should this fail, or be given up midway, then what the memory holds is not known.
        *saved = None;
        self.memory.save(&now).await.map_err(|error| LockError::NotSaved { detail: error.to_string() })?;
        *saved = Some(now);
        Ok(())
    }

    fn remembered(&self) -> Option<Remembered> {
        let state = self.state();
        let seen = state.seen?.into();
        Some(Remembered { seen, claim: state.claim.clone(), regression: state.regression.clone() })
    }

    /// How often the store has gone backwards since this process began.
    pub(crate) fn epoch(&self) -> u64 {
        *self.epoch.borrow()
    }

    /// Follows that.
    pub(crate) fn follow(&self) -> watch::Receiver<u64> {
        self.epoch.subscribe()
    }
}

#[cfg(test)]
mod tests;
