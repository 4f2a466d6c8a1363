//! Whole fleets under a paused clock.

use std::future::pending;
use std::sync::Arc;

use crb_observe::Fanout;
use crb_store::memory::MemoryStore;
use jiff::Timestamp;

use crate::{Fleet, FleetSpec, Summary, virtual_clock};

fn fleet(spec: FleetSpec, store: &MemoryStore) -> Fleet {
    let clock = virtual_clock(Timestamp::UNIX_EPOCH);
    Fleet::new(spec, Arc::new(store.clone()), clock, Arc::new(Fanout::default()))
}

async fn finished(fleet: &Fleet) -> Summary {
    let summary = fleet.run(pending()).await.unwrap();
    assert_eq!(summary.unfinished, []);
    summary
}

#[tokio::test(start_paused = true)]
async fn ten_nodes_all_get_their_turn_one_at_a_time() {
    let summary = finished(&fleet(FleetSpec::new(10), &MemoryStore::new(1))).await;
    assert_eq!(summary.nodes.len(), 10);
    assert_eq!((summary.most_out_at_once, summary.most_down_at_once), (1, 1));
}
