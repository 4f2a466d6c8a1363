//! All chance comes from the seed.

use std::collections::BTreeSet;
use std::future::ready;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::*;

/// Everything that happened in a run with `seed`, in order, as one number.
fn history(seed: u64) -> u64 {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut spec = FleetSpec::new(6);
        spec.seed = seed;
        spec.terms.slots = 2;
        let lab = Lab::new(spec);
        let summary = lab.finish(ready(())).await;
        let mut hasher = DefaultHasher::new();
        for event in lab.events.events() {
            format!("{event:?}").hash(&mut hasher);
        }
        format!("{:?}{summary:?}", lab.store.history()).hash(&mut hasher);
        hasher.finish()
    })
}

#[test]
fn the_same_seed_gives_the_same_events_in_the_same_order() {
    for seed in 0..10 {
        assert_eq!(history(seed), history(seed), "seed {seed}");
    }
}

#[test]
fn another_seed_gives_other_events() {
    let histories: BTreeSet<u64> = (0..10).map(history).collect();
    assert_eq!(histories.len(), 10);
}
