//! Random worlds: everything that a pass could ever be shown, each look independent of the others.

use std::time::Duration;

use crb_decide::{
    CommitSeen, DetectorFinding, DetectorVerdict, Goal, KillSwitchSeen, LockUse, NodeName, Observation,
    PassPlan, Place, ScriptVerdict, Trouble, WindowState,
};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::dice::{Dice, thrown};
use crate::fleet::{anyone, facts, late};
use crate::policy::policy;

/// How often a pass may view the fleet and try to commit.
pub(crate) const TRIES: usize = 4;

/// What there is to see. No look depends on another: what is true before the lock need not be under it.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) plan: PassPlan,
    pub(crate) before: Machine,
    pub(crate) place: Observation,
    pub(crate) under: Machine,
    pub(crate) tries: [Try; TRIES],
}

/// What this machine's own gates show.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub(crate) kill_switch: Observation,
    pub(crate) detectors: Observation,
    pub(crate) windows: Observation,
    pub(crate) script: Observation,
}

/// A view of the fleet, and what comes of a commit on it.
#[derive(Debug, Clone)]
pub(crate) struct Try {
    pub(crate) view: Observation,
    pub(crate) commit: Observation,
}

impl World {
    /// How many looks there are.
    pub(crate) const LOOKS: usize = 4 + 1 + 4 + 2 * TRIES;

    /// One of the looks, in the order in which a pass comes to them.
    pub(crate) fn look_mut(&mut self, index: usize) -> &mut Observation {
        let machines = [&mut self.before, &mut self.under].map(Machine::looks_mut);
        let [before, under] = machines.map(IntoIterator::into_iter);
        let tries = self.tries.iter_mut().flat_map(|one| [&mut one.view, &mut one.commit]);
        before.chain([&mut self.place]).chain(under).chain(tries).nth(index).unwrap()
    }
}

impl Machine {
    fn looks_mut(&mut self) -> [&mut Observation; 4] {
        [&mut self.kill_switch, &mut self.detectors, &mut self.windows, &mut self.script]
    }
}

pub(crate) fn world() -> impl Strategy<Value = World> {
    thrown(|dice| World {
        plan: plan(dice(), dice()),
        before: machine(dice),
        place: seen(dice(), place),
        under: machine(dice),
        tries: [(); TRIES].map(|()| Try { view: seen(dice(), fleet), commit: seen(dice(), commit) }),
    })
}

/// A world, one of its looks, and what nobody can take for a yes.
pub(crate) fn world_and_a_bad_look() -> impl Strategy<Value = (World, usize, Observation)> {
    let look = 0..World::LOOKS;
    (world(), look, any::<u64>()).prop_map(|(world, at, word)| (world, at, bad(Dice(word))))
}

fn plan(mut dice: Dice, policy_dice: Dice) -> PassPlan {
    PassPlan {
        goal: if dice.once_in(5) { Goal::Diagnose } else { Goal::Reboot },
        lock: if dice.once_in(10) { LockUse::Skip } else { LockUse::Queue },
        skip_health: dice.once_in(2),
        max_slots: 1 + dice.throw(3),
        policy: policy(policy_dice),
    }
}

fn machine(dice: &mut dyn FnMut() -> Dice) -> Machine {
    Machine {
        kill_switch: seen(dice(), kill_switch),
        detectors: seen(dice(), detectors),
        windows: seen(dice(), windows),
        script: seen(dice(), script),
    }
}

/// Half of the time the best that the probe asked can see, else anything that it can; and now and then a failure,
/// or an answer to another question.
fn seen(mut dice: Dice, asked: fn(Dice) -> Observation) -> Observation {
    match dice.throw(64) {
        0..32 => asked(Dice(0)),
        62 => trouble(dice),
        63 => another(dice),
        _ => asked(dice),
    }
}

fn trouble(mut dice: Dice) -> Observation {
    Observation::Trouble(match dice.throw(6) {
        0 => Trouble::StoreFailed("no answer".to_owned()),
        1 => Trouble::PresenceLost("lease ended".to_owned()),
        2 => Trouble::NameTaken { machine_id: "other".to_owned() },
        3 => Trouble::StoreRegressed { node: "c".to_owned(), reason: "it was wiped".to_owned() },
        4 => Trouble::NotSaved("disk full".to_owned()),
        _ => Trouble::PlaceLost("not JSON".to_owned()),
    })
}

fn another(mut dice: Dice) -> Observation {
    let needed = || DetectorFinding { name: "marker".to_owned(), verdict: DetectorVerdict::Needed };
    match dice.throw(7) {
        0 => Observation::KillSwitch(KillSwitchSeen::Absent),
        1 => Observation::Detectors(vec![needed()]),
        2 => Observation::Windows(WindowState::Open { until: None }),
        3 => Observation::Script(ScriptVerdict::Healthy),
        4 => Observation::Place(standing(0)),
        5 => Observation::Commit(CommitSeen::Committed),
        _ => fleet(dice),
    }
}

fn bad(mut dice: Dice) -> Observation {
    match dice.throw(6) {
        0 => Observation::KillSwitch(KillSwitchSeen::Present { path: "/off".to_owned() }),
        1 => Observation::Detectors(vec![]),
        2 => Observation::Windows(WindowState::OutsideAllow { until: None }),
        3 => Observation::Script(ScriptVerdict::Killed { signal: 9 }),
        4 => Observation::Place(standing(4)),
        _ => trouble(dice),
    }
}

fn kill_switch(mut dice: Dice) -> Observation {
    let path = "/etc/off".to_owned();
    Observation::KillSwitch(match dice.throw(24) {
        22 => KillSwitchSeen::Present { path },
        23 => KillSwitchSeen::Unreadable { path, error: "denied".to_owned() },
        _ => KillSwitchSeen::Absent,
    })
}

fn detectors(mut dice: Dice) -> Observation {
    let count = 3 - dice.throw(4);
    let verdict = |thrown| match thrown {
        0..12 => DetectorVerdict::Needed,
        12..19 => DetectorVerdict::NotNeeded,
        _ => DetectorVerdict::Unknown("exit 127".to_owned()),
    };
    let finding =
        |index| DetectorFinding { name: format!("detector {index}"), verdict: verdict(dice.throw(20)) };
    Observation::Detectors((0..count).map(finding).collect())
}

fn windows(mut dice: Dice) -> Observation {
    let kind = dice.throw(12);
    let until = moment(dice);
    Observation::Windows(match kind {
        10 => WindowState::Denied { window: "Fri 09:00-17:00".to_owned(), until },
        11 => WindowState::OutsideAllow { until },
        _ => WindowState::Open { until },
    })
}

fn script(mut dice: Dice) -> Observation {
    Observation::Script(match dice.throw(24) {
        20 => ScriptVerdict::Failed { exit_code: 1 },
        21 => ScriptVerdict::Killed { signal: 9 },
        22 => ScriptVerdict::TimedOut { after: Duration::from_secs(30) },
        23 => ScriptVerdict::NotRunnable { error: "no such file".to_owned() },
        _ => ScriptVerdict::Healthy,
    })
}

fn place(mut dice: Dice) -> Observation {
    let ahead = if dice.once_in(3) { dice.throw(4) } else { 0 };
    Observation::Place(standing(ahead))
}

fn fleet(dice: Dice) -> Observation {
    Observation::Fleet(Box::new(facts(dice)))
}

fn commit(mut dice: Dice) -> Observation {
    Observation::Commit(if dice.once_in(2) { CommitSeen::Committed } else { CommitSeen::Refused })
}

pub(crate) fn standing(position: u32) -> Place {
    let ahead: Vec<NodeName> = anyone().into_iter().take(position as usize).collect();
    let overdue = ahead.iter().skip(1).map(late).collect();
    Place { position, ahead, overdue }
}

pub(crate) fn moment(mut dice: Dice) -> Option<Timestamp> {
    let second = i64::from(dice.throw(1_000_000));
    dice.once_in(3).then(|| Timestamp::from_second(second).unwrap())
}
