//! A fleet of real nodes in this process, on a real etcd: each with a connection and leases of its own, as on a machine of
//! its own.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use crb_sim::scale::{Eye, Phase, Scale, Schedule, live};
use crb_sim::{Fleet, FleetSpec};
use crb_store::etcd::{EtcdSettings, EtcdStore};
use crb_store::{Meter, Metered, Store};
use crb_testbed::EtcdCluster;
use jiff::Timestamp;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::runtime::Builder;

use crate::etcd::{Sample, Work};

const MEMBERS: usize = 3;

/// How long a pretended reboot takes.
pub(crate) const REBOOT: Duration = Duration::from_millis(50);

const SCHEDULE: Schedule = Schedule {
    join: Duration::from_secs(5),
    rest: Duration::from_secs(30),
    queue: Duration::from_secs(75),
    wait: Duration::from_secs(30),
    reboots: 0,
};

/// How long those phases take together that always last as long.
pub(crate) const fn fixed_seconds() -> u64 {
    SCHEDULE.join.as_secs() + SCHEDULE.rest.as_secs() + SCHEDULE.queue.as_secs() + SCHEDULE.wait.as_secs()
}

/// What a fleet came to.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) scale: Scale,
    /// What the members did in each phase.
    pub(crate) work: Vec<(Phase, Work)>,
    /// From the release of one node to the arm of the next, the shortest first.
    pub(crate) hand_overs: Vec<Duration>,
    /// The load of this machine before and after, over a minute each.
    pub(crate) load: [String; 2],
}

/// Lets this process, and the servers that it starts, have as many files open as they may.
pub(crate) fn open_files() {
    let limit = getrlimit(Resource::Nofile);
    // Where this is refused, the connections that fail tell.
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).ok();
}

/// Runs a fleet of `nodes` through its life, and through so many of their `reboots`.
pub(crate) fn measure(nodes: usize, reboots: usize) -> Result<Figures, Box<dyn Error>> {
    let before = load();
    let cluster = EtcdCluster::start(MEMBERS);
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let figures = runtime.block_on(run(nodes, reboots, &cluster, before))?;
    Ok(figures)
}

async fn run(
    nodes: usize,
    reboots: usize,
    cluster: &EtcdCluster,
    before: String,
) -> Result<Figures, Box<dyn Error>> {
    let schedule = Schedule { reboots, ..SCHEDULE };
    let (meter, eye) = (Meter::default(), Eye::default());
    let line = |first: usize| -> Result<Arc<dyn Store>, Box<dyn Error>> {
        let settings = EtcdSettings { first, ..EtcdSettings::new(cluster.endpoints()) };
        Ok(Arc::new(Metered::new(EtcdStore::try_new(&settings)?, meter.clone())))
    };
    let lines = (0..nodes).map(line).collect::<Result<Vec<_>, _>>()?;
    let proof = Arc::new(EtcdStore::try_new(&EtcdSettings::new(cluster.endpoints()))?);
    let mut spec = FleetSpec::swift(nodes);
    spec.reboot_time = REBOOT..=REBOOT;
    spec.seed = fastrand::u64(..);
    let fleet = Fleet::new(spec, proof, wall_clock(), Arc::new(eye.clone())).by_lines(lines).on_power({
        let eye = eye.clone();
        move |event| eye.power(event)
    });
    let mut last = Sample::take(cluster);
    let mut work = vec![];
    let scale = live(&fleet, &eye, &meter, &schedule, |phase| {
        let now = Sample::take(cluster);
        work.push((phase, &now - &last));
        last = now;
    })
    .await?;
    let mut hand_overs = scale.taken_up_after.clone();
    hand_overs.sort_unstable();
    Ok(Figures { scale, work, hand_overs, load: [before, load()] })
}

#[allow(clippy::disallowed_methods, reason = "this file owns the wall clock of this program")]
fn wall_clock() -> crb_observe::Clock {
    Arc::new(Timestamp::now)
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("?").to_owned()
}
