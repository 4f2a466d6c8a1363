//! How soon: the program's start, its first pass, and its look at a marker.

use std::path::Path;
use std::time::Duration;

use crb_testbed::{EtcdCluster, Event, TestNode};
use jiff::Timestamp;
use xtask::{Failure, Step};

use crate::bed::{self, TIMES};
use crate::clock::{now, rest, timed};
use crate::figure::{Figure, percentile};

/// How often one round runs a program that is over in an instant.
const STARTS: usize = 21;

/// What ends waits of a daemon come no faster than once a second, so that is how long a marker waits after another.
const BETWEEN_MARKERS: Duration = Duration::from_millis(1_500);

pub(crate) fn measure(binary: &Path) -> Result<Vec<Figure>, Failure> {
    Ok(vec![Figure::of("version_ms", versions(binary)?), first_passes(binary), looks(binary)])
}

/// From the start of `clusterrebootd version` to its end: the middle of many, five times.
fn versions(binary: &Path) -> Result<Vec<f64>, Failure> {
    let once = || {
        let (said, took) = timed(|| Step::new(binary).args(["version"]).ask());
        said.map(|_| ms(took))
    };
    let round = || Ok(percentile(&(0..STARTS).map(|_| once()).collect::<Result<Vec<_>, _>>()?, 50));
    (0..TIMES).map(|_| round()).collect()
}

/// From the start of the daemon to the end of its first pass: it has joined its fleet, asked its detector and its health
/// script.
fn first_passes(binary: &Path) -> Figure {
    let cluster = EtcdCluster::start_with_tls(1);
    let once = |index| {
        let mut node = bed::node(binary, &cluster, &format!("fleet-{index}"), "node-a");
        node.put_config();
        let began = now();
        node.start_as_it_is();
        let first = node.wait_for_outcome("no_action");
        ms(at(&first).saturating_sub(began))
    };
    // The first one reads the program from the disk.
    once(TIMES);
    Figure::of("first_pass_ms", (0..TIMES).map(once))
}

/// From the moment in which a marker is there to the end of the look that finds it. The daemons only pretend, so that they
/// rest again afterwards.
fn looks(binary: &Path) -> Figure {
    let cluster = EtcdCluster::start_with_tls(1);
    let mut nodes: Vec<TestNode> = (0..TIMES)
        .map(|index| bed::node(binary, &cluster, &format!("fleet-{index}"), "node-a").with("dry_run", true))
        .collect();
    for node in &mut nodes {
        node.start();
        node.wait_for_outcome("no_action");
    }
    let mut took = vec![];
    for _ in 0..TIMES {
        rest(BETWEEN_MARKERS);
        for node in &mut nodes {
            let began = now();
            node.need_reboot();
            let look =
                node.wait_for("a look", |event| event.says("detectors_evaluated", "result", "requires"));
            took.push(ms(at(&look).saturating_sub(began)));
        }
        rest(BETWEEN_MARKERS);
        for node in &mut nodes {
            node.need_no_reboot();
            node.wait_for_outcome("no_action");
        }
    }
    Figure::of("marker_ms", took)
}

/// When an event happened, since the epoch; in whole milliseconds, as the log has it.
pub(crate) fn at(event: &Event) -> Duration {
    let at: Timestamp = event.ts.parse().expect("the log has timestamps");
    at.as_duration().unsigned_abs()
}

pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
