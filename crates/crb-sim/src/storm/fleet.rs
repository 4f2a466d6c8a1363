//! A fleet in a storm.

use std::convert::Infallible;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crb_decide::{MachineId, NodeName};
use crb_observe::Clock;
use crb_orchestrate::Hooks;
use crb_store::Store;
use crb_store::faults::Faulty;
use crb_store::memory::MemoryStore;
use fastrand::Rng;
use jiff::Timestamp;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::classic::Classic;
use super::clocks::{Wrong, clock};
use super::fault::Count;
use super::line::{Line, Rates};
use super::mix::Mix;
use super::mutant::{self, Mutant};
use super::oracle::{Oracle, Sender};
use super::step::Map;
use super::tape::Tape;
use super::verdict::{End, Verdict};
use super::wire::{Ambush, FarEnd, NearEnd};
use super::{Options, heal, hooks, script};
use crate::clock::virtual_clock;
use crate::machine::Machine;
use crate::supervisor::Supervisor;
use crate::witness::Witness;

/// How long a daemon waits for an answer of the store.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a call of an operator takes each way at most, in milliseconds: she looks, and then she acts.
const OPERATORS_LATENCY: u64 = 2_000;

/// How many revisions the store remembers.
const HISTORY: usize = 500;

/// When every storm begins.
const BEGIN: i64 = 1_795_305_600;

/// Everybody who has a part in a storm.
pub(crate) struct Fleet {
    pub(crate) mix: Mix,
    pub(crate) clock: Clock,
    pub(crate) count: Arc<Count>,
    /// The machines of the fleet; the twin is none of them.
    pub(crate) machines: Vec<Arc<Machine>>,
    pub(crate) twin: Option<Arc<Machine>>,
    /// The lines of the machines, and the twin's after them.
    pub(crate) lines: Vec<Arc<Line>>,
    /// The wall clocks, in the same order.
    pub(crate) clocks: Vec<Arc<Wrong>>,
    pub(crate) operators_line: Arc<dyn Store>,
    /// Whether the storm is over, so that nobody lies in wait for daemons any more.
    pub(crate) is_over: Arc<AtomicBool>,
    pub(crate) oracle: Arc<Oracle>,
    pub(crate) tape: Arc<Tape>,
    pub(crate) store: MemoryStore,
}

/// Lets a storm loose, and says what it came to.
pub(crate) async fn storm(options: Options) -> Verdict {
    let began = Instant::now();
    let mut chance = Rng::with_seed(options.seed);
    let mut mix = Mix::draw(&options, &mut chance);
    mix.careless |= options.mutant == Some(Mutant::UnlockArmedAndUp);
    let fleet = Arc::new(Fleet::new(mix, &mut chance, options));
    let mut tasks = JoinSet::new();
    fleet.start(&mut tasks, &mut chance, options);
    let story = async {
        script::blow(&fleet, &mut chance, Duration::from_secs(options.hours * 3_600)).await;
        hooks::back_in_service(&fleet, heal::heal(&fleet).await).await
    };
    let end = tokio::select! {
        biased;
        () = fleet.oracle.breaks() => End::Broken(fleet.oracle.violations()),
        died = tasks.join_next() => End::Died(how(died)),
        end = story => end,
    };
    Verdict {
        options,
        end,
        hash: fleet.oracle.hash() ^ fleet.tape.hash().rotate_left(1),
        nodes: fleet.machines.len(),
        lasted: began.elapsed(),
        events: fleet.tape.events(),
        seen: fleet.oracle.seen(),
        faults: fleet.count.tally(),
        last: fleet.tape.last(),
    }
}

fn how(died: Option<Result<Infallible, JoinError>>) -> String {
    match died {
        None => "there were no machines".to_owned(),
        Some(Ok(never)) => match never {},
        Some(Err(error)) => error.to_string(),
    }
}

impl Fleet {
    fn new(mix: Mix, chance: &mut Rng, options: Options) -> Self {
        let names = mix.spec.names();
        let machines: Vec<_> =
            names.iter().map(|name| Arc::new(Machine::new(name.clone(), chance.fork()))).collect();
        let twin = names.first().filter(|_| mix.twin).map(|name| {
            let twin = Machine::with_id(name.clone(), MachineId("the twin".to_owned()), chance.fork());
            twin.crash_daemon();
            Arc::new(twin)
        });
        let all: Vec<_> = machines.iter().chain(&twin).cloned().collect();
        let count = Arc::<Count>::default();
        let line =
            |chance: &mut Rng| Arc::new(Line::new(Arc::clone(&count), chance.fork(), mix.latency, mix.rates));
        let lines = all.iter().map(|_| line(chance)).collect();
        let clocks: Vec<_> = all.iter().map(|_| Arc::<Wrong>::default()).collect();
        let oracle = Arc::new(Oracle::new(
            &mix.spec.keys(),
            &all,
            &clocks,
            mix.spec.terms.slots,
            mix.spec.plan.policy.clone(),
            mix.spec.plan.post_stable,
        ));
        if matches!(options.mutant, Some(Mutant::NoMarker | Mutant::ReleaseInSameBoot)) {
            for machine in &all {
                machine.forget_runs();
            }
        }
        let (store, tape) = (MemoryStore::new(options.seed), Arc::new(Tape::new(options.tells)));
        store.keep_history(HISTORY);
        let (looks_on, keeps) = (Arc::clone(&oracle), Arc::clone(&tape));
        store.on_commit(move |commit, _| {
            keeps.note(|| format!("    revision {}: {}", commit.revision, told(commit)));
            looks_on.committed(commit);
        });
        let far_end = FarEnd { store: store.clone(), oracle: Arc::clone(&oracle), sender: Sender::Operator };
        let slow = Line::new(Arc::clone(&count), chance.fork(), OPERATORS_LATENCY, Rates::default());
        let operators = Arc::new(Faulty::foresighted(Arc::new(far_end), Arc::new(slow)));
        Self {
            clock: virtual_clock(Timestamp::from_second(BEGIN).unwrap_or_default()),
            operators_line: mutant::operators_line(options.mutant, operators, &mix),
            is_over: Arc::default(),
            mix,
            count,
            machines,
            twin,
            lines,
            clocks,
            oracle,
            tape,
            store,
        }
    }

    /// The machines, and the twin after them.
    pub(crate) fn all_machines(&self) -> impl Iterator<Item = &Arc<Machine>> {
        self.machines.iter().chain(&self.twin)
    }

    fn start(&self, tasks: &mut JoinSet<Infallible>, chance: &mut Rng, options: Options) {
        let spec = Arc::new(self.mix.spec.clone());
        for (index, machine) in self.all_machines().enumerate() {
            let supervisor = Supervisor {
                spec: Arc::clone(&spec),
                machine: Arc::clone(machine),
                store: self.store_of(index, machine, chance, options),
                clock: clock(&self.clock, &self.clocks[index]),
                sink: Arc::clone(&self.tape) as _,
                watchers: vec![],
                witness: Arc::clone(&self.oracle) as Arc<dyn Witness>,
                hooks: if self.mix.hooks {
                    hooks::of(machine, &self.count, &self.is_over)
                } else {
                    Hooks::default()
                },
                judged: None,
            };
            tasks.spawn(supervisor.run());
        }
        if self.mix.classic {
            let classic = Classic {
                name: NodeName::try_new("classic").expect("it is neither blank nor a path"),
                keys: spec.keys(),
                store: Arc::new(self.far_end(Sender::Classic)),
                oracle: Arc::clone(&self.oracle),
                clock: Arc::clone(&self.clock),
                count: Arc::clone(&self.count),
                chance: chance.fork(),
            };
            tasks.spawn(classic.live());
        }
    }

    fn far_end(&self, sender: Sender) -> FarEnd {
        FarEnd { store: self.store.clone(), oracle: Arc::clone(&self.oracle), sender }
    }

    /// A machine's way to the store: its own end, its line, and the end at the store.
    fn store_of(
        &self,
        index: usize,
        machine: &Arc<Machine>,
        chance: &mut Rng,
        options: Options,
    ) -> Arc<dyn Store> {
        let far_end = Arc::new(self.far_end(Sender::Machine(index)));
        let line = Faulty::new(far_end, Arc::clone(&self.lines[index]), PATIENCE);
        let keys = self.mix.spec.keys();
        let near_end = NearEnd {
            line: Arc::new(line),
            oracle: Arc::clone(&self.oracle),
            machine: Arc::clone(machine),
            index,
            map: Map::of(&keys),
            keys,
            ambush: Ambush {
                is_over: Arc::clone(&self.is_over),
                count: Arc::clone(&self.count),
                chance: Mutex::new(chance.fork()),
                crash: self.mix.crash,
                pause: self.mix.pause,
                longest: self.mix.longest_pause,
                shutdown: self.mix.shutdown,
            },
        };
        mutant::line(options.mutant, Arc::new(near_end), machine, &self.mix)
    }
}

fn told(commit: &crb_store::memory::Commit) -> String {
    let told = |change: &crb_store::memory::Change| match &change.event {
        crb_store::WatchEvent::Put(pair) => {
            let lease = pair.lease.map_or_else(String::new, |lease| format!(" with lease {lease}"));
            format!("{} = {}{lease}", pair.key, String::from_utf8_lossy(&pair.value))
        }
        crb_store::WatchEvent::Delete { key, .. } => format!("{key} is gone"),
    };
    commit.changes.iter().map(told).collect::<Vec<_>>().join("; ")
}
