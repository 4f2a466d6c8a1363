//! What it costs to take a view of a fleet: every record is read and understood.

use std::sync::Arc;
use std::time::Duration;

use crb_decide::{BootId, MachineId, NodeName};
use crb_health::{AliveRecord, HealthRecord, encode};
use crb_lock::{Coordinator, Identity, Keys, Terms};
use crb_store::memory::MemoryStore;
use crb_store::{Op, Store, Txn};
use divan::Bencher;
use jiff::Timestamp;
use tokio::runtime::{Builder, Runtime};

const SIZES: [u32; 4] = [10, 100, 1_000, 10_000];

fn main() {
    divan::main();
}

fn name(number: u32) -> NodeName {
    NodeName::try_new(format!("node-{number:05}.example.org")).expect("a name")
}

/// A fleet of so many nodes, all of which are present, healthy, and wait.
async fn fleet(nodes: u32) -> Coordinator {
    let (store, keys) = (MemoryStore::new(1), Keys::new("bench", "/lock"));
    for number in 0..nodes {
        let node = name(number);
        let health = HealthRecord {
            node: node.to_string(),
            healthy: true,
            stage: "heartbeat".to_owned(),
            reason: String::new(),
            reported_at: Timestamp::UNIX_EPOCH,
            boot_id: Some(boot(number)),
            version: Some("0.1.0".to_owned()),
        };
        let alive = AliveRecord {
            machine_id: machine(number),
            boot_id: boot(number),
            slots: 1,
            policy: "cbf29ce484222325".to_owned(),
            reboot_required: true,
            version: "0.1.0".to_owned(),
        };
        let puts = [Op::put(keys.health(&node), encode(&health)), Op::put(keys.alive(&node), encode(&alive))];
        store.txn(Txn::default().then(puts)).await.expect("the store takes it");
        member(number, Arc::new(store.clone()), &keys).enqueue(Timestamp::UNIX_EPOCH).await.expect("a place");
    }
    member(0, Arc::new(store), &keys)
}

fn member(number: u32, store: Arc<dyn Store>, keys: &Keys) -> Coordinator {
    let identity = Identity {
        node: name(number),
        machine_id: machine(number),
        boot_id: boot(number),
        pid: 1,
        version: "0.1.0".to_owned(),
    };
    let terms = Terms {
        lock_ttl: Duration::from_secs(3_600),
        presence_ttl: Duration::from_secs(60),
        reboot_timeout: Duration::from_secs(1_800),
        cooldown: Duration::ZERO,
        history_keep: None,
        go_interval: Duration::from_secs(15),
        slots: 1,
        policy_digest: String::new(),
    };
    Coordinator::new(store, keys.clone(), identity, terms)
}

fn boot(number: u32) -> BootId {
    BootId(format!("4ab4ba29-8a3c-4a53-9ba2-{number:012}"))
}

fn machine(number: u32) -> MachineId {
    MachineId(format!("{number:032x}"))
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime")
}

#[divan::bench(args = SIZES, sample_size = 1, sample_count = 20)]
fn a_view_of_the_whole_fleet(bencher: Bencher<'_, '_>, nodes: u32) {
    let runtime = runtime();
    let coordinator = runtime.block_on(fleet(nodes));
    bencher.bench_local(|| runtime.block_on(coordinator.view(None, Timestamp::UNIX_EPOCH)).expect("a view"));
}

#[divan::bench(args = SIZES, sample_size = 1, sample_count = 20)]
fn the_queue_alone(bencher: Bencher<'_, '_>, nodes: u32) {
    let runtime = runtime();
    let coordinator = runtime.block_on(fleet(nodes));
    bencher.bench_local(|| runtime.block_on(coordinator.queue()).expect("a queue"));
}
