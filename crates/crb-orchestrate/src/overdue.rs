//! Overdue: says which nodes are still out after their deadline, and when they no longer are.
//!
//! The signs tell who is out and until when, and a timer does the rest: nothing is asked of the store. A deadline is wall time of the node that is out and is read by this node's
//! clock. So what is said here may be said too early or too late, and nothing is ever decided by it.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use crb_decide::Overdue;
use crb_observe::What;
use jiff::Timestamp;
use tokio::time::sleep;

use crate::closing::time_to;
use crate::node::Node;

/// How often the clock is looked at while a deadline lies ahead, for it may be set meanwhile.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(60);

/// Says who is overdue for as long as it is polled: once of each claim, and of those that it is no longer out.
pub(crate) async fn tell_overdue(node: &Node) -> Infallible {
    let mut out = node.shared.out.subscribe();
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
            // The other end lives as long as the node.
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
