//! Overdue: says which nodes are still out after their deadline, and when they no longer are.
//!
//! One watch of one key tells who is out and until when, and a timer does the rest: nothing is asked of the
//! store as long as nothing happens. A deadline is wall time of the node that is out and is read by this node's
//! clock. So what is said here may be said too early or too late, and nothing is ever decided by it.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use crb_decide::Overdue;
use crb_lock::{LockError, OutNode};
use crb_observe::What;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::closing::time_to;
use crate::node::Node;
use crate::retry::Retry;

/// How often the clock is looked at while a deadline lies ahead, for it may be set meanwhile.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(60);

/// Says who is overdue for as long as it is polled.
pub(crate) async fn tell_overdue(node: &Node) -> Infallible {
    let out = watch::Sender::new(vec![]);
    tokio::select! {
        biased;
        never = follow_out(node, &out) => never,
        never = tell(node, out.subscribe()) => never,
    }
}

/// Keeps `out` the nodes that are out, as far as the store tells.
async fn follow_out(node: &Node, out: &watch::Sender<Vec<OutNode>>) -> Infallible {
    let mut retry = Retry::new(node);
    loop {
        let Err(error) = follow_once(node, out, &mut retry).await;
        node.trouble("watch", &error);
        sleep(retry.next(node)).await;
    }
}

async fn follow_once(
    node: &Node,
    out: &watch::Sender<Vec<OutNode>>,
    retry: &mut Retry,
) -> Result<Infallible, LockError> {
    let (mut guard, mut puts) = node.coordinator.follow_guard().await?;
    loop {
        out.send_replace(node.coordinator.out_by(&guard).await?);
        guard = puts.next().await?;
        retry.reset();
    }
}

/// Says once of each claim that its node is overdue, and of those that it is no longer out.
async fn tell(node: &Node, mut out: watch::Receiver<Vec<OutNode>>) -> Infallible {
    let mut said = BTreeSet::<Overdue>::new();
    loop {
        let now = node.now();
        let nodes = out.borrow_and_update().clone();
        // Once said it stays so until the claim ends, wherever this clock is set to.
        let claims: BTreeSet<Overdue> =
            nodes.iter().filter_map(|node| node.overdue(Timestamp::MAX)).collect();
        for Overdue { node: peer, deadline, .. } in said.difference(&claims).cloned() {
            let late = time_to(now, deadline);
            node.emit(What::RebootOverdueEnded { peer, deadline, late });
        }
        said.retain(|overdue| claims.contains(overdue));
        for overdue in claims.iter().filter(|claim| claim.deadline <= now) {
            if said.insert(overdue.clone()) {
                let Overdue { node: peer, since, deadline } = overdue.clone();
                node.emit(What::RebootOverdue { peer, since, deadline });
            }
        }
        let next = claims.difference(&said).map(|claim| claim.deadline).min();
        tokio::select! {
            biased;
            // The other end lives as long as this one.
            _ = out.changed() => {}
            () = until(next, now) => {}
        }
    }
}

async fn until(deadline: Option<Timestamp>, now: Timestamp) {
    match deadline {
        Some(deadline) => sleep(time_to(deadline, now).min(LOOK_AT_CLOCK)).await,
        None => pending().await,
    }
}
