//! Signs: the two keys that every node follows, whatever it has to do itself. The guard tells who is out and until
//! when, the pause that an operator holds the fleet; one watch follows both, and costs no request at rest.
//!
//! Nothing is decided by them: commit and arm compare what stands in the store.

use crb_decide::Pause;
use crb_store::{KeyRange, KeyValue, Watch, WatchEvent, snapshot};

use crate::coordinator::Coordinator;
use crate::error::LockError;
use crate::guard::Guard;
use crate::view;

/// What the signs say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signs {
    /// Who is out.
    pub guard: Guard,
    /// The pause, if there is one.
    pub pause: Option<Pause>,
}

/// The signs, followed from one change to the next.
#[derive(Debug)]
pub struct SignsWatch {
    watch: Watch,
    guard: String,
}

impl SignsWatch {
    /// Waits for a change, and brings `signs` up to date. Safe to cancel.
    ///
    /// # Errors
    /// The watch has ended: [follow](Coordinator::follow_signs) them anew.
    pub async fn next(&mut self, signs: &mut Signs) -> Result<(), LockError> {
        for event in self.watch.next().await?.events {
            let put = match &event {
                WatchEvent::Put(pair) => Some(pair),
                WatchEvent::Delete { .. } => None,
            };
            if event.key() == self.guard {
                signs.guard = Guard::read(put);
            } else {
                signs.pause = put.map(view::pause);
            }
        }
        Ok(())
    }
}

impl Coordinator {
    /// Reads the signs, and follows them from there on: one read, and no request as long as the watch lives.
    pub async fn follow_signs(&self) -> Result<(Signs, SignsWatch), LockError> {
        let keys = [self.keys.guard(), self.keys.pause()].map(KeyRange::key);
        let found = snapshot(self.store(), &keys).await?;
        let watch = self.store.watch(&keys, found.header.revision.next()).await?;
        let at =
            |index: usize| -> Option<&KeyValue> { found.ranges.get(index).and_then(|pairs| pairs.first()) };
        let signs = Signs { guard: Guard::read(at(0)), pause: at(1).map(view::pause) };
        Ok((signs, SignsWatch { watch, guard: self.keys.guard() }))
    }
}
