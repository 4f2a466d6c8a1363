//! Three machines and their etcd: what a scenario plays on.

mod asked;
mod store;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crb_testbed::{EtcdCluster, History};

use crate::emulator::Plan;
use crate::image::Image;
use crate::log::{Log, until};
use crate::machine::Machine;
use crate::package::Parcel;
use crate::patience::WAIT;
use crate::settings::{MARKER, STAGE, Settings};
use crate::trouble::{Outcome, Trouble, require};

/// The nodes of every scenario.
pub(crate) const NODES: [&str; 3] = ["node-a", "node-b", "node-c"];

/// So many members has their etcd.
const MEMBERS: usize = 3;

/// The host, as a machine reaches it through the network of its emulator.
const HOST: &str = "10.0.2.2";

/// A roll-out over two nodes, of which one goes down.
#[derive(Debug)]
pub(crate) struct RollOut {
    /// The boots of all machines before it.
    pub(crate) before: BTreeMap<&'static str, String>,
    /// The node that goes down.
    pub(crate) first: &'static str,
    /// The node that waits for it.
    pub(crate) second: &'static str,
}

/// The fleet of a run. Its machines stay up from scenario to scenario.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) etcd: EtcdCluster,
    pub(crate) history: History,
    pub(crate) log: Log,
    pub(crate) parcel: Parcel,
    image: Image,
    scratch: PathBuf,
    machines: BTreeMap<&'static str, Machine>,
    /// Of the scenario that is on.
    namespace: String,
    began: Duration,
    pub(crate) marks: Vec<(Duration, String)>,
    pub(crate) excused: Option<(&'static str, Duration)>,
}

impl Fleet {
    /// Starts etcd; machines are switched on by the first scenario.
    pub(crate) fn new(image: Image, parcel: Parcel, scratch: PathBuf, log: Log) -> Self {
        let etcd = EtcdCluster::start(MEMBERS);
        let history = History::of(&etcd);
        Self {
            etcd,
            history,
            log,
            parcel,
            image,
            scratch,
            machines: BTreeMap::new(),
            namespace: String::new(),
            began: Duration::ZERO,
            marks: Vec::new(),
            excused: None,
        }
    }

    /// Makes a fresh fleet of the machines, with a namespace of its own: all present, well, and in need of nothing.
    pub(crate) fn begin(&mut self, scenario: &str, settings: &Settings) -> Outcome {
        scenario.clone_into(&mut self.namespace);
        self.began = self.log.now();
        self.marks.clear();
        self.excused = None;
        self.wake_etcd();
        self.machines.retain(|_, machine| machine.boot().is_ok());
        for name in NODES {
            self.switch_on(name)?;
        }
        self.on_all(|machine| machine.await_up(None).map(drop))?;
        let now = self.log.since_epoch(self.log.now()).as_secs();
        let script = settings.script(&self.namespace, &self.endpoints(), now);
        self.on_all(|machine| machine.sh(&script).map(drop))?;
        self.await_well(&NODES)?;
        self.began = self.log.now();
        Ok(())
    }

    /// Switches a machine on with a fresh disk, unless it runs.
    pub(crate) fn switch_on(&mut self, name: &'static str) -> Outcome {
        if self.machines.contains_key(name) {
            return Ok(());
        }
        let number = NODES.iter().position(|node| *node == name).unwrap_or_default();
        let plan = Plan {
            name: name.to_owned(),
            machine_id: format!("{:032x}", 0xe2e_0000 + number),
            kernel: self.image.kernel.clone(),
            disk: self.image.disk.clone(),
            forgets: true,
            parcel: Some(self.parcel.file.clone()),
            scratch: self.scratch.clone(),
        };
        let console = self.scratch.join(format!("{name}-console.log"));
        self.machines.insert(name, Machine::start(&plan, &console, &self.log)?);
        Ok(())
    }

    /// Switches all machines off; the next scenario has new ones.
    pub(crate) fn switch_all_off(&mut self) {
        self.machines.clear();
    }

    /// When the scenario began.
    pub(crate) const fn began(&self) -> Duration {
        self.began
    }

    /// The namespace of the scenario.
    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Writes down what is done to the fleet, for the pictures.
    pub(crate) fn mark(&mut self, what: impl Into<String>) {
        let what = what.into();
        eprintln!("    {:>4} s  {what}", self.log.now().saturating_sub(self.began).as_secs());
        self.marks.push((self.log.now(), what));
    }

    /// A machine that is switched on.
    pub(crate) fn machine(&self, node: &str) -> Outcome<&Machine> {
        self.machines.get(node).ok_or_else(|| off(node))
    }

    pub(crate) fn machine_mut(&mut self, node: &str) -> Outcome<&mut Machine> {
        self.machines.get_mut(node).ok_or_else(|| off(node))
    }

    /// Does the same on all machines at once.
    pub(crate) fn on_all<T: Send>(&self, work: impl Fn(&Machine) -> Outcome<T> + Sync) -> Outcome<Vec<T>> {
        self.on(&NODES, work)
    }

    /// Does the same on these machines at once.
    pub(crate) fn on<T: Send>(
        &self,
        nodes: &[&str],
        work: impl Fn(&Machine) -> Outcome<T> + Sync,
    ) -> Outcome<Vec<T>> {
        let machines = nodes.iter().map(|node| self.machine(node)).collect::<Outcome<Vec<_>>>()?;
        let work = &work;
        thread::scope(|scope| {
            let working: Vec<_> =
                machines.into_iter().map(|machine| scope.spawn(move || work(machine))).collect();
            let done = working.into_iter().map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|_| Err(Trouble::Unmet("a thread of the harness panicked".into())))
            });
            done.collect()
        })
    }

    /// Lets these nodes need a reboot, as an update does.
    pub(crate) fn need_reboot(&mut self, nodes: &[&str]) -> Outcome {
        self.mark(format!("{} need a reboot", nodes.join(", ")));
        self.on(nodes, |machine| machine.sh(&format!("touch {MARKER}")).map(drop)).map(drop)
    }

    /// Lets node-a and node-b need a reboot, and waits until one of them begins to go down.
    pub(crate) fn roll_out(&mut self) -> Outcome<RollOut> {
        let [one, other] = ["node-a", "node-b"];
        let before = self.boots()?;
        self.need_reboot(&[one, other])?;
        let first = self.await_first_down(&[one, other])?;
        Ok(RollOut { before, first, second: if first == one { other } else { one } })
    }

    /// Stops all members of etcd for as long as this takes; they go on whatever comes of it.
    pub(crate) fn without_etcd(&mut self, meanwhile: impl FnOnce(&Self) -> Outcome) -> Outcome {
        self.mark("etcd is stopped");
        for member in 0..MEMBERS {
            self.etcd.stop(member);
        }
        let outcome = meanwhile(self);
        self.wake_etcd();
        self.mark("etcd is there again");
        outcome
    }

    fn wake_etcd(&mut self) {
        for member in 0..MEMBERS {
            self.etcd.cont(member);
        }
    }

    /// Makes the files that scripts of a machine heed, or takes them away.
    pub(crate) fn stage(&mut self, node: &str, file: &str, there: bool) -> Outcome {
        self.mark(format!("{node}: {file} {}", if there { "on" } else { "off" }));
        let command = if there { "touch" } else { "rm -f" };
        self.machine(node)?.sh(&format!("{command} {STAGE}/{file}")).map(drop)
    }

    /// Waits until one of these nodes begins to go down, and tells which.
    fn await_first_down(&self, nodes: &[&'static str]) -> Outcome<&'static str> {
        until(format!("one of {} goes down", nodes.join(", ")), WAIT, || {
            let down = |node: &&&str| self.machine(node).is_ok_and(|machine| machine.boot().is_err());
            Ok(nodes.iter().find(down).copied())
        })
    }

    /// The boots of all machines, all of which are up.
    pub(crate) fn boots(&self) -> Outcome<BTreeMap<&'static str, String>> {
        NODES.into_iter().map(|node| Ok((node, self.machine(node)?.boot()?))).collect()
    }

    /// Fails unless each of these nodes is in the boot that it was in.
    pub(crate) fn same_boots(&self, before: &BTreeMap<&'static str, String>, nodes: &[&str]) -> Outcome {
        for node in nodes {
            let now = self.machine(node)?.boot()?;
            require(before.get(node) == Some(&now), format!("{node} has rebooted, and must not"))?;
        }
        Ok(())
    }

    /// The endpoints of etcd, as machines reach them.
    fn endpoints(&self) -> Vec<String> {
        self.etcd.endpoints().iter().map(|url| url.replace("127.0.0.1", HOST)).collect()
    }
}

fn off(node: &str) -> Trouble {
    Trouble::Down { node: node.to_owned(), script: "anything".into() }
}
