//! What must come of a whole world, found the slow and plain way: every question that a pass could ever ask is
//! listed with what the world answers, and the list is read up to the first answer that is not a clear yes.

use crb_decide::{
    Basis, CommitSeen, DetectorVerdict, FleetFacts, Gate, Goal, KillSwitchSeen, LockUse, Observation,
    Outcome, Overdue, PassPlan, PeerState, Policy, Reason, ScriptVerdict, Stage, Trouble, WindowState,
};

use crate::world::{Machine, TRIES, World};

/// A question that a pass may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    Look(Gate, Stage),
    TakePlace,
    Commit,
}

/// What an answer comes to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Word {
    Yes,
    /// The commit was refused: view the fleet once more.
    Refused,
    No(Outcome, Vec<Reason>),
}

/// What must come of a pass.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Foretold {
    pub(crate) asked: Vec<Question>,
    pub(crate) outcome: Outcome,
    pub(crate) reasons: Vec<Reason>,
}

/// What must come of a pass through `world`.
pub(crate) fn foretell(world: &World) -> Foretold {
    let (before, under) = (Stage::BeforeLock, Stage::UnderLock);
    let mut lines = lines_of(&world.before, before, &world.plan);
    if world.plan.lock == LockUse::Skip {
        return read(lines, Outcome::LockSkipped, Reason::LockSkipped);
    }
    lines.push((Question::TakePlace, place(&world.place, world.plan.max_slots)));
    lines.extend(lines_of(&world.under, under, &world.plan));
    for (turn, one) in world.tries.iter().enumerate() {
        lines.push((Question::Look(Gate::Fleet, under), fleet(&one.view, &world.plan.policy)));
        if world.plan.goal == Goal::Diagnose {
            break;
        }
        let commit = commit(&one.commit, turn + 1 == TRIES);
        let again = commit == Word::Refused;
        lines.push((Question::Commit, commit));
        if !again {
            break;
        }
    }
    read(lines, Outcome::Ready, Reason::Ready)
}

/// What must come of the look between commit and command.
pub(crate) fn foretell_before_command(machine: &Machine) -> Foretold {
    let stage = Stage::BeforeCommand;
    let lines = vec![
        (Question::Look(Gate::KillSwitch, stage), kill_switch(&machine.kill_switch)),
        (Question::Look(Gate::Windows, stage), windows(&machine.windows)),
    ];
    read(lines, Outcome::Ready, Reason::Ready)
}

/// Reads up to the first no. If there is none, the pass ends well.
fn read(lines: Vec<(Question, Word)>, well: Outcome, because: Reason) -> Foretold {
    let mut asked = Vec::new();
    for (question, word) in lines {
        asked.push(question);
        if let Word::No(outcome, reasons) = word {
            return Foretold { asked, outcome, reasons };
        }
    }
    Foretold { asked, outcome: well, reasons: vec![because] }
}

fn lines_of(machine: &Machine, stage: Stage, plan: &PassPlan) -> Vec<(Question, Word)> {
    let mut lines = vec![
        (Question::Look(Gate::KillSwitch, stage), kill_switch(&machine.kill_switch)),
        (Question::Look(Gate::Detectors, stage), detectors(&machine.detectors, stage)),
        (Question::Look(Gate::Windows, stage), windows(&machine.windows)),
    ];
    if !plan.skip_health {
        lines.push((Question::Look(Gate::Script, stage), script(&machine.script)));
    }
    lines
}

/// What an answer says by itself, for the gate that was asked at that stage.
pub(crate) fn word(gate: Gate, stage: Stage, seen: &Observation, policy: &Policy) -> Word {
    match gate {
        Gate::KillSwitch => kill_switch(seen),
        Gate::Detectors => detectors(seen, stage),
        Gate::Windows => windows(seen),
        Gate::Script => script(seen),
        Gate::Fleet => fleet(seen, policy),
    }
}

fn no(outcome: Outcome, reason: Reason) -> Word {
    Word::No(outcome, vec![reason])
}

fn unanswered(gate: Gate) -> Word {
    no(Outcome::NoAction, Reason::GateUnanswered { gate })
}

fn trouble(trouble: &Trouble) -> Word {
    let reason = match trouble.clone() {
        Trouble::StoreFailed(error) => Reason::StoreFailed { error },
        Trouble::PresenceLost(error) => Reason::PresenceLost { error },
        Trouble::NameTaken { machine_id } => Reason::NameTaken { machine_id },
        Trouble::StoreRegressed { node, reason } => Reason::StoreRegressed { node, reason, others: 0 },
        Trouble::NotSaved(error) => Reason::MemoryFailed { error },
        Trouble::PlaceLost(error) => Reason::PlaceLost { error },
    };
    no(Outcome::LockUnavailable, reason)
}

fn kill_switch(seen: &Observation) -> Word {
    let Observation::KillSwitch(seen) = seen else { return unanswered(Gate::KillSwitch) };
    let reason = match seen.clone() {
        KillSwitchSeen::Absent => return Word::Yes,
        KillSwitchSeen::Present { path } => Reason::KillSwitchPresent { path },
        KillSwitchSeen::Unreadable { path, error } => Reason::KillSwitchUnreadable { path, error },
    };
    no(Outcome::KillSwitchActive, reason)
}

fn detectors(seen: &Observation, stage: Stage) -> Word {
    let Observation::Detectors(findings) = seen else { return unanswered(Gate::Detectors) };
    let mut failed = Vec::new();
    let mut needed = 0;
    for finding in findings {
        match &finding.verdict {
            DetectorVerdict::Needed => needed += 1,
            DetectorVerdict::NotNeeded => {}
            DetectorVerdict::Unknown(error) => {
                failed.push(Reason::DetectorFailed { name: finding.name.clone(), error: error.clone() });
            }
        }
    }
    if !failed.is_empty() {
        Word::No(Outcome::NoAction, failed)
    } else if needed > 0 {
        Word::Yes
    } else if stage == Stage::BeforeLock {
        no(Outcome::NoAction, Reason::NoRebootRequired)
    } else {
        no(Outcome::RecheckCleared, Reason::RecheckCleared)
    }
}

fn windows(seen: &Observation) -> Word {
    let Observation::Windows(state) = seen else { return unanswered(Gate::Windows) };
    match state.clone() {
        WindowState::Open { .. } => Word::Yes,
        WindowState::Denied { window, until } => {
            no(Outcome::WindowDenied, Reason::WindowDenied { window, until })
        }
        WindowState::OutsideAllow { until } => {
            no(Outcome::WindowOutsideAllow, Reason::WindowOutsideAllow { until })
        }
    }
}

fn script(seen: &Observation) -> Word {
    let Observation::Script(verdict) = seen else { return unanswered(Gate::Script) };
    let reason = match verdict.clone() {
        ScriptVerdict::Healthy => return Word::Yes,
        ScriptVerdict::Failed { exit_code } => Reason::ScriptFailed { exit_code },
        ScriptVerdict::Killed { signal } => Reason::ScriptKilled { signal },
        ScriptVerdict::TimedOut { after } => Reason::ScriptTimedOut { after },
        ScriptVerdict::NotRunnable { error } => Reason::ScriptNotRunnable { error },
    };
    no(Outcome::HealthBlocked, reason)
}

fn place(seen: &Observation, max_slots: u32) -> Word {
    match seen {
        Observation::Place(place) if place.position < max_slots => Word::Yes,
        Observation::Place(place) => {
            let mut reasons = overdue(&place.overdue);
            let (position, ahead) = (place.position, place.ahead.clone());
            reasons.push(Reason::BehindInQueue { position, ahead });
            Word::No(Outcome::LockUnavailable, reasons)
        }
        Observation::Trouble(away) => trouble(away),
        _ => unanswered(Gate::Fleet),
    }
}

fn overdue(nodes: &[Overdue]) -> Vec<Reason> {
    nodes.iter().map(|node| Reason::RebootOverdue(node.clone())).collect()
}

fn commit(seen: &Observation, last: bool) -> Word {
    match seen {
        Observation::Commit(CommitSeen::Committed) => Word::Yes,
        Observation::Commit(CommitSeen::Refused) if last => no(Outcome::LockUnavailable, Reason::ViewChanged),
        Observation::Commit(CommitSeen::Refused) => Word::Refused,
        Observation::Trouble(away) => trouble(away),
        _ => unanswered(Gate::Fleet),
    }
}

fn fleet(seen: &Observation, policy: &Policy) -> Word {
    let facts = match seen {
        Observation::Fleet(facts) => facts,
        Observation::Trouble(away) => return trouble(away),
        _ => return unanswered(Gate::Fleet),
    };
    let mut against = Vec::new();
    if !facts.holds.is_empty() {
        let (first, others) = (facts.holds[0].clone(), facts.holds.len() - 1);
        let reason = Reason::StoreRegressed { node: first.node, reason: first.reason, others };
        against.push((Outcome::LockUnavailable, reason));
    }
    if let Some(pause) = facts.pause.clone() {
        let reason = Reason::Paused { by: pause.by, reason: pause.reason, until: pause.until };
        against.push((Outcome::KillSwitchActive, reason));
    }
    if let Some(cooldown) = facts.cooldown.clone() {
        let reason = Reason::CooldownActive { node: cooldown.node, until: cooldown.until };
        against.push((Outcome::CooldownActive, reason));
    }
    let all_out = facts.out.len() >= facts.slots as usize;
    if all_out {
        against.extend(overdue(&facts.overdue).into_iter().map(|reason| (Outcome::LockUnavailable, reason)));
        let reason = Reason::RebootingElsewhere { nodes: facts.out.clone(), slots: facts.slots };
        against.push((Outcome::LockUnavailable, reason));
    }
    match facts.place.clone() {
        _ if all_out => {}
        // Who is to commit stands in the queue.
        None => against.push((Outcome::NoAction, Reason::GateUnanswered { gate: Gate::Fleet })),
        Some(place) if place.position < facts.slots => {}
        Some(place) => {
            let late = overdue(&place.overdue);
            against.extend(late.into_iter().map(|reason| (Outcome::LockUnavailable, reason)));
            let reason = Reason::BehindInQueue { position: place.position, ahead: place.ahead };
            against.push((Outcome::LockUnavailable, reason));
        }
    }
    against.extend(policy_against(facts, policy).into_iter().map(|reason| (Outcome::HealthBlocked, reason)));
    match against.first() {
        None => Word::Yes,
        Some((outcome, _)) => Word::No(*outcome, against.iter().map(|(_, reason)| reason.clone()).collect()),
    }
}

/// What the cluster policy has against a reboot, counted one peer after the other and in whole numbers.
pub(crate) fn policy_against(facts: &FleetFacts, policy: &Policy) -> Vec<Reason> {
    let (mut healthy, mut regular, mut spare) = (0, 0, 0);
    let mut unwell = Vec::new();
    for (node, state) in &facts.peers {
        match state.clone() {
            PeerState::Healthy => {
                healthy += 1;
                if policy.fallback_nodes.contains(node) { spare += 1 } else { regular += 1 }
            }
            PeerState::Rebooting => {}
            PeerState::Unhealthy { stage, reason } => {
                unwell.push(Reason::PeerUnhealthy { node: node.clone(), stage, reason });
            }
            PeerState::Silent { last_report } => {
                unwell.push(Reason::PeerSilent { node: node.clone(), last_report });
            }
        }
    }
    let total = facts.peers.len() + 1;
    let counted = if policy.basis == Basis::BeforeReboot { healthy + 1 } else { healthy };
    let below = |rule, required| Reason::BelowMinHealthy {
        rule,
        healthy: counted,
        required,
        total,
        basis: policy.basis,
    };

    let mut against = Vec::new();
    if unwell.len() > policy.max_unhealthy as usize {
        against.extend(unwell);
    }
    if let Some(permille) = policy.min_healthy_fraction.map(permille) {
        let required = (permille * total).div_ceil(1_000);
        if counted < required {
            against.push(below("min_healthy_fraction", required));
        }
    }
    if let Some(required) = policy.min_healthy_absolute.map(|least| least as usize)
        && counted < required
    {
        against.push(below("min_healthy_absolute", required));
    }
    if policy.forbid_if_only_fallback_left && regular == 0 {
        against.push(Reason::OnlyFallbackLeft);
    }
    if let Some(required) = policy.min_healthy_fallback.map(|least| least as usize)
        && spare < required
    {
        against.push(Reason::BelowMinHealthyFallback { healthy: spare, required });
    }
    against
}

/// A fraction that was made of thousandths, as them.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 1 to 1,000")]
fn permille(fraction: f64) -> usize {
    (fraction * 1_000.0).round() as usize
}
