//! What is seen of a fleet from outside.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crb_decide::{ClaimPhase, NodeName};
use crb_observe::{Event, Sink, What};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::{Power, PowerEvent};

/// Sees who joins, who is unwell, who is back, and how long each turn takes to be taken up.
#[derive(Debug, Clone, Default)]
pub struct Eye {
    joined: watch::Sender<usize>,
    unwell: watch::Sender<BTreeSet<NodeName>>,
    back: watch::Sender<usize>,
    turns: Arc<Mutex<Turns>>,
}

#[derive(Debug, Default)]
struct Turns {
    released: Option<Instant>,
    taken_up_after: Vec<Duration>,
}

impl Sink for Eye {
    fn take(&self, event: &Event) {
        match &event.what {
            What::PresenceJoined { .. } => self.joined.send_modify(|joined| *joined += 1),
            What::ClusterHealthUpdate { healthy, result: Ok(()), .. } => self.unwell.send_modify(|unwell| {
                if *healthy {
                    unwell.remove(&event.node);
                } else {
                    unwell.insert(event.node.clone());
                }
            }),
            // A place has a lease, and a claim none.
            What::LockReleased { lease_id: None, .. } => self.turns().released = Some(Instant::now()),
            What::ClaimPhase { phase: ClaimPhase::Armed, .. } => {
                let mut turns = self.turns();
                let taken_up_after = turns.released.take().map(|released| released.elapsed());
                turns.taken_up_after.extend(taken_up_after);
            }
            _ => {}
        }
    }
}

impl Eye {
    /// For [`Fleet::on_power`](crate::Fleet::on_power).
    pub fn power(&self, event: &PowerEvent) {
        if matches!(event.power, Power::On { .. }) {
            self.back.send_modify(|back| *back += 1);
        }
    }

    /// How often machines have come back from a reboot.
    pub(super) fn back(&self) -> usize {
        *self.back.borrow()
    }

    /// How long each turn took from the release by one node to the arm of the next, in their order.
    pub(super) fn taken_up_after(&self) -> Vec<Duration> {
        self.turns().taken_up_after.clone()
    }

    // The senders live as long as the eye, so none of these waits ends by an error.

    /// Returns when daemons have joined so often.
    pub(super) async fn sees_joined(&self, times: usize) {
        self.joined.subscribe().wait_for(|joined| *joined >= times).await.ok();
    }

    /// Returns when the store says that `node` is unwell.
    pub(super) async fn sees_unwell(&self, node: &NodeName) {
        self.unwell.subscribe().wait_for(|unwell| unwell.contains(node)).await.ok();
    }

    /// Returns when machines have come back so often.
    pub(super) async fn sees_back(&self, times: usize) {
        self.back.subscribe().wait_for(|back| *back >= times).await.ok();
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
