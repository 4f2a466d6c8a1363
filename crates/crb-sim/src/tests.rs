//! Whole fleets under a paused clock: virtual hours in no time.

mod holding;
#[cfg(feature = "storm")]
mod month;
mod oracle;
mod overdue;
mod plan;
mod replay;
mod restored;
mod rollout;
#[cfg(feature = "storm")]
mod scale;
#[cfg(feature = "storm")]
mod storm;

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crb_lock::PlaceRecord;
use crb_observe::{Event, Recorder};
use crb_store::Store;
use crb_store::memory::MemoryStore;
use jiff::Timestamp;
use tokio::time::sleep;

use crate::{Cause, Fleet, FleetSpec, Machine, Power, PowerEvent, SimError, Summary, virtual_clock};

/// A fleet on a store in memory, with everything that happened to it.
struct Lab {
    fleet: Fleet,
    store: MemoryStore,
    events: Arc<Recorder>,
    power: Arc<Mutex<Vec<PowerEvent>>>,
    keys: crb_lock::Keys,
}

impl Lab {
    fn new(spec: FleetSpec) -> Self {
        let store = MemoryStore::new(spec.seed);
        Self::over(spec, &store, Arc::new(store.clone()))
    }

    /// A fleet that reaches `store` by `line`.
    fn over(spec: FleetSpec, store: &MemoryStore, line: Arc<dyn Store>) -> Self {
        let (events, power) = (Arc::new(Recorder::default()), Arc::<Mutex<Vec<_>>>::default());
        let (keys, log) = (spec.keys(), Arc::clone(&power));
        let fleet = Fleet::new(spec, line, virtual_clock(Timestamp::UNIX_EPOCH), events.clone())
            .on_power(move |event| log.lock().unwrap().push(event.clone()));
        Self { fleet, store: store.clone(), events, power, keys }
    }

    fn machine(&self, index: usize) -> &Machine {
        &self.fleet.machines()[index]
    }

    fn needy(&self, needy: &[usize]) {
        for (index, machine) in self.fleet.machines().iter().enumerate() {
            machine.set_needs_reboot(needy.contains(&index));
        }
    }

    /// Turns the kill switches of these machines on or off.
    fn brake(&self, machines: &[usize], on: bool) {
        for index in machines {
            self.machine(*index).set_kill_switch(on);
        }
    }

    /// Runs to the end, which has to come, while `script` acts upon the fleet.
    async fn finish(&self, script: impl Future<Output = ()>) -> Summary {
        let (summary, ()) = tokio::join!(self.fleet.run(pending()), script);
        let summary = summary.unwrap();
        assert_eq!(summary.unfinished, []);
        summary
    }

    /// Runs until `script` has ended, or the run by itself.
    async fn run(&self, script: impl Future<Output = ()>) -> Result<Summary, SimError> {
        self.fleet.run(script).await
    }

    /// The machines that have gone down by their command, in order.
    fn went_down(&self) -> Vec<String> {
        let log = self.power.lock().unwrap();
        let down = log.iter().filter(|event| event.power == Power::Off(Cause::Command));
        down.map(|event| event.node.to_string()).collect()
    }

    /// The owners of the keys of the queue, and whether each is a claim.
    fn queue(&self) -> BTreeMap<String, bool> {
        let pairs = self.store.pairs();
        let queue = self.keys.queue();
        let places = pairs.values().filter(|pair| queue.contains(&pair.key));
        places
            .map(|pair| {
                let place: PlaceRecord = serde_json::from_slice(&pair.value).unwrap();
                (place.node, pair.lease.is_none())
            })
            .collect()
    }

    /// What each machine told last, for whoever asks why nothing goes on.
    fn last_words(&self) -> Vec<Event> {
        let last = |machine: &Arc<Machine>| self.events_of(machine.name().as_str()).into_iter().rev().take(8);
        self.fleet.machines().iter().flat_map(last).collect()
    }

    fn events_of(&self, node: &str) -> Vec<Event> {
        self.events.events().into_iter().filter(|event| event.node.as_str() == node).collect()
    }
}

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

async fn pass(time: Duration) {
    sleep(time).await;
}
