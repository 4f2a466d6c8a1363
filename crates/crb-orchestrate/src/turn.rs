//! The node's place in the queue, kept from pass to pass.

use std::sync::Arc;
use std::time::Duration;

use crb_lock::{LockError, Place};
use crb_store::{Revision, StoreError};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::node::Node;
use crate::seat::Known;

/// A place whose lease is renewed in the background, until it is dropped.
pub(crate) struct KeptPlace {
    pub(crate) place: Place,
    keeper: JoinHandle<StoreError>,
}

impl KeptPlace {
    fn new(node: &Node, place: Place) -> Self {
        let (store, lease) = (node.coordinator.shared_store(), Arc::clone(&place.lease));
        Self { place, keeper: tokio::spawn(async move { lease.keep(&*store).await }) }
    }

    /// Waits until the place's lease is lost, and says how.
    pub(crate) async fn lost(&mut self) -> String {
        match (&mut self.keeper).await {
            Ok(error) => error.to_string(),
            Err(error) => error.to_string(),
        }
    }
}

impl Drop for KeptPlace {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// What the node's turn depends on, as it was last seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WaitingFor {
    /// One of these keys ahead to go.
    Ahead(Vec<String>, Revision),
    /// Any change of what the view is made of.
    View(Revision),
}

/// The way to the lock, from the first attempt to the end of the wait.
#[derive(Default)]
pub(crate) struct Turn {
    pub(crate) kept: Option<KeptPlace>,
    pub(crate) waiting_for: Option<WaitingFor>,
    /// Where the place stood when the queue was last read.
    pub(crate) known: Option<Known>,
    pub(crate) attempts: u32,
    pub(crate) acquired: bool,
    pub(crate) late_commit: bool,
    since: Option<Instant>,
}

impl Turn {
    /// Takes a place if there is none.
    pub(crate) async fn take_place(&mut self, node: &Node) -> Result<Place, LockError> {
        if let Some(kept) = self.kept.as_ref().filter(|kept| kept.place.lease.is_live()) {
            return Ok(kept.place.clone());
        }
        self.kept = None;
        self.acquired = false;
        self.attempts += 1;
        self.since.get_or_insert_with(Instant::now);
        let place = node.coordinator.enqueue(node.now()).await?;
        self.kept = Some(KeptPlace::new(node, place.clone()));
        Ok(place)
    }

    /// How long the node has been on its way.
    pub(crate) fn waited(&self) -> Duration {
        self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Gives up the way, and the place if it is still there.
    pub(crate) fn end(&mut self) -> Option<Place> {
        std::mem::take(self).kept.map(|kept| kept.place.clone())
    }
}
