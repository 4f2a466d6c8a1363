//! What the fleet is to know of this node's settings: put again when they change.

use std::convert::Infallible;

use crb_lock::LockError;
use tokio::time::sleep;

use crate::node::Node;
use crate::retry::Retry;

/// Keeps what is published of the settings the way they are, for as long as it is polled. Where nothing changed, it
/// costs no call to the store.
pub(crate) async fn publish_settings(node: &Node) -> Infallible {
    let mut setups = node.follow_setup();
    let mut presence = node.coordinator.follow_presence();
    let mut retry = Retry::new(node);
    loop {
        setups.mark_unchanged();
        presence.mark_unchanged();
        match node.coordinator.publish_terms().await {
            Ok(()) => retry.reset(),
            // A join that was under way when the settings changed has put the old ones: look again after it.
            Err(LockError::NotPresent { .. }) => {}
            Err(error) => {
                node.trouble("presence", &error);
                sleep(retry.next(node)).await;
                continue;
            }
        }
        tokio::select! {
            biased;
            // Both senders live as long as the node.
            _ = setups.changed() => {}
            _ = presence.changed() => {}
        }
    }
}
