//! A day that passes in seconds: what is left on the heap of it.
//!
//! One half is the daemon at rest, on virtual time over the store in memory, with nobody who scrapes its metrics. The other
//! half is what a day's renewals leave in the client of a real etcd, made one upon the other. This process counts what is
//! allocated and what is given back.

use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crb_orchestrate::Daemon;
use crb_store::Store;
use crb_store::etcd::{EtcdSettings, EtcdStore, TlsSettings};
use crb_store::memory::MemoryStore;
use crb_testbed::EtcdCluster;
use tempfile::TempDir;
use tokio::runtime::Builder;
use tokio::time::sleep;
use xtask::Failure;

use crate::ALLOCATOR;
use crate::figure::Figure;
use crate::machine::{self, Told};
use crate::process::count;

const HOUR: Duration = Duration::from_secs(3600);

/// How long the log may take to be written.
const LOG: Duration = Duration::from_secs(60);

/// A lease of 60 s is renewed three times a minute.
const RENEWALS: usize = 3 * 60 * 24;

/// How many renewals are made before anything is counted: some of the client's buffers come to their size in the first of them.
const FIRST_RENEWALS: usize = 180;

/// How many renewals are made before each look at the heap, at both ends of the day.
const FEW_RENEWALS: usize = 30;

/// The hours of a day.
const DAY: usize = 24;

/// From how many looks the least is taken, at both ends of a day. Of what is put away, some waits for a while until it is
/// given back, and at some looks more than at others.
const CALM: usize = 6;

/// What is on the heap, and how often something was put there.
#[derive(Debug, Clone, Copy)]
struct Heap {
    bytes: f64,
    allocations: f64,
}

impl Heap {
    fn now() -> Self {
        let stats = ALLOCATOR.stats();
        let live = count(stats.bytes_allocated) - count(stats.bytes_deallocated);
        Self { bytes: live, allocations: count(stats.allocations + stats.reallocations) }
    }
}

/// Lets both days pass.
pub(crate) fn measure() -> Result<Vec<Figure>, Failure> {
    let hours = at_rest().map_err(|error| Failure::Verdict(format!("the day did not pass: {error}")))?;
    let calls = renewals().map_err(Failure::Verdict)?;
    Ok(vec![
        Figure::of("day_growth_bytes", [growth(&hours)]),
        Figure::of("allocations_per_hour", [allocations(&hours) / count(DAY)]),
        Figure::of("day_calls_growth_bytes", [calls]),
    ])
}

/// The heap of a daemon at rest after its first hour, and after each of the 24 that follow.
fn at_rest() -> io::Result<Vec<Heap>> {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build()?;
    runtime.block_on(async {
        let directory = TempDir::new()?;
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new(1));
        let (node, told) = machine::node(store, &directory.path().join("marker"))?;
        let heap = async {
            sleep(HOUR).await;
            let mut hours = Vec::with_capacity(DAY + 1);
            for _ in 0..=DAY {
                sleep(HOUR).await;
                hours.push(settled(&told)?);
            }
            Ok(hours)
        };
        tokio::select! {
            heap = heap => heap,
            stopped = Daemon::new(node).run(pending()) => {
                Err(io::Error::other(format!("the daemon has stopped: {stopped:?}")))
            }
        }
    })
}

/// By how many bytes the heap has grown from the first looks to the last.
fn growth(looks: &[Heap]) -> f64 {
    let least = |looks: &[Heap]| looks.iter().map(|heap| heap.bytes).fold(f64::MAX, f64::min);
    (least(&looks[looks.len() - CALM..]) - least(&looks[..CALM])).max(0.0)
}

/// How often something was put on the heap from the first hour on.
fn allocations(hours: &[Heap]) -> f64 {
    hours[hours.len() - 1].allocations - hours[0].allocations
}

/// The heap, once what waits on it is put away: the log is written, and what was timed is counted, which else is done for
/// some hundreds at a time.
fn settled(told: &Told) -> io::Result<Heap> {
    drop(told.metrics.render());
    if told.log.settle(LOG) { Ok(Heap::now()) } else { Err(io::Error::other("the log is not written")) }
}

/// By how many bytes a day's renewals of a lease grow the heap.
fn renewals() -> Result<f64, String> {
    let cluster = EtcdCluster::start_with_tls(1);
    let tls = cluster.tls().ok_or("the cluster has no TLS")?;
    let settings = EtcdSettings {
        tls: Some(TlsSettings {
            ca_file: tls.ca_file.clone(),
            cert_file: tls.cert_file.clone(),
            key_file: tls.key_file.clone(),
            insecure_skip_verify: false,
        }),
        ..EtcdSettings::new(cluster.endpoints())
    };
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let store = EtcdStore::try_new(&settings).map_err(|error| error.to_string())?;
        let lease = store.grant(Duration::from_secs(60)).await.map_err(|error| error.to_string())?;
        let renew = async |times| {
            for _ in 0..times {
                store.keep_alive(lease).await.map_err(|error| error.to_string())?;
            }
            // What tasks of the client have still to put away, they put away now.
            sleep(Duration::from_millis(100)).await;
            Ok::<_, String>(Heap::now())
        };
        renew(FIRST_RENEWALS).await?;
        // It must not grow itself meanwhile.
        let mut looks = Vec::with_capacity(2 * CALM);
        for _ in 0..CALM {
            looks.push(renew(FEW_RENEWALS).await?);
        }
        renew(RENEWALS).await?;
        for _ in 0..CALM {
            looks.push(renew(FEW_RENEWALS).await?);
        }
        Ok(growth(&looks))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Row;

    fn heaps(bytes: impl Fn(usize) -> f64) -> Vec<Heap> {
        (0..=DAY).map(|hour| Heap { bytes: bytes(hour), allocations: count(hour) * 10.0 }).collect()
    }

    #[test]
    fn what_comes_and_goes_is_no_growth_and_what_stays_is() {
        let wavers = heaps(|hour| if hour % 5 == 0 { 1000.0 } else { 3000.0 });
        assert!(growth(&wavers) < f64::EPSILON);
        // Four bytes that each heartbeat leaves behind.
        let leaks = heaps(|hour| wavers[hour].bytes + 4.0 * 240.0 * count(hour));
        let limit = Row::of(&Figure::of("day_growth_bytes", [0.0])).target;
        assert!(growth(&leaks) > limit, "{}", growth(&leaks));
        assert!((allocations(&wavers) - 240.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_day_at_rest_leaves_nothing_on_the_heap() {
        let hours = at_rest().unwrap();
        assert!(allocations(&hours) > 0.0, "the daemon did nothing all day");
        let grown = growth(&hours);
        assert!(grown <= Row::of(&Figure::of("day_growth_bytes", [grown])).target, "{hours:?}");
    }
}
