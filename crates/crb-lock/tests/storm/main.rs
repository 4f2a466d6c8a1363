//! Whole fleets that reboot in turn while calls are lost, delayed past their deadline, and processes end anywhere.
//!
//! Each seed is another storm. At every revision the observer asks whether a node that may be down still has its
//! claim, and whether there are no more claims than slots; and when the storm is over, every node has rebooted.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod life;
mod observer;
mod weather;

use std::sync::Arc;
use std::time::Duration;

use crb_lock::Keys;
use crb_store::memory::MemoryStore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use life::Life;
use observer::Observer;
use weather::Weather;

/// No storm may keep a fleet for longer.
const PATIENCE: Duration = Duration::from_secs(3 * 3_600);

async fn reboots_in_turn(seed: u64, nodes: usize, slots: u32) {
    let store = MemoryStore::new(seed);
    let keys = Keys::new("storm", "/lock");
    let observer = Observer::watch(&store, &keys, slots);
    let mut lives = JoinSet::new();
    for index in 0..nodes {
        let seed = seed * 100 + index as u64;
        let weather = Weather::before(Arc::new(store.clone()), seed);
        let life = Life::new(format!("node-{index}"), keys.clone(), weather, observer.clone(), slots, seed);
        lives.spawn(life.until_rebooted());
    }
    let ended = timeout(PATIENCE, lives.join_all()).await;
    assert_eq!(observer.broken(), None, "seed {seed}");
    assert!(ended.is_ok(), "seed {seed}: {:?}", store.pairs());
}

#[tokio::test(start_paused = true)]
async fn three_nodes_reboot_one_at_a_time() {
    for seed in 0..100 {
        reboots_in_turn(seed, 3, 1).await;
    }
}

#[tokio::test(start_paused = true)]
async fn five_nodes_reboot_two_at_a_time() {
    for seed in 0..60 {
        reboots_in_turn(seed, 5, 2).await;
    }
}
