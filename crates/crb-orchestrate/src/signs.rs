//! Follows the signs of the fleet, and tells the other parts of the daemon: who is out, and whether an operator has
//! paused the fleet. For the whole daemon that is one watch; nothing is asked of the store as long as nothing happens.

use std::convert::Infallible;
use std::future::pending;
use std::time::Duration;

use crb_decide::Pause;
use crb_lock::LockError;
use crb_observe::What;
use crb_store::Revision;
use tokio::time::sleep;

use crate::node::Node;
use crate::retry::Retry;

/// Keeps what the parts of the daemon know of the signs up to date, for as long as it is polled.
pub(crate) async fn follow_signs(node: &Node) -> Infallible {
    let mut retry = Retry::new(node);
    loop {
        let Err(error) = follow_once(node, &mut retry).await;
        node.trouble("watch", &error);
        sleep(retry.next(node)).await;
    }
}

async fn follow_once(node: &Node, retry: &mut Retry) -> Result<Infallible, LockError> {
    let (mut signs, mut watch) = node.coordinator.follow_signs().await?;
    let mut told: Option<Revision> = None;
    loop {
        tell_pause(node, signs.pause.as_ref());
        if told != Some(signs.guard.revision) {
            node.shared.out.send_replace(node.coordinator.out_by(&signs.guard).await?);
            told = Some(signs.guard.revision);
        }
        watch.next(&mut signs).await?;
        retry.reset();
    }
}

/// Says that the fleet was paused, or may go on, once each.
fn tell_pause(node: &Node, pause: Option<&Pause>) {
    if node.shared.pause.borrow().as_ref() == pause {
        return;
    }
    let before = node.shared.pause.send_replace(pause.cloned());
    match (before, pause) {
        (_, Some(pause)) => node.emit(What::Paused { pause: pause.clone() }),
        (Some(pause), None) => node.emit(What::Resumed { pause }),
        (None, None) => {}
    }
}

impl Node {
    /// The pause that there is, as far as the watch has told.
    pub(crate) fn pause(&self) -> Option<Pause> {
        self.shared.pause.borrow().clone()
    }

    /// Returns when the pause is another one than `before`, and there is one where `paused` is false, or none where
    /// it is true.
    pub(crate) async fn pause_turns(&self, before: Option<&Pause>, paused: bool) {
        let turned = |now: &Option<Pause>| now.as_ref() != before && now.is_some() != paused;
        // The sender lives as long as the node, so this cannot end by its loss.
        self.shared.pause.subscribe().wait_for(turned).await.ok();
    }

    /// Waits so long, but in a pause no longer than until it ends.
    pub(crate) async fn sleep_or_resume(&self, limit: Duration) {
        let resumed = async {
            match self.pause() {
                Some(_) => drop(self.shared.pause.subscribe().wait_for(Option::is_none).await),
                None => pending().await,
            }
        };
        tokio::select! {
            biased;
            () = sleep(limit) => {}
            () = resumed => {}
        }
    }
}
