//! What really happens on machines, and what must hold of it.

use std::sync::Arc;
use std::time::Duration;

use crb_store::Revision;
use tokio::time::Instant;

use super::super::clocks::Wrong;
use super::mirror::Mirror;
use super::{Invariant, State};
use crate::machine::{Command, Machine};
use crate::power::{Cause, Power};

/// How old an acknowledged arm may be when the command runs, counted from when it was sent.
const FRESH: Duration = Duration::from_secs(2);

/// A machine as the oracle knows it.
pub(super) struct Watched {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) clock: Arc<Wrong>,
    pub(super) boot: String,
    /// Counts its daemons.
    pub(super) process: u32,
    /// The revision of the last view that reached its daemon.
    pub(super) view: Revision,
    /// The last arm that was acknowledged to its daemon, and not used yet.
    pub(super) arm: Option<Arm>,
    /// The claim under which the command was started last, and the boot it was started in.
    pub(super) out: Option<Out>,
    /// Whether it is down by its command, or will go down by it. One that was down when an operator took its
    /// claim away no longer counts: that was her decision.
    pub(super) falls: bool,
    pub(super) up: bool,
    green_since: Option<Instant>,
    /// Whether the health gate has been passed in this boot.
    pub(super) proven: bool,
}

/// An arm that was acknowledged.
#[derive(Debug)]
pub(super) struct Arm {
    pub(super) key: String,
    pub(super) at: Revision,
    pub(super) boot: String,
    pub(super) process: u32,
    pub(super) sent: Instant,
}

/// A machine is out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Out {
    pub(super) key: String,
    pub(super) boot: String,
}

impl Watched {
    pub(super) fn new(machine: &Machine, clock: &Arc<Wrong>) -> Self {
        Self {
            name: machine.name().to_string(),
            id: machine.id().0.clone(),
            clock: Arc::clone(clock),
            boot: machine.boot_id().0,
            process: 0,
            view: Revision::NEVER,
            arm: None,
            out: None,
            falls: false,
            up: true,
            green_since: None,
            proven: false,
        }
    }

    /// Whether a claim in the store says that it is `out`, with the boot id from before.
    pub(super) fn is_covered(&self, out: &Out, mirror: &Mirror) -> bool {
        mirror.queue.get(&out.key).is_some_and(|seat| {
            let own = seat.machine.as_ref().is_none_or(|id| *id == self.id);
            !seat.leased && own && seat.owner == self.name && seat.boot.as_ref() == Some(&out.boot)
        })
    }

    pub(super) fn starts(&mut self) {
        self.process += 1;
        self.arm = None;
        self.green_since = None;
    }

    pub(super) fn checked(&mut self, healthy: bool, stable: Duration) {
        if healthy {
            let since = *self.green_since.get_or_insert_with(Instant::now);
            self.proven |= since.elapsed() >= stable;
        } else {
            self.green_since = None;
        }
    }
}

impl State {
    /// The reboot command runs.
    pub(super) fn runs(&mut self, index: usize, command: Command) {
        self.seen.runs += 1;
        let machine = &mut self.machines[index];
        let arm = machine.arm.take();
        let (name, boot, process) = (machine.name.clone(), machine.boot.clone(), machine.process);
        let fair = arm
            .as_ref()
            .is_some_and(|arm| arm.boot == boot && arm.process == process && arm.sent.elapsed() <= FRESH);
        if !fair {
            let text = format!("{name} ran the command in {boot}; the last arm told to it was {arm:?}");
            return self.breaks(Invariant::ArmedFirst, text);
        }
        let Some(arm) = arm else { return };
        let stands = self.mirror.queue.get(&arm.key).is_some_and(|seat| seat.modified == arm.at);
        if !stands && !self.excused.contains(&arm.key) {
            let text = format!("{name} ran the command, and the claim that it had armed was no longer so");
            return self.breaks(Invariant::ArmedFirst, text);
        }
        if command == Command::CannotStart {
            return;
        }
        let machine = &mut self.machines[index];
        machine.falls |= matches!(command, Command::Works | Command::WorksAfter(_));
        if !self.excused.contains(&arm.key) {
            machine.out = Some(Out { key: arm.key, boot });
        }
        self.check_covered(index, "when it ran the command");
        self.check_falling();
    }

    pub(super) fn switched(&mut self, index: usize, power: &Power) {
        let machine = &mut self.machines[index];
        match power {
            Power::Off(cause) => {
                machine.arm = None;
                machine.up = false;
                machine.falls = *cause == Cause::Command;
                self.check_covered(index, "when it went down");
                self.check_falling();
            }
            Power::On { boot_id } => {
                machine.boot.clone_from(&boot_id.0);
                machine.falls = false;
                machine.up = true;
                machine.proven = false;
            }
        }
    }

    /// A machine that is out has its claim in the store, which bears the boot id from before.
    pub(super) fn check_covered(&mut self, index: usize, when: &str) {
        let machine = &self.machines[index];
        let Some(out) = &machine.out else { return };
        let covered = machine.is_covered(out, &self.mirror);
        if !covered {
            let text = format!(
                "{} {when}: out since {}, and {:?} does not say so",
                machine.name,
                out.boot,
                self.mirror.queue.get(&out.key)
            );
            self.breaks(Invariant::ClaimStands, text);
        }
    }

    /// No more machines are down by their command, or about to be, than there are slots.
    fn check_falling(&mut self) {
        let falling: Vec<&str> = self
            .machines
            .iter()
            .filter(|machine| machine.falls)
            .map(|machine| machine.name.as_str())
            .collect();
        if falling.len() > self.slots as usize {
            let text = format!("down, or about to go down, were {}", falling.join(", "));
            self.breaks(Invariant::SlotsInFact, text);
        }
    }

    /// A classic peer goes down. A claim that was put back has lost its place, and may stand behind.
    pub(super) fn classic_goes_down(&mut self, name: &str) {
        let kept = self.mirror.claims().filter(|(key, _)| !self.put_back.contains(*key));
        let out: Vec<String> = kept.map(|(_, seat)| seat.owner.clone()).collect();
        if !out.is_empty() {
            let text = format!("{name} went down while a claim was held by {}", out.join(", "));
            self.breaks(Invariant::ClassicWaits, text);
        }
    }
}
