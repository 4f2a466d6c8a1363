//! An eye on the store: whether it still knows what it knew, and what others write in this node's name.

use std::convert::Infallible;
use std::time::Duration;

use crb_lock::{LockError, Look, Standing};
use crb_observe::What;
use crb_store::Revision;
use tokio::time::sleep;

use crate::node::Node;
use crate::retry::Retry;

/// A watch breaks for the whole fleet at once, when etcd is restarted or restored. Within so long each node has
/// looked what became of the store.
const SPREAD: Duration = Duration::from_secs(2);

/// Keeps an eye on the store for as long as it is polled. It looks after each join, when an answer tells that
/// the store has gone backwards, and when the watch on this node's own records tells of its hold, or breaks: at rest
/// it costs one watch and no request.
pub(crate) async fn watch_over_store(node: &Node) -> Infallible {
    let mut presence = node.coordinator.follow_presence();
    let mut epoch = node.coordinator.follow_store_epoch();
    let mut retry = Retry::new(node);
    let mut told = None;
    loop {
        // The sender lives as long as the node, so this cannot end by its loss.
        presence.wait_for(Option::is_some).await.ok();
        epoch.mark_unchanged();
        let change = async {
            presence.changed().await.ok();
        };
        match node.coordinator.attend_to_store(node.now()).await {
            Ok(Look { standing, revision, saved, .. }) => {
                retry.reset();
                tell(node, &mut told, standing);
                if let Err(error) = saved {
                    node.trouble("memory", &error);
                }
                tokio::select! {
                    biased;
                    () = change => {}
                    _ = epoch.changed() => {}
                    () = hold_changes(node, revision) => {}
                }
            }
            // The presence says so itself.
            Err(LockError::NotPresent { .. }) => sleep(node.setup().plan.backoff_min).await,
            Err(error) => {
                node.trouble("store", &error);
                sleep(retry.next(node)).await;
            }
        }
    }
}

fn tell(node: &Node, told: &mut Option<String>, standing: Standing) {
    match standing {
        Standing::Sound => {}
        Standing::Held(regression) => {
            let reason = regression.to_string();
            if told.as_ref() != Some(&reason) {
                node.emit(What::StoreRegressed { reason: reason.clone() });
                *told = Some(reason);
            }
        }
        Standing::Accepted(regression) => {
            *told = None;
            node.emit(What::StoreAccepted { reason: regression.to_string() });
        }
    }
}

/// Returns when this node's own hold was put or lifted after `revision`, or when that can no longer be followed.
async fn hold_changes(node: &Node, revision: Revision) {
    if follow_own(node, revision).await.is_err() {
        // What broke it shows in the calls that fail; here it only means to look again.
        sleep(SPREAD.mul_f64((node.jitter)().clamp(0.0, 1.0))).await;
    }
}

async fn follow_own(node: &Node, revision: Revision) -> Result<(), LockError> {
    let own = node.coordinator.own_health();
    let mut watch = node.coordinator.watch_own(revision).await?;
    loop {
        let batch = watch.next().await?;
        let (health, others): (Vec<_>, Vec<_>) =
            batch.events.iter().partition(|event| event.key() == own.key());
        if !health.is_empty() && own.changed_at(batch.revision).await {
            // An operator who unlocks a claim says that its node is unwell; a node that is well says so again.
            node.shared.heartbeat_now.notify_one();
        }
        if !others.is_empty() {
            return Ok(());
        }
    }
}
