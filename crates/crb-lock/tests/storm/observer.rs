//! Who may be down, and whether the store knows it at every revision, and the guard names them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use crb_lock::{GuardRecord, Keys, PlaceRecord};
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
        let (this, queue, guard) = (Self::default(), keys.queue(), keys.guard());
        let observer = this.clone();
        store.on_commit(move |commit, pairs| {
            let claim = |pair: &KeyValue| {
                let is_claim = queue.contains(&pair.key) && pair.lease.is_none();
                is_claim.then(|| serde_json::from_slice::<PlaceRecord>(&pair.value).unwrap().node)
            };
            let mut claims: Vec<String> = pairs.values().filter_map(claim).collect();
            claims.sort();
            let out = observer.out.lock().unwrap();
            if claims.len() > slots as usize || out.iter().any(|node| !claims.contains(node)) {
                let broken =
                    format!("at revision {}: {out:?} are out, claimed are {claims:?}", commit.revision);
                observer.broken.lock().unwrap().get_or_insert(broken);
            }
            let named = pairs.get(&guard).map_or_else(Vec::new, named);
            if named != claims {
                let broken = format!(
                    "at revision {}: the guard names {named:?}, claimed are {claims:?}",
                    commit.revision
                );
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

/// The nodes that the guard names.
fn named(guard: &KeyValue) -> Vec<String> {
    let GuardRecord { out, .. } = serde_json::from_slice(&guard.value).unwrap();
    let mut named: Vec<String> = out.into_iter().map(|out| out.node.to_string()).collect();
    named.sort();
    named
}
