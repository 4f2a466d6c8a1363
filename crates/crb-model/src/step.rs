//! Everything that can happen in one step.

use std::fmt;

use crate::fault::{Fate, Fault};
use crate::state::{At, State};
use crate::store::{NEVER, Rev};
use crate::system::System;

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A daemon makes a step.
    Daemon {
        /// On which machine.
        machine: u8,
        /// Which.
        step: Step,
        /// What becomes of its request.
        fate: Fate,
    },
    /// Something happens to a machine.
    Machine {
        /// Which.
        machine: u8,
        /// What.
        event: Event,
    },
    /// The classic peer makes a step.
    Classic(Classic),
    /// A late request arrives at the store.
    Arrive {
        /// Its place in the list.
        index: u8,
    },
    /// The lease of a place in the queue ends.
    PlaceExpires {
        /// The key.
        key: Rev,
    },
    /// The presence lease of a name ends.
    PresenceExpires {
        /// Whose.
        name: u8,
    },
    /// The cooldown ends.
    CooldownExpires,
    /// The operator does something.
    Operator(Operator),
    /// A claim is deleted for being overdue: a mutant.
    ClaimExpires {
        /// The key.
        key: Rev,
    },
}

/// A step of a daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Puts the presence.
    Join,
    /// Notices that the presence is lost.
    NoticeLoss,
    /// Takes the presence for lost, though it is not.
    DoubtPresence,
    /// Takes the place in the queue for lost, though it is not.
    DoubtPlace,
    /// Puts the health record.
    Publish,
    /// Looks for claims of an earlier life.
    FindClaims,
    /// Takes a place in the queue.
    Enqueue,
    /// Takes a view, and decides.
    View,
    /// Leaves the queue.
    Leave,
    /// Makes a claim of its place.
    Commit,
    /// Finds out what became of a commit.
    Settle,
    /// Arms the claim.
    Arm,
    /// Finds a local gate closed.
    GateCloses,
    /// Runs the reboot command.
    Run,
    /// Runs the reboot command, which does nothing.
    RunDud,
    /// Cannot start the reboot command.
    NotStarted,
    /// Finds itself still up, long after the command.
    StillUp,
    /// Marks the claim with a phase.
    Mark,
    /// Looks whether the claim is still there.
    Refresh,
    /// Reads what the end of a claim compares.
    ReadForEnd,
    /// Ends the claim.
    Finish,
}

/// What happens to a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The daemon is started.
    Start,
    /// The daemon dies.
    Crash,
    /// The daemon dies, and will be started with one slot.
    Narrows,
    /// The machine goes down, since the command said so.
    GoesDown,
    /// The machine dies.
    PowerCut,
    /// The machine comes up.
    Boot,
    /// The node falls ill.
    FallsIll,
    /// The node is well again.
    Recovers,
}

/// A step of the classic peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Classic {
    /// Puts its health record.
    Report,
    /// Its last report grows old.
    ReportAges,
    /// Takes a place in the queue.
    Enqueue,
    /// Reboots, being at the head.
    Reboot,
    /// Comes up again.
    Boot,
}

/// What an operator does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// Pauses the fleet.
    Pause,
    /// Ends the pause.
    Resume,
    /// Strikes a name off the roster.
    Forget {
        /// Which.
        name: u8,
    },
    /// Looks at a claim.
    Look {
        /// Which.
        key: Rev,
    },
    /// Unlocks the claim looked at.
    Unlock,
}

impl System {
    /// Everything that might happen next; some of it turns out to be impossible.
    pub(crate) fn enabled(&self, state: &State, actions: &mut Vec<Action>) {
        for machine in 0..self.machines {
            if self.is_classic(machine) {
                self.classic_steps(actions);
            } else {
                self.daemon_steps(state, machine, actions);
                self.machine_events(state, machine, actions);
            }
        }
        for index in 0..state.late.len() {
            actions.push(Action::Arrive { index: u8::try_from(index).unwrap_or(0) });
        }
        self.store_events(state, actions);
        self.operator_acts(state, actions);
    }

    fn daemon_steps(&self, state: &State, machine: u8, actions: &mut Vec<Action>) {
        let node = &state.nodes[machine as usize];
        if !node.runs() {
            return;
        }
        let mut push = |step: Step| {
            let shaken = step.sends() && self.may(state, Fault::Network);
            let fates = if shaken { Fate::ALL.as_slice() } else { &[Fate::Answered] };
            let fates = fates.iter().filter(|fate| step == Step::Arm || **fate != Fate::Slow);
            actions.extend(fates.map(|fate| Action::Daemon { machine, step, fate: *fate }));
        };
        push(if node.joined == NEVER { Step::Join } else { Step::NoticeLoss });
        push(Step::Publish);
        if self.may(state, Fault::Doubt) {
            push(Step::DoubtPresence);
            push(Step::DoubtPlace);
        }
        match node.at {
            At::Idle => {
                push(Step::FindClaims);
                push(if node.place == NEVER { Step::Enqueue } else { Step::View });
                if self.may(state, Fault::GateCloses) {
                    push(Step::Leave);
                }
            }
            At::Viewed { .. } => push(Step::Commit),
            At::Settling { .. } => {
                push(Step::Settle);
                if self.may(state, Fault::Shutdown) {
                    push(Step::Leave);
                }
            }
            At::Claimed { .. } => {
                push(Step::Arm);
                if self.may(state, Fault::GateCloses) {
                    push(Step::GateCloses);
                }
            }
            At::Armed { .. } => {
                push(Step::Run);
                if self.may(state, Fault::Dud) {
                    push(Step::RunDud);
                }
                if self.may(state, Fault::NotStarted) {
                    push(Step::NotStarted);
                }
            }
            At::Ran { .. } => push(Step::StillUp),
            At::GivingUp { .. } | At::Back { .. } => push(Step::Mark),
            At::Holding { .. } => push(Step::Refresh),
            At::Ending { .. } => push(Step::ReadForEnd),
            At::Finishing { .. } => push(Step::Finish),
            At::Outlived | At::Absent | At::Dead | At::ClassicIdle | At::ClassicQueued => {}
        }
    }

    /// Makes `action` happen; `None` if it cannot.
    pub(crate) fn take(&self, state: &State, next: &mut State, action: Action) -> Option<()> {
        match action {
            Action::Daemon { machine, step, fate } => {
                if fate != Fate::Answered {
                    next.faults_left -= 1;
                }
                self.daemon(state, next, machine, step, fate)
            }
            Action::Machine { machine, event } => {
                self.machine(next, machine, event);
                Some(())
            }
            Action::Classic(step) => self.classic(next, step),
            Action::Arrive { index } => {
                let request = next.late.remove(index.into());
                self.apply(next, request);
                Some(())
            }
            Action::PlaceExpires { .. }
            | Action::PresenceExpires { .. }
            | Action::CooldownExpires
            | Action::ClaimExpires { .. } => self.expire(next, action),
            Action::Operator(act) => self.operate(next, act),
        }
    }
}

impl Step {
    /// Whether it sends a request that may get lost. Reads are simply made again.
    const fn sends(self) -> bool {
        matches!(
            self,
            Self::Join
                | Self::Publish
                | Self::Enqueue
                | Self::Leave
                | Self::Commit
                | Self::Settle
                | Self::Arm
                | Self::Mark
                | Self::Finish
        )
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Daemon { machine, step, fate: Fate::Answered } => write!(f, "{machine}: {step:?}"),
            Self::Daemon { machine, step, fate } => write!(f, "{machine}: {step:?}, {fate:?}"),
            Self::Machine { machine, event } => write!(f, "{machine}: {event:?}"),
            other => write!(f, "{other:?}"),
        }
    }
}
