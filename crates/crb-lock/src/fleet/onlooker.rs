//! The onlooker: reads everything once, and follows it.

use std::sync::Arc;
use std::time::Duration;

use crb_store::{Revision, Store, StoreError, Watch, snapshot_pages};
use jiff::Timestamp;

use super::picture::{Picture, ranges};
use super::reboots;
use crate::keys::Keys;

/// How often everything is read anew because the revision of the first page was compacted away meanwhile.
const TRIES: usize = 3;

/// Whoever looks at the fleet and is no part of it. Writes nothing.
pub struct Onlooker {
    store: Arc<dyn Store>,
    keys: Keys,
    go_interval: Duration,
}

impl Onlooker {
    /// An onlooker. A Go peer is taken to report its health every `go_interval` (`health_publish_interval_sec`).
    pub const fn new(store: Arc<dyn Store>, keys: Keys, go_interval: Duration) -> Self {
        Self { store, keys, go_interval }
    }

    /// Reads everything at one revision, page by page.
    ///
    /// # Errors
    /// A refusal or the silence of the store.
    pub async fn look(&self, now: Timestamp) -> Result<Picture, StoreError> {
        let mut looked = self.look_once(now).await;
        for _ in 1..TRIES {
            if !matches!(looked, Err(StoreError::Compacted(_))) {
                break;
            }
            looked = self.look_once(now).await;
        }
        looked
    }

    async fn look_once(&self, now: Timestamp) -> Result<Picture, StoreError> {
        let mut picture = Picture::new(&self.keys, self.go_interval);
        let all = ranges(&self.keys);
        let [standing @ .., _history] = &all;
        let take = |_, page: Vec<_>| page.into_iter().for_each(|pair| picture.put(pair));
        let header = snapshot_pages(&*self.store, standing, take).await?;
        picture.revision = header.revision;
        let known = picture.known();
        picture.reboots = reboots::last(&*self.store, &self.keys, &known, header.revision, now).await?;
        Ok(picture)
    }

    /// Follows everything from after `revision` on, for [`Picture::apply`]: one watch, and no request as long as it
    /// lives. One that has ended tells so: look anew, and follow from there.
    ///
    /// # Errors
    /// A refusal or the silence of the store.
    pub async fn follow(&self, revision: Revision) -> Result<Watch, StoreError> {
        self.store.watch(&ranges(&self.keys), revision.next()).await
    }
}
