//! A fleet at work, and the proof beside it.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crb_decide::NodeName;
use crb_observe::{Clock, Sink};
use crb_orchestrate::Hooks;
use crb_store::{Header, KeyValue, Revision, Store, StoreError, Watch, snapshot};
use fastrand::Rng;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::error::SimError;
use crate::machine::Machine;
use crate::oracle::Oracle;
use crate::power::{Cause, Power, PowerEvent};
use crate::spec::FleetSpec;
use crate::summary::Summary;
use crate::supervisor::{PowerWatcher, Supervisor};
use crate::witness::Nobody;

/// How long to rest before a store that does not answer is asked again.
const PAUSE: Duration = Duration::from_millis(200);

/// A fleet of pretended machines, each of which needs a reboot unless told otherwise.
pub struct Fleet {
    spec: Arc<FleetSpec>,
    store: Arc<dyn Store>,
    clock: Clock,
    sink: Arc<dyn Sink>,
    machines: Vec<Arc<Machine>>,
    watchers: Vec<PowerWatcher>,
    /// By which the daemon of a machine reaches the store, where that is another way than the proof's own.
    lines: Vec<Arc<dyn Store>>,
    /// For each machine, a permit for each time that its going down was held against the claims in the store.
    judged: Vec<Arc<Semaphore>>,
}

impl Fleet {
    /// The fleet of `spec` over `store`, with wall time from `clock`. All daemons tell their events to `sink`.
    pub fn new(spec: FleetSpec, store: Arc<dyn Store>, clock: Clock, sink: Arc<dyn Sink>) -> Self {
        let mut chance = Rng::with_seed(spec.seed);
        let machines: Vec<_> =
            spec.names().into_iter().map(|name| Arc::new(Machine::new(name, chance.fork()))).collect();
        for machine in &machines {
            machine.set_needs_reboot(true);
        }
        let judged = machines.iter().map(|_| Arc::new(Semaphore::new(0))).collect();
        Self { spec: Arc::new(spec), store, clock, sink, machines, watchers: vec![], lines: vec![], judged }
    }

    /// Calls `watcher` whenever a machine goes down or comes up.
    #[must_use]
    pub fn on_power(mut self, watcher: impl Fn(&PowerEvent) + Send + Sync + 'static) -> Self {
        self.watchers.push(Arc::new(watcher));
        self
    }

    /// Lets the daemon of each machine reach the store by its own one of `lines`, in the order of their names, and what
    /// follows the fleet from outside by the store as before. Machines without a line go that way, too.
    #[must_use]
    pub fn by_lines(mut self, lines: impl IntoIterator<Item = Arc<dyn Store>>) -> Self {
        self.lines = lines.into_iter().collect();
        self
    }

    /// The machines, in the order of their names.
    pub fn machines(&self) -> &[Arc<Machine>] {
        &self.machines
    }

    /// Runs until every machine that needs a reboot is back and released, or `until` comes. Call it inside a
    /// tokio runtime; on a current-thread one whose clock is paused the run depends on the seed alone.
    ///
    /// # Errors
    /// [`SimError::Violated`] at the first thing that must not be; [`SimError::Store`] when the store cannot
    /// be followed.
    pub async fn run(&self, until: impl Future<Output = ()>) -> Result<Summary, SimError> {
        let began = Instant::now();
        let (header, queue) = self.queue().await?;
        let mut oracle = Oracle::new(self.spec.terms.slots, header.revision, &queue)?;
        // Before the daemons, for a store that all of them call at once may be slow to answer.
        let watch = self.watch(header.revision).await?;
        let (sender, power) = mpsc::unbounded_channel();
        let mut daemons = self.start(&sender);
        tokio::select! {
            biased;
            died = daemons.join_next() => {
                let how = died.map_or_else(String::new, |end| match end {
                    Ok(never) => match never {},
                    Err(error) => error.to_string(),
                });
                return Err(SimError::Died(how));
            }
            settled = self.follow(&mut oracle, header, watch, power) => settled?,
            () = until => {}
        }
        Ok(self.summary(&oracle, began.elapsed()))
    }

    fn start(&self, oracle: &mpsc::UnboundedSender<PowerEvent>) -> JoinSet<Infallible> {
        let mut daemons = JoinSet::new();
        for (index, machine) in self.machines.iter().enumerate() {
            let (mut watchers, oracle) = (self.watchers.clone(), oracle.clone());
            // The oracle has gone only when the run is over.
            watchers.push(Arc::new(move |event| drop(oracle.send(event.clone()))));
            let supervisor = Supervisor {
                spec: Arc::clone(&self.spec),
                machine: Arc::clone(machine),
                store: Arc::clone(self.lines.get(index).unwrap_or(&self.store)),
                clock: Arc::clone(&self.clock),
                sink: Arc::clone(&self.sink),
                watchers,
                witness: Arc::new(Nobody),
                hooks: Hooks::default(),
                judged: self.judged.get(index).cloned(),
            };
            daemons.spawn(supervisor.run());
        }
        // A fleet without machines has nothing to wait for, and nothing that could die.
        if self.machines.is_empty() {
            daemons.spawn(std::future::pending());
        }
        daemons
    }

    /// Shows the oracle everything until the fleet has settled.
    async fn follow(
        &self,
        oracle: &mut Oracle,
        mut seen: Header,
        mut watch: Watch,
        mut power: mpsc::UnboundedReceiver<PowerEvent>,
    ) -> Result<(), SimError> {
        while !(oracle.unfinished().is_empty() && self.machines.iter().all(|machine| is_settled(machine))) {
            tokio::select! {
                biased;
                batch = watch.next() => match batch {
                    Ok(batch) => {
                        oracle.saw_queue(&batch)?;
                        seen.revision = batch.revision;
                    }
                    Err(compacted @ StoreError::Compacted(_)) => return Err(compacted.into()),
                    Err(_) => {
                        sleep(PAUSE).await;
                        let Ok((header, now)) = self.queue().await else { continue };
                        if header.cluster_id != seen.cluster_id || header.revision < seen.revision {
                            // Somebody restored or replaced the store.
                            oracle.restored(header.revision, &now)?;
                            seen = header;
                        }
                        if let Ok(again) = self.watch(seen.revision).await {
                            watch = again;
                        }
                    }
                },
                Some(event) = power.recv() => {
                    // Who comes up is held against no claim.
                    let goes_down = matches!(event.power, Power::Off(_));
                    let queue = if goes_down { self.queue_at_last().await? } else { vec![] };
                    oracle.saw_power(&event, &queue)?;
                    if event.power == Power::Off(Cause::Command) {
                        self.may_come_back(&event.node);
                    }
                }
            }
        }
        Ok(())
    }

    fn may_come_back(&self, node: &NodeName) {
        for (_, judged) in
            self.machines.iter().zip(&self.judged).filter(|(machine, _)| machine.name() == node)
        {
            judged.add_permits(1);
        }
    }

    /// The queue as soon as the store answers.
    async fn queue_at_last(&self) -> Result<Vec<KeyValue>, StoreError> {
        loop {
            match self.queue().await {
                Ok((_, queue)) => return Ok(queue),
                Err(StoreError::Unanswered { .. } | StoreError::Unreachable { .. }) => sleep(PAUSE).await,
                Err(error) => return Err(error),
            }
        }
    }

    /// Follows the queue from right after this revision.
    async fn watch(&self, after: Revision) -> Result<Watch, StoreError> {
        self.store.watch(&[self.spec.keys().queue()], after.next()).await
    }

    async fn queue(&self) -> Result<(Header, Vec<KeyValue>), StoreError> {
        let found = snapshot(&*self.store, &[self.spec.keys().queue()]).await?;
        Ok((found.header, found.ranges.into_iter().flatten().collect()))
    }

    fn summary(&self, oracle: &Oracle, total: Duration) -> Summary {
        let unsettled = self.machines.iter().filter(|machine| !is_settled(machine));
        let mut unfinished = oracle.unfinished();
        unfinished.extend(unsettled.map(|machine| machine.name().clone()));
        Summary {
            nodes: oracle.courses(),
            unfinished: unfinished.into_iter().collect(),
            total,
            most_out_at_once: oracle.most_out,
            most_down_at_once: oracle.most_down,
            revisions_checked: oracle.revisions,
        }
    }
}

fn is_settled(machine: &Machine) -> bool {
    machine.is_up() && !machine.needs_reboot()
}
