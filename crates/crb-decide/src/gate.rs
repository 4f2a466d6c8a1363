//! The one ordered table of gates.

use std::fmt;

use crate::decision::NonEmpty;
use crate::fleet::FleetFacts;
use crate::policy::Policy;
use crate::reason::Reason;
use crate::seen::{DetectorFinding, DetectorVerdict, Observation};

/// When a gate is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Before the node takes a place in the queue, and again each time it looks while it waits.
    BeforeLock,
    /// At the head of the queue, before the commit.
    UnderLock,
    /// Under the claim, after `pre_reboot` hooks ran, which may have taken long.
    AfterHooks,
    /// Under the claim, right before the reboot command.
    BeforeCommand,
}

impl Stage {
    /// The stable name, as in logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BeforeLock => "pre-lock",
            Self::UnderLock => "post-lock",
            Self::AfterHooks => "post-hooks",
            Self::BeforeCommand => "pre-reboot",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A gate: something that must hold before this node reboots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gate {
    /// No kill-switch file.
    KillSwitch,
    /// A detector asks for the reboot, and none failed.
    Detectors,
    /// The maintenance windows allow it.
    Windows,
    /// The health script says that this node is well.
    Script,
    /// A store that has forgotten nothing, no pause, no cooldown, a free slot, and a fleet that can spare this node.
    Fleet,
}

impl Gate {
    /// Every gate, cheapest and most decisive first. This order holds at every stage.
    pub const ORDER: [Self; 5] =
        [Self::KillSwitch, Self::Detectors, Self::Windows, Self::Script, Self::Fleet];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KillSwitch => "kill_switch",
            Self::Detectors => "detectors",
            Self::Windows => "windows",
            Self::Script => "health_script",
            Self::Fleet => "fleet",
        }
    }

    /// Whether the gate is asked at `stage`.
    ///
    /// Only the head of the queue and the holder of a claim read the fleet, so that a thousand waiting nodes do
    /// not; and right before the command only what is cheap and may have changed in the meantime is asked again.
    pub const fn is_asked(self, stage: Stage) -> bool {
        match self {
            Self::KillSwitch | Self::Windows => true,
            Self::Detectors | Self::Script => !matches!(stage, Stage::BeforeCommand),
            Self::Fleet => matches!(stage, Stage::UnderLock | Stage::AfterHooks),
        }
    }

    /// What speaks against a reboot in what was seen; nothing, if the gate is open. For who looks beyond a pass: what a
    /// pass decides is its own.
    pub fn against(self, stage: Stage, seen: &Observation, policy: &Policy) -> Vec<Reason> {
        self.judge(stage, seen, policy).map_or_else(NonEmpty::into_vec, |()| vec![])
    }

    /// Judges what was seen. `Ok`: the gate is open. An observation of something else holds.
    pub(crate) fn judge(
        self,
        stage: Stage,
        seen: &Observation,
        policy: &Policy,
    ) -> Result<(), NonEmpty<Reason>> {
        let against = match (self, seen) {
            (Self::KillSwitch, Observation::KillSwitch(seen)) => seen.against().into_iter().collect(),
            (Self::Detectors, Observation::Detectors(findings)) => detectors(stage, findings),
            (Self::Windows, Observation::Windows(window)) => window.against().into_iter().collect(),
            (Self::Script, Observation::Script(verdict)) => verdict.against().into_iter().collect(),
            (Self::Fleet, Observation::Fleet(facts)) => fleet(stage, facts, policy),
            (Self::Fleet, Observation::Trouble(trouble)) => vec![Reason::from(trouble.clone())],
            (gate, _) => vec![Reason::GateUnanswered { gate }],
        };
        match NonEmpty::try_new(against) {
            Some(reasons) => Err(reasons),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn detectors(stage: Stage, findings: &[DetectorFinding]) -> Vec<Reason> {
    let failed: Vec<Reason> = findings
        .iter()
        .filter_map(|finding| match &finding.verdict {
            DetectorVerdict::Unknown(error) => {
                Some(Reason::DetectorFailed { name: finding.name.clone(), error: error.clone() })
            }
            DetectorVerdict::Needed | DetectorVerdict::NotNeeded => None,
        })
        .collect();
    let needed = findings.iter().any(|finding| finding.verdict == DetectorVerdict::Needed);
    match (failed.is_empty(), needed, stage) {
        (false, _, _) => failed,
        (true, true, _) => vec![],
        (true, false, Stage::BeforeLock) => vec![Reason::NoRebootRequired],
        (true, false, Stage::UnderLock | Stage::AfterHooks | Stage::BeforeCommand) => {
            vec![Reason::RecheckCleared]
        }
    }
}

fn fleet(stage: Stage, facts: &FleetFacts, policy: &Policy) -> Vec<Reason> {
    let mut against = vec![];
    if let Some((first, others)) = facts.holds.split_first() {
        against.push(Reason::StoreRegressed {
            node: first.node.clone(),
            reason: first.reason.clone(),
            others: others.len(),
        });
    }
    if let Some(pause) = &facts.pause {
        against.push(Reason::Paused {
            by: pause.by.clone(),
            reason: pause.reason.clone(),
            until: pause.until,
        });
    }
    // Under a claim the place is taken, and a cooldown that began since is that of another slot.
    let has_claim = stage == Stage::AfterHooks;
    if let Some(cooldown) = facts.cooldown.as_ref().filter(|_| !has_claim) {
        against.push(Reason::CooldownActive { node: cooldown.node.clone(), until: cooldown.until });
    }
    if facts.out.len() >= facts.slots as usize {
        against.extend(facts.overdue.iter().cloned().map(Reason::RebootOverdue));
        against.push(Reason::RebootingElsewhere { nodes: facts.out.clone(), slots: facts.slots });
    } else if !has_claim {
        match &facts.place {
            Some(place) if place.position < facts.slots => {}
            Some(place) => against.extend(place.against().into_vec()),
            // This gate is asked only of a node that has taken its place.
            None => against.push(Reason::GateUnanswered { gate: Gate::Fleet }),
        }
    }
    against.extend(policy.check(facts));
    against
}
