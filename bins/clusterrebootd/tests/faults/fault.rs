//! What strikes a node at a step.

/// A fault. Where nothing else is said, others of the fleet want to reboot meanwhile, and lie in wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The daemon is killed, and etcd never sees the request. It is started again once the others queue.
    KilledBefore,
    /// The daemon is killed after etcd has done what it asked.
    KilledAfter,
    /// The same, and it is not started before its leases have ended.
    DeadAfter,
    /// The same, and the machine boots.
    PowerCut,
    /// The daemon is stopped until its leases have ended, and the request is lost.
    StoppedLost,
    /// The daemon is stopped until its leases have ended, and etcd does meanwhile what it asked.
    StoppedApplied,
    /// The daemon is stopped until its leases have ended, and only then etcd gets the request.
    StoppedLate,
    /// The request is lost, and its connection silent.
    Lost,
    /// Etcd does what was asked, but the answer is lost, and its connection silent.
    AnswerLost,
    /// The request reaches etcd when the daemon has long got on by another way.
    Late,
    /// The node is cut off until its leases have ended, and the request is lost.
    CutLost,
    /// The node is cut off until its leases have ended; etcd has done what was asked.
    CutApplied,
    /// The node is cut off until its leases have ended, and the request comes through before anything else.
    CutLate,
    /// A script is running: the daemon is killed.
    Killed,
    /// A script is running: the daemon is stopped until its leases have ended.
    Stopped,
    /// A script is running: the node is cut off until its leases have ended.
    Cut,
    /// The machine stays down until the leases have ended.
    Dead,
}

impl Fault {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::KilledBefore => "killed-before",
            Self::KilledAfter => "killed-after",
            Self::DeadAfter => "dead-after",
            Self::PowerCut => "power-cut",
            Self::StoppedLost => "stopped-lost",
            Self::StoppedApplied => "stopped-applied",
            Self::StoppedLate => "stopped-late",
            Self::Lost => "lost",
            Self::AnswerLost => "answer-lost",
            Self::Late => "late",
            Self::CutLost => "cut-lost",
            Self::CutApplied => "cut-applied",
            Self::CutLate => "cut-late",
            Self::Killed => "killed",
            Self::Stopped => "stopped",
            Self::Cut => "cut",
            Self::Dead => "dead",
        }
    }
}
