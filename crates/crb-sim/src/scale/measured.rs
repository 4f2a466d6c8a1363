//! The phases on a paused clock, over the store in memory.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crb_store::memory::MemoryStore;
use crb_store::{Meter, Metered, Store};
use jiff::Timestamp;
use tokio::runtime::Builder;

use super::{Eye, Scale, Schedule, live};
use crate::{Fleet, FleetSpec, virtual_clock};

/// How many commits the store remembers, as one that compacts itself.
const KEPT: usize = 10_000;

/// Runs a fleet of `nodes` on a paused clock through its phases, and through the first `reboots` of its roll-out.
///
/// # Errors
/// When a runtime could not be had, or the fleet broke a promise.
pub fn measure(nodes: usize, reboots: usize) -> io::Result<Scale> {
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let schedule =
        Schedule { join: minutes(1), rest: minutes(10), queue: minutes(2), wait: minutes(10), reboots };
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let course = async {
        let (store, meter, eye) = (MemoryStore::new(1), Meter::default(), Eye::default());
        store.keep_history(KEPT);
        let line: Arc<dyn Store> = Arc::new(Metered::new(store.clone(), meter.clone()));
        let clock = virtual_clock(Timestamp::UNIX_EPOCH);
        let fleet = Fleet::new(FleetSpec::swift(nodes), Arc::new(store), clock, Arc::new(eye.clone()))
            .by_lines(vec![line; nodes])
            .on_power({
                let eye = eye.clone();
                move |event| eye.power(event)
            });
        live(&fleet, &eye, &meter, &schedule, |_| {}).await
    };
    runtime.block_on(course).map_err(io::Error::other)
}
