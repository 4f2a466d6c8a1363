//! One state of the whole fleet.

use crate::fault::Broken;
use crate::store::{Claim, MACHINES, NEVER, Rev, Store};
use crate::txn::Request;

/// The store, the machines, and what is on its way between them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    /// The store.
    pub store: Store,
    /// The machines.
    pub nodes: [Node; MACHINES],
    /// Requests whose senders have given up, and which may be applied yet.
    pub late: Vec<Request>,
    /// A claim that the operator looks at and is about to unlock.
    pub sighted: Option<Claim>,
    /// How many faults may still happen.
    pub faults_left: u8,
    /// Which rules of a single step were broken on the way here.
    pub broken: Broken,
}

/// One machine and the daemon on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and most mixes of them occur")]
pub struct Node {
    /// Where its daemon is.
    pub at: At,
    /// Whether it is up.
    pub up: bool,
    /// The own presence as the daemon knows it; [`NEVER`] if it has to join.
    pub joined: Rev,
    /// Whether claims of an earlier life were looked for since the last join.
    pub recovered: bool,
    /// Whether a claim speaks for its health.
    pub held: bool,
    /// Its place in the queue; [`NEVER`] if it has none.
    pub place: Rev,
    /// How many slots it is configured with.
    pub slots: u8,
    /// How often it still has to reboot.
    pub needs: u8,
    /// Whether the command ran in this boot and may still take the machine down.
    pub falling: bool,
    /// Whether it is ill, so that its health script fails.
    pub ill: bool,
    /// Whether the daemon's last arm was acknowledged and not used yet: not what it believes, but what is so.
    pub acknowledged: bool,
    /// Whether the marker in `/run` says that the command ran in this boot.
    pub marked: bool,
    /// Whether it is out: not what it believes, but what is so.
    pub out: Out,
}

/// Whether a machine is out: between an acknowledged arm and the end of the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Out {
    /// It is not.
    No,
    /// It is.
    Yes,
    /// It is, and an operator has taken its claim away.
    Unlocked,
}

/// Where a daemon is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum At {
    /// There is no such machine in this model.
    Absent,
    /// The daemon is not running.
    Dead,
    /// Between two passes.
    Idle,
    /// The view allowed it; the commit is about to be sent.
    Viewed {
        /// The guard in the view.
        guard: Rev,
        /// The view's revision.
        view: Rev,
        /// Whether it counted on more than one slot.
        wide: bool,
        /// Whether anything that it showed has changed since.
        outdated: bool,
    },
    /// A commit was not answered.
    Settling {
        /// The presence that it compared.
        joined: Rev,
    },
    /// It has a claim and is about to arm it.
    Claimed {
        /// The claim.
        claim: Claim,
        /// How often the command was run under it.
        runs: u8,
    },
    /// The arm was acknowledged in time: about to run the command.
    Armed {
        /// The claim.
        claim: Claim,
        /// How often the command was run under it.
        runs: u8,
    },
    /// The command ran: waiting for the machine to go down.
    Ran {
        /// The claim.
        claim: Claim,
        /// How often the command was run under it.
        runs: u8,
    },
    /// About to mark the claim as stuck.
    GivingUp {
        /// The claim.
        claim: Claim,
    },
    /// Stuck, until a boot or an operator.
    Holding {
        /// The claim.
        claim: Claim,
    },
    /// The claim was taken away after the command had run: until a boot.
    Outlived,
    /// Booted anew: about to mark the claim as under verification.
    Back {
        /// The claim.
        claim: Claim,
    },
    /// About to end the claim.
    Ending {
        /// The claim.
        claim: Claim,
        /// Whether by release, once healthy, or by abort.
        release: bool,
    },
    /// Has read what the end compares.
    Finishing {
        /// The transaction.
        end: End,
        /// The claim as it was known before.
        claim: Claim,
    },
    /// The classic peer: not in the queue.
    ClassicIdle,
    /// The classic peer: in the queue, or holding the lock.
    ClassicQueued,
}

/// The end of a claim, as it is about to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct End {
    /// The claim as it was just read.
    pub claim: Claim,
    /// The own health record as it was just read.
    pub health: Rev,
    /// The guard as it was just read.
    pub guard: Rev,
    /// The own presence, where it is compared.
    pub joined: Option<Rev>,
    /// Whether it is a release.
    pub release: bool,
}

impl Node {
    /// A machine that is up, with a daemon that runs and has joined.
    pub const fn at_work(at: At, needs: u8) -> Self {
        Self {
            at,
            up: true,
            joined: 1,
            recovered: true,
            held: false,
            place: NEVER,
            slots: 1,
            needs,
            falling: false,
            ill: false,
            acknowledged: false,
            marked: false,
            out: Out::No,
        }
    }

    /// Whether a daemon runs on it.
    pub const fn runs(&self) -> bool {
        !matches!(self.at, At::Dead | At::Absent)
    }

    /// Ends the daemon.
    pub const fn die(&mut self) {
        self.at = At::Dead;
        self.joined = NEVER;
        self.recovered = false;
        self.held = false;
        self.place = NEVER;
        self.acknowledged = false;
    }
}
