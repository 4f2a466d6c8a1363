//! Being there: joins the fleet, stays joined, and joins again.

use std::convert::Infallible;
use std::time::Duration;

use crb_decide::{Reason, Trouble};
use crb_lock::Lease;
use crb_observe::What;
use tokio::time::sleep;

use crate::node::Node;
use crate::retry::Retry;

/// Keeps the node present for as long as it is polled.
pub(crate) async fn keep_present(node: &Node) -> Infallible {
    let mut retry = Retry::new(node);
    loop {
        let trouble: Trouble = match node.coordinator.join(node.reboot_required().unwrap_or(false)).await {
            Ok(joined) => {
                node.set_absence(None);
                retry.reset();
                node.emit(What::PresenceJoined { lease_id: joined.lease.id().to_string() });
                node.coordinator.keep_presence(&joined).await.into()
            }
            Err(error) => {
                let trouble = Trouble::from(error);
                node.set_absence(Some(trouble.clone()));
                node.emit(What::PresenceLost { reason: Reason::from(trouble) });
                sleep(retry.next(node)).await;
                continue;
            }
        };
        // What is lost is sought at once; only a join that fails waits.
        node.emit(What::PresenceLost { reason: Reason::from(trouble) });
    }
}

/// How long this rests at most: until the next renewal, or the next try to join.
pub(crate) fn longest_rest(node: &Node) -> Duration {
    Lease::renewed_after(node.coordinator.terms().presence_ttl).max(node.setup().plan.backoff_max)
}
