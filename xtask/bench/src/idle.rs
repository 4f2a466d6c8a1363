//! Daemons at rest: what they hold, and what they cost etcd.

use std::path::Path;
use std::time::Duration;

use crb_testbed::{EtcdCluster, TestNode};
use xtask::Failure;

use crate::bed::{self, TIMES};
use crate::clock::{self, rest};
use crate::figure::Figure;
use crate::process::{Process, count};
use crate::scrape::Scrape;

/// How long a daemon that has made its first pass is left alone before anything is looked at. By then it has renewed its
/// lease for the first time, which takes one call more than later ones.
const SETTLE: Duration = Duration::from_secs(25);

/// How many seconds it is looked at, and what looking takes: less than a minute in all, so that it is no more than three
/// renewals of a lease that is renewed every 20 s, however busy the machine is.
const WATCHED: u32 = 50;

const SECOND: Duration = Duration::from_secs(1);

const SECONDS_PER_HOUR: f64 = 3600.0;

/// Runs five daemons side by side, each a fleet of its own on one etcd, and looks at them for the better part of a minute.
pub(crate) fn measure(binary: &Path) -> Result<Vec<Figure>, Failure> {
    let cluster = EtcdCluster::start_with_tls(1);
    let mut nodes: Vec<TestNode> =
        (0..TIMES).map(|index| bed::node(binary, &cluster, &format!("fleet-{index}"), "node-a")).collect();
    for node in &mut nodes {
        node.start();
    }
    for node in &mut nodes {
        node.wait_for_outcome("no_action");
        node.wait_for("word that it is well", |event| {
            event.says("cluster_health_update", "status", "healthy")
        });
    }
    rest(SETTLE);
    let mut processes: Vec<Process> = nodes.iter_mut().map(|node| Process::of(node.id())).collect();
    let before = Scrape::of(&cluster)?;
    let (began_at, began) = (clock::now(), ran(&mut processes)?);
    let mut threads = vec![0.0_f64; TIMES];
    for _ in 0..WATCHED {
        rest(SECOND);
        ran(&mut processes)?;
        for (most, process) in threads.iter_mut().zip(&processes) {
            *most = most.max(process.threads()?);
        }
    }
    let (ran, elapsed) = (ran(&mut processes)?, clock::now().saturating_sub(began_at).as_secs_f64());
    let after = Scrape::of(&cluster)?;

    let each = |read: &dyn Fn(&Process) -> Result<f64, Failure>| -> Result<Vec<f64>, Failure> {
        processes.iter().map(read).collect()
    };
    let port = port(&cluster)?;
    let (renewals, others) = after.calls_since(&before);
    let per_node = |sum: f64| sum / count(TIMES);
    let figures = vec![
        Figure::of("rss_kib", each(&|process| process.kib("VmRSS"))?),
        Figure::of("anon_kib", each(&|process| process.kib("RssAnon"))?),
        Figure::of("threads_resting", each(&Process::threads)?),
        Figure::of("threads_most", threads),
        Figure::of("connections", each(&|process| process.connections_to(port))?),
        Figure::of(
            "cpu_seconds_per_hour",
            ran.iter().zip(&began).map(|(ran, began)| (ran - began) / elapsed * SECONDS_PER_HOUR),
        ),
        Figure::of("etcd_writes", [after.writes - before.writes]),
        Figure::of("etcd_raft_entries", [after.committed - before.committed]),
        Figure::of("etcd_renewals_per_minute", [per_node(renewals)]),
        Figure::of("etcd_other_calls", [others]),
    ];
    for node in &mut nodes {
        if node.has_ended() {
            return Err(Failure::Verdict(format!(
                "a daemon ended while it was measured: {}",
                node.log_tail()
            )));
        }
    }
    Ok(figures)
}

fn ran(processes: &mut [Process]) -> Result<Vec<f64>, Failure> {
    processes.iter_mut().map(Process::ran).collect()
}

/// Where the one member listens to clients.
fn port(cluster: &EtcdCluster) -> Result<u16, Failure> {
    let endpoints = cluster.endpoints();
    let port = endpoints.first().and_then(|endpoint| endpoint.rsplit_once(':')?.1.parse().ok());
    port.ok_or_else(|| Failure::Verdict("etcd listens at no port".to_owned()))
}
