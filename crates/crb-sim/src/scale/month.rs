//! Weeks of a fleet's life, on a paused clock: what they leave in the store.

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crb_decide::NodeName;
use crb_lock::{Keys, Operator, OperatorError};
use crb_observe::{Clock, Fanout};
use crb_store::memory::MemoryStore;
use crb_store::{Meter, Metered, Store, Traffic};
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep, sleep_until};

use crate::{Command, Fleet, FleetSpec, Machine, virtual_clock};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// How long an entry of the history is kept: for a week, and so from one roll-out to the next.
const HISTORY: Duration = Duration::from_secs(7 * 24 * 3_600);

/// How many commits the store remembers, as one that compacts itself.
const KEPT: usize = 10_000;

/// How much stands in the store, its history of changes aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stock {
    /// How many keys, by what they are: `queue`, `health`, `presence`, `holds`, `history`, and `single` for all that
    /// there is one of.
    pub keys: BTreeMap<&'static str, usize>,
    /// Keys and values in all, by the same names.
    pub bytes: BTreeMap<&'static str, usize>,
    /// How many leases there are.
    pub leases: usize,
}

impl Stock {
    fn take(store: &MemoryStore, keys: &Keys) -> Self {
        let ranges = [
            ("queue", keys.queue()),
            ("health", keys.health_records()),
            ("presence", keys.alive_records()),
            ("holds", keys.holds()),
            ("history", keys.history_records()),
        ];
        let mut stock = Self { keys: BTreeMap::new(), bytes: BTreeMap::new(), leases: store.leases() };
        for pair in store.pairs().values() {
            let range = ranges.iter().find(|(_, range)| range.contains(&pair.key));
            let name = range.map_or("single", |(name, _)| name);
            *stock.keys.entry(name).or_default() += 1;
            *stock.bytes.entry(name).or_default() += pair.key.len() + pair.value.len();
        }
        stock
    }

    /// All keys and values.
    pub fn total(&self) -> usize {
        self.bytes.values().sum()
    }
}

/// What weeks of a fleet came to.
#[derive(Debug, Clone)]
pub struct Weeks {
    /// Once everybody had joined, before anything else happened.
    pub first: Stock,
    /// At the end of each week.
    pub ends: Vec<Stock>,
    /// Everything that was asked of the store, and what watches told.
    pub asked: BTreeMap<&'static str, Traffic>,
}

/// Leads a fleet of `nodes`, of which there are six at least, through so many weeks on a paused clock. In each one, nodes
/// fall ill and recover, operators pause and resume, one node is struck off and comes back, a claim comes to nothing, and
/// all but the first reboot.
///
/// # Errors
/// When a runtime could not be had, the fleet broke a promise, or an operator was refused.
pub fn weeks(nodes: usize, weeks: u32) -> io::Result<Weeks> {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(lead(nodes, weeks)).map_err(io::Error::other)
}

async fn lead(nodes: usize, weeks: u32) -> Result<Weeks, Box<dyn Error + Send + Sync>> {
    let (store, meter, now) = (MemoryStore::new(1), Meter::default(), virtual_clock(Timestamp::UNIX_EPOCH));
    store.keep_history(KEPT);
    let (spec, shared) = (spec(nodes), Arc::new(store.clone()));
    let keys = spec.keys();
    let line: Arc<dyn Store> = Arc::new(Metered::new(store.clone(), meter.clone()));
    let fleet = Fleet::new(spec, shared.clone(), Arc::clone(&now), Arc::new(Fanout(vec![])))
        .by_lines(vec![line; nodes]);
    let operator = Operator::new(shared, keys.clone(), "operator", Some(HISTORY));
    let Some((first, others)) = fleet.machines().split_first() else {
        return Err("a fleet without nodes".into());
    };
    // The first one never goes, or the fleet would be done.
    first.set_kill_switch(true);
    for machine in others {
        machine.set_needs_reboot(false);
    }
    let mut came_to = Err("the fleet was done before its time".into());
    let script = async {
        let led = async {
            sleep(minutes(30)).await;
            let first = Stock::take(&store, &keys);
            let (began, mut ends) = (Instant::now(), vec![]);
            for week in 1..=weeks {
                self::week(others, &operator, &now).await?;
                sleep_until(began + 7 * DAY * week).await;
                ends.push(Stock::take(&store, &keys));
            }
            Ok::<_, OperatorError>(Weeks { first, ends, asked: meter.kinds() })
        };
        came_to = led.await.map_err(Into::into);
    };
    fleet.run(script).await?;
    came_to
}

fn spec(nodes: usize) -> FleetSpec {
    let mut spec = FleetSpec::new(nodes);
    // Heartbeats and passes leave nothing behind, and a month has many.
    spec.plan.check_interval = minutes(20);
    spec.plan.health_interval = minutes(20);
    spec.plan.backoff_max = minutes(20);
    spec.terms.presence_ttl = minutes(45);
    spec.terms.cooldown = minutes(1);
    spec.terms.history_keep = Some(HISTORY);
    spec
}

/// A week in which everything happens that leaves something in the store, and a roll-out.
async fn week(machines: &[Arc<Machine>], operator: &Operator, now: &Clock) -> Result<(), OperatorError> {
    let [_, _, ill, gone, spoilt, ..] = machines else { return Ok(()) };
    for _ in 0..2 {
        ill.set_healthy(false);
        sleep(minutes(30)).await;
        ill.set_healthy(true);
        sleep(minutes(30)).await;
    }
    operator.pause("an incident", None, now()).await?;
    sleep(minutes(60)).await;
    operator.resume().await?;
    operator.pause("another one", Some(now() + SignedDuration::from_mins(30)), now()).await?;
    for machine in machines {
        machine.set_needs_reboot(true);
    }
    while machines.iter().any(|machine| machine.needs_reboot()) {
        sleep(minutes(10)).await;
    }
    // One goes for good, is struck off, and comes back under the same name.
    gone.crash_daemon();
    sleep(minutes(60)).await;
    let name: NodeName = gone.name().clone();
    operator.forget(&name, "decommissioned", now()).await?;
    gone.start_daemon();
    // A claim that comes to nothing.
    spoilt.set_command(Command::CannotStart);
    spoilt.set_needs_reboot(true);
    sleep(minutes(30)).await;
    spoilt.set_needs_reboot(false);
    spoilt.set_command(Command::Works);
    Ok(())
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}
