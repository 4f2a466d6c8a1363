//! A daemon on the bench: a node with stand-ins, a store in memory, and everything that was told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crb_decide::{BootId, ClaimPhase, MachineId, NodeName, Outcome, Policy};
use crb_detect::Engine;
use crb_health::{AliveRecord, HealthRecord, Statement};
use crb_lock::{
    Claim, Commitment, Coordinator, Ending, Finish, Identity, Keys, Place, PlaceRecord, RamMemory, Terms,
};
use crb_observe::{Clock, Emitter, What};
use crb_orchestrate::{Daemon, Node, Plan, Reins, RunRecord, Setup, Stopped, Watchdog};

use super::hooks::HookProps;
use crb_store::memory::MemoryStore;
use crb_store::{KeyValue, Op, Store, Txn};
use crb_windows::Windows;
use jiff::{Timestamp, tz::TimeZone};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use super::line::Line;
use super::props::{Props, Seen};
use super::tape::Tape;

pub(crate) const ME: &str = "me";

pub(crate) const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) const fn minutes(count: u64) -> Duration {
    seconds(60 * count)
}

pub(crate) fn name(name: &str) -> NodeName {
    NodeName::try_new(name).unwrap()
}

/// Everything around a daemon. It outlives the daemon, as a machine outlives its processes.
pub(crate) struct Bench {
    pub(crate) store: MemoryStore,
    pub(crate) line: Arc<Line>,
    pub(crate) keys: Keys,
    pub(crate) plan: Plan,
    pub(crate) terms: Terms,
    pub(crate) props: Arc<Props>,
    pub(crate) events: Arc<Tape>,
    pub(crate) boot: Mutex<&'static str>,
    /// What the node remembers over its daemons and boots.
    pub(crate) memory: Arc<RamMemory>,
    pub(crate) machine: &'static str,
    /// What is run around its reboot.
    pub(crate) hooks: Arc<HookProps>,
    began: Instant,
}

/// A daemon at work. Dropped, it crashes.
pub(crate) struct Running {
    stop: Option<oneshot::Sender<String>>,
    pub(crate) reins: Reins,
    task: JoinHandle<Stopped>,
}

impl Running {
    /// Puts into force what the bench is now.
    pub(crate) fn reload(&self, bench: &Bench) {
        self.reins.take_over(bench.setup(), bench.terms.clone());
    }

    /// Ends it as a signal does, and waits for its end.
    pub(crate) async fn stop(mut self) -> Stopped {
        self.stop.take().unwrap().send("SIGTERM".to_owned()).unwrap();
        (&mut self.task).await.unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Default for Bench {
    fn default() -> Self {
        let store = MemoryStore::new(7);
        Self {
            line: Line::new(),
            store,
            keys: Keys::new("test", "/lock"),
            plan: Plan {
                dry_run: false,
                check_interval: seconds(60),
                health_interval: seconds(15),
                backoff_min: seconds(5),
                backoff_max: seconds(60),
                reboot_timeout: minutes(10),
                post_stable: Duration::ZERO,
                longest_step: seconds(120),
                policy: Policy::default(),
                windows: Windows::new(vec![], vec![], TimeZone::UTC),
            },
            terms: Terms {
                lock_ttl: seconds(90),
                presence_ttl: seconds(60),
                reboot_timeout: minutes(10),
                cooldown: Duration::ZERO,
                history_keep: Some(minutes(24 * 60)),
                go_interval: seconds(15),
                slots: 1,
                policy_digest: String::new(),
            },
            props: Arc::default(),
            events: Arc::default(),
            boot: Mutex::new("boot-1"),
            memory: Arc::default(),
            machine: "machine-of-me",
            hooks: Arc::default(),
            began: Instant::now(),
        }
    }
}

impl Bench {
    fn clock(&self) -> Clock {
        let began = self.began;
        Arc::new(move || Timestamp::UNIX_EPOCH + began.elapsed())
    }

    fn coordinator(&self, store: Arc<dyn Store>, node: &str, machine: &str, boot: &str) -> Coordinator {
        self.remembering(Arc::default(), store, (node, machine, boot))
    }

    fn remembering(
        &self,
        memory: Arc<RamMemory>,
        store: Arc<dyn Store>,
        (node, machine, boot): (&str, &str, &str),
    ) -> Coordinator {
        let identity = Identity {
            node: name(node),
            machine_id: MachineId(machine.to_owned()),
            boot_id: BootId(boot.to_owned()),
            pid: 1,
            version: "1".to_owned(),
        };
        Coordinator::remembering(memory, store, self.keys.clone(), identity, self.terms.clone())
    }

    /// What of the node may change while it is at work, as the bench is now.
    fn setup(&self) -> Setup {
        self.setup_of(&self.props)
    }

    /// The same, with another machine's detector, script, kill switch and command.
    pub(crate) fn setup_of(&self, props: &Arc<Props>) -> Setup {
        let seen = || Arc::new(Seen(Arc::clone(props)));
        Setup {
            plan: self.plan.clone(),
            detectors: Engine::new(vec![Box::new(Seen(Arc::clone(props)))]),
            health: seen(),
            kill_switch: seen(),
            reboot: seen(),
            hooks: self.hooks.hooks(),
        }
    }

    /// The node, with a line of its own to the store.
    pub(crate) fn node(&self) -> Node {
        self.node_over(self.line.to(&self.store))
    }

    fn node_over(&self, store: Arc<dyn Store>) -> Node {
        Node::new(
            self.setup(),
            Arc::new(Seen(Arc::clone(&self.props))),
            self.remembering(Arc::clone(&self.memory), store, (ME, self.machine, *self.boot.lock().unwrap())),
            Emitter::new(name(ME), self.clock(), self.events.clone()),
            self.clock(),
            Arc::new(|| 0.5),
        )
        .with_notes(self.hooks.clone())
        .with_courier(self.hooks.clone())
    }

    /// Starts the daemon.
    pub(crate) fn start(&self) -> Running {
        run(self.node())
    }

    /// Starts the daemon, with a watchdog.
    pub(crate) fn start_watched(&self, watchdog: Arc<dyn Watchdog>) -> Running {
        run_watched(self.node(), Some(watchdog))
    }

    /// Starts the daemon, with another line to the store.
    pub(crate) fn start_over(&self, store: Arc<dyn Store>) -> Running {
        run(self.node_over(store))
    }

    /// How long the bench has been there.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Leaves the marker of a run behind, as an earlier daemon in `boot` did.
    pub(crate) fn ran_before(&self, boot: &str, runs: u32) {
        let claim = "/some/claim".to_owned();
        let run = RunRecord { boot_id: BootId(boot.to_owned()), claim, runs, at: Timestamp::UNIX_EPOCH };
        *self.props.marker.lock().unwrap() = Some(run);
    }

    /// Gives the machine another boot id: the next daemon starts in another boot.
    pub(crate) fn reboot(&self) {
        *self.boot.lock().unwrap() = "boot-2";
    }

    /// A peer that is there and has reported.
    pub(crate) async fn peer(&self, node: &str) -> Peer {
        let coordinator = self.coordinator(Arc::new(self.store.clone()), node, node, "boot");
        let joined = coordinator.join(false).await.unwrap();
        let store = self.store.clone();
        let mut keepers = JoinSet::new();
        keepers.spawn(async move { drop(joined.lease.keep(&store).await) });
        let peer = Peer { coordinator, clock: self.clock(), keepers };
        peer.say_healthy(true).await;
        peer
    }

    /// Returns once this was told; tells when.
    pub(crate) async fn told(&self, what: impl Fn(&What) -> bool) -> Duration {
        self.events.told(what).await.at.duration_since(Timestamp::UNIX_EPOCH).unsigned_abs()
    }

    /// Returns once a pass ended so.
    pub(crate) async fn outcome(&self, outcome: Outcome) -> Duration {
        self.told(|what| matches!(what, What::RunOutcome { decision, .. } if decision.outcome() == outcome))
            .await
    }

    /// The names of the events told, without those that only say what was looked at.
    pub(crate) fn story(&self) -> Vec<String> {
        let mut story: Vec<String> =
            self.events.events().iter().filter_map(|event| told(&event.what)).collect();
        story.dedup();
        story
    }

    /// How often the command was started.
    pub(crate) fn runs(&self) -> usize {
        self.events.count(|what| matches!(what, What::RebootCommandStarted { .. }))
    }

    /// The places in the queue, in its order.
    pub(crate) fn queue(&self) -> Vec<(PlaceRecord, bool)> {
        let pairs = self.store.pairs();
        let mut places: Vec<&KeyValue> =
            pairs.values().filter(|pair| self.keys.queue().contains(&pair.key)).collect();
        places.sort_by_key(|pair| pair.create_revision);
        let place = |pair: &KeyValue| (serde_json::from_slice(&pair.value).unwrap(), pair.lease.is_none());
        places.into_iter().map(place).collect()
    }

    /// Where the claim of this node is, if there is one.
    pub(crate) fn claim(&self) -> Option<ClaimPhase> {
        let queue = self.queue();
        queue.into_iter().find(|(place, claimed)| *claimed && place.node == ME).map(|(place, _)| place.phase)
    }

    /// What the fleet reads of this node's health.
    pub(crate) fn health(&self) -> Option<HealthRecord> {
        let pairs = self.store.pairs();
        let pair = pairs.get(&self.keys.health(&name(ME)))?;
        Some(serde_json::from_slice(&pair.value).unwrap())
    }

    /// What the fleet reads of this node's presence.
    pub(crate) fn alive(&self) -> Option<AliveRecord> {
        let pairs = self.store.pairs();
        let pair = pairs.get(&self.keys.alive(&name(ME)))?;
        Some(serde_json::from_slice(&pair.value).unwrap())
    }

    /// Puts or deletes by another hand.
    pub(crate) async fn by_hand(&self, op: Op) {
        self.store.txn(Txn::default().then([op])).await.unwrap();
    }

    /// Takes this node's claim away, as an operator's unlock does.
    pub(crate) async fn unlock(&self) {
        self.by_hand(Op::Delete { range: self.keys.queue() }).await;
    }

    /// Leaves a claim of this node in the store, as an earlier life of it in `boot` did.
    pub(crate) async fn left_behind(&self, boot: &str, phase: ClaimPhase) {
        let coordinator = self.coordinator(Arc::new(self.store.clone()), ME, self.machine, boot);
        coordinator.join(false).await.unwrap();
        let mut claim = committed(&coordinator, (self.clock())()).await;
        if phase == ClaimPhase::Armed {
            let _ = coordinator.arm(&mut claim).await.unwrap();
        } else if phase != ClaimPhase::Committed {
            let statement = Statement::unhealthy("test", "left behind");
            coordinator.mark(&mut claim, phase, &statement, (self.clock())()).await.unwrap();
        }
    }
}

fn run(node: Node) -> Running {
    run_watched(node, None)
}

fn run_watched(node: Node, watchdog: Option<Arc<dyn Watchdog>>) -> Running {
    let (stop, stopped) = oneshot::channel();
    let reins = node.reins();
    let daemon = Daemon::new(node).watched_by(watchdog);
    let task = tokio::spawn(daemon.run(async move { stopped.await.unwrap_or_default() }));
    Running { stop: Some(stop), reins, task }
}

async fn committed(coordinator: &Coordinator, now: Timestamp) -> Claim {
    let place = coordinator.enqueue(now).await.unwrap();
    let view = coordinator.view(Some(&place), now).await.unwrap();
    match coordinator.commit(&place, &view, now).await.unwrap() {
        Commitment::Made(claim) => claim,
        Commitment::Refused => panic!("nothing stood in the way"),
    }
}

/// Another node of the fleet.
pub(crate) struct Peer {
    coordinator: Coordinator,
    clock: Clock,
    keepers: JoinSet<()>,
}

impl Peer {
    /// Publishes whether it is healthy.
    pub(crate) async fn say_healthy(&self, healthy: bool) {
        let statement = Statement { healthy, stage: "heartbeat".into(), reason: String::new() };
        self.coordinator.own_health().publish(&statement, (self.clock)()).await.unwrap();
    }

    /// Takes a place in the queue, and keeps it.
    pub(crate) async fn queue(&mut self) -> Place {
        let place = self.coordinator.enqueue((self.clock)()).await.unwrap();
        let (store, lease) = (self.coordinator.shared_store(), Arc::clone(&place.lease));
        self.keepers.spawn(async move { drop(lease.keep(&*store).await) });
        place
    }

    /// Goes out, as before a reboot.
    pub(crate) async fn goes_out(&self) -> Claim {
        committed(&self.coordinator, (self.clock)()).await
    }

    /// Is back.
    pub(crate) async fn is_back(&self, claim: &Claim) {
        let well = Statement { healthy: true, stage: "heartbeat".into(), reason: String::new() };
        let end = self.coordinator.finish(claim, Ending::Released, "", &well, (self.clock)()).await;
        assert_eq!(end, Ok(Finish::Done));
    }

    /// Leaves it.
    pub(crate) async fn leave(&self, place: &Place) {
        assert_eq!(self.coordinator.leave(place).await, Ok(None));
    }

    /// Is gone without a word.
    pub(crate) fn crash(mut self) {
        self.keepers.abort_all();
    }
}

fn told(what: &What) -> Option<String> {
    Some(match what {
        What::RunOutcome { decision, .. } => decision.first_reason().code().to_owned(),
        What::LockAttempt { .. } => "attempt".to_owned(),
        What::LockAcquired { .. } => "acquired".to_owned(),
        What::LockReleased { .. } => "released".to_owned(),
        What::LockLost { .. } => "lost".to_owned(),
        What::RebootCommitted { .. } => "commit".to_owned(),
        What::ClaimPhase { phase, .. } => phase.as_str().to_owned(),
        What::HookEnded { phase, hook, end, .. } => format!("{} {hook} {}", phase.as_str(), end.as_str()),
        What::RebootCommandStarted { .. } => "command".to_owned(),
        What::RebootCommandEnded { .. } => "still up".to_owned(),
        What::RebootAborted { .. } => "aborted".to_owned(),
        What::RebootVerified { .. } => "verified".to_owned(),
        What::Stopped { why } => why.clone(),
        _ => return None,
    })
}
