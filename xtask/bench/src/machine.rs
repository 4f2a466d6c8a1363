//! A pretended machine that is healthy and needs no reboot, under the real daemon and its real detector, log and metrics.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use crb_decide::{BootId, CommandEnd, KillSwitchSeen, MachineId, NodeName, ScriptVerdict};
use crb_detect::{Engine, FileDetector};
use crb_health::{HealthCheck, RunContext, ScriptReport};
use crb_lock::{Coordinator, Identity, Keys, RamMemory};
use crb_observe::{Background, Clock, Emitter, Fanout, Format, Level, Lines, Metrics, Sink};
use crb_orchestrate::{Hooks, KillSwitch, Node, RebootCommand, RunMarker, RunRecord, Setup};
use crb_sim::FleetSpec;
use crb_store::Store;
use jiff::Timestamp;
use tokio::time::Instant;

/// Where the node of a machine tells what happens.
pub(crate) struct Told {
    pub(crate) log: Background,
    pub(crate) metrics: Arc<Metrics>,
}

/// The node of a machine whose marker would be at `marker`. Call it inside a tokio runtime, whose clock is its wall clock,
/// too.
pub(crate) fn node(store: Arc<dyn Store>, marker: &Path) -> io::Result<(Node, Told)> {
    let name = NodeName::try_new("node-a").map_err(io::Error::other)?;
    let clock = clock();
    let log = Background::start(io::sink())?;
    let metrics = Arc::new(Metrics::new("0", "none"));
    let sinks: Vec<Arc<dyn Sink>> =
        vec![Arc::new(Lines::new(log.clone(), Format::Json, Level::Debug)), Arc::clone(&metrics) as _];
    let emitter = Emitter::new(name.clone(), Arc::clone(&clock), Arc::new(Fanout(sinks)));
    let identity = Identity {
        node: name,
        machine_id: MachineId("machine".to_owned()),
        boot_id: BootId("boot".to_owned()),
        pid: 1,
        version: "0".to_owned(),
    };
    let keys = Keys::new("", "/lock");
    // With the defaults of the configuration.
    let FleetSpec { plan, terms, .. } = FleetSpec::new(1);
    let coordinator = Coordinator::remembering(Arc::<RamMemory>::default(), store, keys, identity, terms);
    let setup = Setup {
        plan,
        detectors: Engine::new(vec![Box::new(FileDetector::new("marker", marker))]),
        health: Arc::new(Calm),
        kill_switch: Arc::new(Calm),
        reboot: Arc::new(Calm),
        hooks: Hooks::default(),
    };
    let node = Node::new(setup, Arc::new(Calm), coordinator, emitter, clock, Arc::new(|| 0.5));
    Ok((node, Told { log, metrics }))
}

fn clock() -> Clock {
    let began = Instant::now();
    Arc::new(move || Timestamp::UNIX_EPOCH.saturating_add(began.elapsed()).unwrap_or(Timestamp::MAX))
}

/// A machine to which nothing happens.
struct Calm;

#[async_trait]
impl HealthCheck for Calm {
    async fn check(&self, _: &RunContext) -> ScriptReport {
        ScriptReport {
            verdict: ScriptVerdict::Healthy,
            stdout: String::new(),
            stderr: String::new(),
            took: Duration::from_millis(2),
        }
    }
}

impl KillSwitch for Calm {
    fn look(&self) -> KillSwitchSeen {
        KillSwitchSeen::Absent
    }
}

#[async_trait]
impl RebootCommand for Calm {
    fn argv(&self) -> Vec<String> {
        vec!["true".to_owned()]
    }

    async fn run(&self) -> Result<(), CommandEnd> {
        Err(CommandEnd::NotStarted("this machine needs no reboot".to_owned()))
    }
}

impl RunMarker for Calm {
    fn read(&self) -> io::Result<Option<RunRecord>> {
        Ok(None)
    }

    fn put(&self, _: &RunRecord) -> io::Result<()> {
        Err(io::Error::other("this machine needs no reboot"))
    }

    fn remove(&self) -> io::Result<()> {
        Ok(())
    }
}
