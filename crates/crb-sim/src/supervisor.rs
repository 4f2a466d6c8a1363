//! Keeps one machine's daemon running for as long as the machine does.

use std::convert::Infallible;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use crb_detect::Engine;
use crb_lock::{Coordinator, Identity, Terms};
use crb_observe::{Clock, Emitter, Sink};
use crb_orchestrate::{Daemon, Hooks, Node, Reins, Setup};
use crb_store::Store;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use crate::adapters::Seen;
use crate::altered::Altered;
use crate::machine::{Machine, Wanted};
use crate::power::{Cause, Power, PowerEvent};
use crate::process::Crashed;
use crate::spec::FleetSpec;
use crate::witness::Witness;

/// How long a service manager waits before it starts a daemon again that has crashed.
const RESTART: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(20);

/// Takes what happens to machines.
pub(crate) type PowerWatcher = Arc<dyn Fn(&PowerEvent) + Send + Sync>;

/// One machine, and everything its daemons need.
pub(crate) struct Supervisor {
    pub(crate) spec: Arc<FleetSpec>,
    pub(crate) machine: Arc<Machine>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Clock,
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) watchers: Vec<PowerWatcher>,
    pub(crate) witness: Arc<dyn Witness>,
    /// What is run around its reboot.
    pub(crate) hooks: Hooks,
    /// Has a permit for each time that its going down by the command was held against the claims in the store. It stays
    /// down until then, for a claim that it gave back meanwhile would be missed. Without one, it waits for nobody.
    pub(crate) judged: Option<Arc<Semaphore>>,
}

impl Supervisor {
    /// Runs the machine: one daemon after the other while it is up, none while it is down.
    pub(crate) async fn run(self) -> Infallible {
        loop {
            let cause = tokio::select! {
                biased;
                cause = self.machine.power_end() => cause,
                never = self.keep_daemon() => match never {},
            };
            self.tell(Power::Off(cause));
            sleep(self.machine.chance_in(&self.spec.reboot_time)).await;
            // It is never closed.
            if let (Some(judged), Cause::Command) = (&self.judged, cause)
                && let Ok(permit) = judged.acquire().await
            {
                permit.forget();
            }
            self.machine.may_come_up().await;
            self.machine.boot();
            self.tell(Power::On { boot_id: self.machine.boot_id() });
        }
    }

    async fn keep_daemon(&self) -> Infallible {
        loop {
            self.machine.daemon_wanted(Wanted::Running).await;
            self.machine.before_start();
            self.witness.starts(&self.machine);
            let altered = self.machine.altered();
            let node = self.node(&altered);
            let reloads = self.reload(node.reins(), altered);
            let daemon = Daemon::new(node).run(async {
                self.machine.daemon_wanted(Wanted::Stopped).await;
                "SIGTERM".to_owned()
            });
            let end = tokio::select! {
                biased;
                () = self.machine.daemon_wanted(Wanted::Dead) => Ok(()),
                // Before the daemon, so that it never goes by what the machine no longer says.
                never = reloads => match never {},
                end = self.machine.process().run(daemon) => end.map(drop),
            };
            if end == Err(Crashed) {
                sleep(self.machine.chance_in(&RESTART)).await;
            }
        }
    }

    /// Puts into force what the machine's configuration says, whenever it says something else.
    async fn reload(&self, reins: Reins, mut altered: Altered) -> Infallible {
        loop {
            self.machine.altered_since(&altered).await;
            altered = self.machine.altered();
            reins.take_over(self.setup(&altered), self.terms(&altered));
        }
    }

    fn seen(&self) -> Seen {
        Seen {
            machine: Arc::clone(&self.machine),
            shutdown_time: self.spec.shutdown_time.clone(),
            witness: Arc::clone(&self.witness),
        }
    }

    fn setup(&self, altered: &Altered) -> Setup {
        Setup {
            plan: altered.plan(&self.spec.plan),
            detectors: Engine::new(vec![Box::new(self.seen())]),
            health: Arc::new(self.seen()),
            kill_switch: Arc::new(self.seen()),
            reboot: Arc::new(self.seen()),
            hooks: self.hooks.clone(),
        }
    }

    fn terms(&self, altered: &Altered) -> Terms {
        let mut terms = self.spec.terms.clone();
        terms.slots = self.machine.slots().unwrap_or(terms.slots);
        altered.terms(&terms)
    }

    fn node(&self, altered: &Altered) -> Node {
        let name = self.machine.name();
        let identity = Identity {
            node: name.clone(),
            machine_id: self.machine.id().clone(),
            boot_id: self.machine.boot_id(),
            pid: 1,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let coordinator = Coordinator::remembering(
            self.machine.memory(),
            Arc::clone(&self.store),
            self.spec.keys(),
            identity,
            self.terms(altered),
        );
        let machine = Arc::clone(&self.machine);
        Node::new(
            self.setup(altered),
            Arc::new(self.seen()),
            coordinator,
            Emitter::new(name.clone(), Arc::clone(&self.clock), Arc::clone(&self.sink)),
            Arc::clone(&self.clock),
            Arc::new(move || machine.chance()),
        )
        .with_notes(self.machine.notes())
    }

    fn tell(&self, power: Power) {
        self.witness.switched(&self.machine, &power);
        let event = PowerEvent { at: (self.clock)(), node: self.machine.name().clone(), power };
        for watcher in &self.watchers {
            watcher(&event);
        }
    }
}
