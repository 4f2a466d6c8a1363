//! A node: its coordinator, and its line to the store.

use std::ops::Deref;
use std::sync::Arc;

use crb_decide::ScriptVerdict;
use crb_health::{HealthRecord, Statement};
use crb_lock::{Claim, Commitment, Coordinator, Identity, Keys, LockError, Place, RamMemory, Terms, View};

use super::{Fleet, Line, now};

/// What a healthy node says.
pub(crate) fn well() -> Statement {
    Statement::of_script(&ScriptVerdict::Healthy, "heartbeat")
}

/// A coordinator behind a line of its own.
pub(crate) struct Node {
    coordinator: Coordinator,
    pub(crate) line: Arc<Line>,
    pub(crate) memory: Arc<RamMemory>,
}

impl Deref for Node {
    type Target = Coordinator;

    fn deref(&self) -> &Coordinator {
        &self.coordinator
    }
}

impl Node {
    pub(crate) fn new(
        memory: Arc<RamMemory>,
        line: Arc<Line>,
        keys: Keys,
        identity: Identity,
        terms: Terms,
    ) -> Self {
        let coordinator =
            Coordinator::remembering(Arc::clone(&memory) as _, line.store(), keys, identity, terms);
        Self { coordinator, line, memory }
    }

    /// Joins, and reports that it is well.
    pub(crate) async fn come_up(&self) {
        self.join(false).await.unwrap();
        self.own_health().publish(&well(), now()).await.unwrap();
    }

    /// The key of its presence.
    pub(crate) fn alive_key(&self) -> String {
        self.keys().alive(&self.identity().node)
    }

    /// Its health as the fleet sees it.
    pub(crate) async fn reported(&self, fleet: &Fleet) -> HealthRecord {
        fleet.record(self.own_health().key()).await
    }

    /// Takes a place in the queue.
    pub(crate) async fn queued(&self) -> Place {
        self.enqueue(now()).await.unwrap()
    }

    /// Takes a view for the owner of `place`.
    pub(crate) async fn looks(&self, place: &Place) -> View {
        self.view(Some(place), now()).await.unwrap()
    }

    /// Commits on `view`, with an answer.
    pub(crate) async fn commits(&self, place: &Place, view: &View) -> Commitment {
        self.commit(place, view, now()).await.unwrap()
    }

    /// Goes all the way to a claim.
    pub(crate) async fn claims(&self) -> Claim {
        let place = self.queued().await;
        let view = self.looks(&place).await;
        self.commits(&place, &view).await.made()
    }

    /// Whether it knows that it is not present.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self.presence(), Err(LockError::NotPresent { .. }))
    }
}

/// What a commitment is expected to be.
pub(crate) trait Made {
    fn made(self) -> Claim;
}

impl Made for Commitment {
    fn made(self) -> Claim {
        match self {
            Self::Made(claim) => claim,
            Self::Refused => panic!("the commit was refused"),
        }
    }
}
