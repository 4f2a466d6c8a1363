//! Who may be down, and whether the store knows it at every revision.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use crb_lock::{Keys, PlaceRecord};
use crb_store::KeyValue;
use crb_store::memory::MemoryStore;

/// Sees every revision.
#[derive(Clone, Default)]
pub(crate) struct Observer {
    /// From the run of the command until the node is about to be released.
    out: Arc<Mutex<BTreeSet<String>>>,
    broken: Arc<Mutex<Option<String>>>,
}

impl Observer {
    pub(crate) fn watch(store: &MemoryStore, keys: &Keys, slots: u32) -> Self {
        let (this, queue) = (Self::default(), keys.queue());
        let observer = this.clone();
        store.on_commit(move |commit, pairs| {
            let claim = |pair: &KeyValue| {
                let is_claim = queue.contains(&pair.key) && pair.lease.is_none();
                is_claim.then(|| serde_json::from_slice::<PlaceRecord>(&pair.value).unwrap().node)
            };
            let claims: Vec<String> = pairs.values().filter_map(claim).collect();
            let out = observer.out.lock().unwrap();
            if claims.len() > slots as usize || out.iter().any(|node| !claims.contains(node)) {
                let broken =
                    format!("at revision {}: {out:?} are out, claimed are {claims:?}", commit.revision);
                observer.broken.lock().unwrap().get_or_insert(broken);
            }
        });
        this
    }

    pub(crate) fn goes_down(&self, node: &str) {
        self.out.lock().unwrap().insert(node.to_owned());
    }

    pub(crate) fn is_proven_back(&self, node: &str) {
        self.out.lock().unwrap().remove(node);
    }

    /// The first revision at which the invariant did not hold.
    pub(crate) fn broken(&self) -> Option<String> {
        self.broken.lock().unwrap().clone()
    }
}
