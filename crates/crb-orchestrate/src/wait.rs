//! The wait between two passes: ended by a timer, or sooner by whatever the next pass depends on.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use crb_decide::{Decision, Outcome, Pause, Reason};
use crb_lock::LockError;
use crb_observe::What;
use crb_store::{Revision, StoreError, WatchEvent};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use crate::closing::{gate_closes, time_to};
use crate::node::Node;
use crate::retry::Retry;
use crate::setup::Setup;
use crate::turn::{Turn, WaitingFor};

/// Passes that a change wakes follow each other no faster, however much changes in the fleet or on the machine.
const PACE: Duration = Duration::from_secs(1);

/// Waits out the time between two passes.
pub(crate) struct Waiter {
    retry: Retry,
    /// Tells that other settings were put into force, or that a pass is wanted.
    setups: watch::Receiver<Arc<Setup>>,
    last: Option<Outcome>,
    /// When a detector last ended a wait.
    woken_at: Option<Instant>,
}

impl Waiter {
    pub(crate) fn new(node: &Node) -> Self {
        Self { retry: Retry::new(node), setups: node.follow_setup(), last: None, woken_at: None }
    }

    /// A pass is about to begin: what was put into force before, it sees.
    pub(crate) fn begin(&mut self) {
        self.setups.mark_unchanged();
    }

    /// Waits after a pass that began at `began`, when the watch told of this `pause` or of none, and ended with
    /// `decision`.
    pub(crate) async fn wait(
        &mut self,
        node: &Node,
        turn: &mut Turn,
        decision: &Decision,
        began: Instant,
        pause: Option<&Pause>,
    ) {
        let limit = self.limit(node, decision);
        if turn.attempts > 0 {
            node.emit(What::LockBackoff {
                attempt: turn.attempts,
                wait: limit,
                reason: decision.first_reason().clone(),
            });
        }
        let mut presence = node.coordinator.follow_presence();
        presence.mark_unchanged();
        // Told once: what a later pass that did not look again would wait for has long been seen.
        let waiting_for = turn.waiting_for.take();
        let is_behind = matches!(waiting_for, Some(WaitingFor::Ahead(..)));
        let queued = turn.kept.is_some();
        // After a commit, it was given back since.
        let looked_at_fleet = matches!(waiting_for, Some(WaitingFor::View(_)))
            || (decision.outcome() == Outcome::Ready && !node.setup().plan.dry_run);
        let paused = decision.reasons().iter().any(|reason| matches!(reason, Reason::Paused { .. }));
        let resting = rests(node, decision.outcome());
        let not_before = self.woken_at.map_or(began, |last| last + PACE);
        let lost = async {
            match &mut turn.kept {
                Some(kept) => kept.lost().await,
                None => pending().await,
            }
        };
        let lost = tokio::select! {
            biased;
            () = sleep(limit) => None,
            _ = presence.changed() => None,
            // The sender lives as long as the node.
            _ = self.setups.changed() => None,
            () = turned(node, waiting_for, began) => {
                if is_behind {
                    // It is told already: the next pass need not ask.
                    turn.known = None;
                }
                None
            }
            // What an operator does is rare, and waits for no pace.
            () = node.pause_turns(pause, paused), if looked_at_fleet => None,
            () = gate_closes(node), if queued => None,
            () = detectors_change(node, not_before), if resting => {
                self.woken_at = Some(Instant::now());
                None
            }
            error = lost => Some(error),
        };
        if let Some(error) = lost {
            turn.kept = None;
            node.emit(What::LockLost { error });
        }
    }

    /// How long to wait at most: the check interval when there is nothing to do, a growing backoff when
    /// something is in the way, and no longer than until that can lift by itself.
    fn limit(&mut self, node: &Node, decision: &Decision) -> Duration {
        let outcome = decision.outcome();
        if self.last.replace(outcome) != Some(outcome) {
            self.retry.reset();
        }
        let limit = if rests(node, outcome) && !decision.first_reason().is_failure() {
            node.jittered(node.setup().plan.check_interval)
        } else {
            self.retry.next(node)
        };
        let lifts_in = decision.first_reason().lifts_at().map(|at| time_to(at, node.now()));
        lifts_in.filter(|left| !left.is_zero()).map_or(limit, |left| limit.min(left))
    }
}

/// Whether there is nothing to do after a pass with this outcome.
fn rests(node: &Node, outcome: Outcome) -> bool {
    match outcome {
        Outcome::NoAction | Outcome::RecheckCleared => true,
        // Without the dry run, the claim that came of it was given back again.
        Outcome::Ready => node.setup().plan.dry_run,
        _ => false,
    }
}

/// Returns when a detector has something else to say, and not before that time. It costs no call to the store.
async fn detectors_change(node: &Node, not_before: Instant) {
    // The timer goes on without those that cannot notice.
    node.setup().detectors.changed(|error| node.trouble("detectors", error)).await;
    sleep_until(not_before).await;
}

/// Returns when what the node waits for has happened, or when it can no longer be told whether it has; never, where it
/// waits for nothing.
async fn turned(node: &Node, waiting_for: Option<WaitingFor>, began: Instant) {
    let Some(waiting_for) = waiting_for else { return pending().await };
    let mut retry = Retry::new(node);
    loop {
        let followed = match &waiting_for {
            WaitingFor::Ahead(keys, revision) => one_goes(node, keys, *revision).await,
            WaitingFor::View(revision) => any_change(node, *revision).await,
        };
        match followed {
            Ok(()) | Err(LockError::Store(StoreError::Compacted(_))) => break,
            Err(error) => {
                // Followed again from where it began, nothing is missed; and the timer goes on.
                node.trouble("watch", &error);
                sleep(retry.next(node)).await;
            }
        }
    }
    if matches!(waiting_for, WaitingFor::View(_)) {
        sleep_until(began + PACE).await;
    }
}

async fn one_goes(node: &Node, keys: &[String], after: Revision) -> Result<(), LockError> {
    let mut watch = node.coordinator.watch_turn(keys, after).await?;
    // A key that is put is not gone: its node is one step further on its way.
    while !watch.next().await?.events.iter().any(|event| matches!(event, WatchEvent::Delete { .. })) {}
    Ok(())
}

async fn any_change(node: &Node, after: Revision) -> Result<(), LockError> {
    node.coordinator.watch_turn([], after).await?.next().await?;
    Ok(())
}
