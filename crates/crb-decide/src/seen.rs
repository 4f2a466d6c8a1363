//! What was seen when a probe looked. A look that failed is something seen, too.

use std::time::Duration;

use jiff::Timestamp;

use crate::decision::NonEmpty;
use crate::fleet::{FleetFacts, Overdue};
use crate::names::NodeName;
use crate::reason::Reason;

/// The kill-switch file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KillSwitchSeen {
    /// It is not there: go on.
    Absent,
    /// It is there.
    Present {
        /// Where.
        path: String,
    },
    /// Whether it is there cannot be told.
    Unreadable {
        /// Where it was looked for.
        path: String,
        /// Why it cannot be told.
        error: String,
    },
}

impl KillSwitchSeen {
    /// What of it speaks against a reboot.
    pub fn against(&self) -> Option<Reason> {
        match self {
            Self::Absent => None,
            Self::Present { path } => Some(Reason::KillSwitchPresent { path: path.clone() }),
            Self::Unreadable { path, error } => {
                Some(Reason::KillSwitchUnreadable { path: path.clone(), error: error.clone() })
            }
        }
    }
}

/// Whether one detector asks for a reboot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DetectorVerdict {
    /// It does.
    Needed,
    /// It does not.
    NotNeeded,
    /// It could not be told, and why.
    Unknown(String),
}

/// What one detector said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectorFinding {
    /// The detector's name in the configuration.
    pub name: String,
    /// What it said.
    pub verdict: DetectorVerdict,
}

/// Whether the maintenance windows allow a reboot at an instant, and until when that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowState {
    /// They do.
    Open {
        /// When they next do not; `None`: never.
        until: Option<Timestamp>,
    },
    /// A deny window covers the instant.
    Denied {
        /// The window as the operator wrote it.
        window: String,
        /// When no deny window covers any more; `None`: never.
        until: Option<Timestamp>,
    },
    /// There are allow windows, and none covers the instant.
    OutsideAllow {
        /// When that changes: one opens, or a deny window begins; `None`: never.
        until: Option<Timestamp>,
    },
}

impl WindowState {
    /// What of it speaks against a reboot.
    pub fn against(&self) -> Option<Reason> {
        match self {
            Self::Open { .. } => None,
            Self::Denied { window, until } => {
                Some(Reason::WindowDenied { window: window.clone(), until: *until })
            }
            Self::OutsideAllow { until } => Some(Reason::WindowOutsideAllow { until: *until }),
        }
    }
}

/// What the health script said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptVerdict {
    /// It ended with exit code 0.
    Healthy,
    /// It ended with another exit code.
    Failed {
        /// The exit code.
        exit_code: i32,
    },
    /// A signal ended it.
    Killed {
        /// The signal's number.
        signal: i32,
    },
    /// It ran past its time-out and was ended.
    TimedOut {
        /// The time-out.
        after: Duration,
    },
    /// It could not be started.
    NotRunnable {
        /// Why.
        error: String,
    },
}

impl ScriptVerdict {
    /// What of it speaks against a reboot.
    pub fn against(&self) -> Option<Reason> {
        match self {
            Self::Healthy => None,
            Self::Failed { exit_code } => Some(Reason::ScriptFailed { exit_code: *exit_code }),
            Self::Killed { signal } => Some(Reason::ScriptKilled { signal: *signal }),
            Self::TimedOut { after } => Some(Reason::ScriptTimedOut { after: *after }),
            Self::NotRunnable { error } => Some(Reason::ScriptNotRunnable { error: error.clone() }),
        }
    }
}

/// Where this node stands in the lock's queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// How many keys stand ahead.
    pub position: u32,
    /// The first of those that stand ahead, in queue order: no more than [`NAMED`](Self::NAMED), for whoever waits
    /// keeps them, and a queue may be as long as the fleet.
    pub ahead: Vec<NodeName>,
    /// Those that stand ahead and are out, and past their deadline.
    pub overdue: Vec<Overdue>,
}

impl Place {
    /// So many nodes are named where others are only counted.
    pub const NAMED: usize = 5;

    /// What speaks against a reboot from a place that is not within the slots.
    pub(crate) fn against(&self) -> NonEmpty<Reason> {
        let overdue = self.overdue.iter().cloned().map(Reason::RebootOverdue).collect();
        let (position, ahead) = (self.position, self.ahead.clone());
        NonEmpty::ending_with(overdue, Reason::BehindInQueue { position, ahead })
    }
}

/// What came of an attempt to commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitSeen {
    /// The claim is in the store.
    Committed,
    /// Something changed since the view was taken.
    Refused,
}

/// Why the store could not be asked, or must not be relied upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// No answer, or one that denies access.
    StoreFailed(String),
    /// The fleet does not see this node as present, and why.
    PresenceLost(String),
    /// Another machine uses this node's name.
    NameTaken {
        /// The other machine's id.
        machine_id: String,
    },
    /// The store has gone backwards.
    StoreRegressed {
        /// Who noticed.
        node: String,
        /// What it noticed.
        reason: String,
    },
    /// What has to outlive the reboot could not be saved, and why.
    NotSaved(String),
    /// The place in the queue is gone, and how that was noticed.
    PlaceLost(String),
}

/// What was seen, in answer to an [`Action`](crate::Action).
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// The kill-switch file.
    KillSwitch(KillSwitchSeen),
    /// What every detector said.
    Detectors(Vec<DetectorFinding>),
    /// The maintenance windows.
    Windows(WindowState),
    /// The health script.
    Script(ScriptVerdict),
    /// The shared state, read at one revision.
    Fleet(Box<FleetFacts>),
    /// The place in the queue.
    Place(Place),
    /// What came of the commit.
    Commit(CommitSeen),
    /// The store could not be asked.
    Trouble(Trouble),
}
