//! What may go wrong.

use std::ops::{BitOr, BitOrAssign};

/// What becomes of a request and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Applied, if its compares hold, and answered.
    Answered,
    /// Applied and answered, but too slowly for an arm to count.
    Slow,
    /// Applied; the answer is lost.
    Unanswered,
    /// Never applied; the sender cannot know.
    Lost,
    /// The sender gives up; it is applied at any later time, or never.
    Late,
}

impl Fate {
    /// Every fate of a request.
    pub const ALL: [Self; 5] = [Self::Answered, Self::Slow, Self::Unanswered, Self::Lost, Self::Late];
}

/// What may happen to a fleet at any time, as often as the budget allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A request or its answer meets any [`Fate`] but the good one.
    Network,
    /// A daemon dies.
    Crash,
    /// A daemon is started anew with one slot in place of several.
    Narrowing,
    /// A machine dies.
    PowerCut,
    /// A lease of a running daemon ends: it was paused, or could not renew.
    Expiry,
    /// A daemon takes its presence for lost, though it is not.
    Doubt,
    /// The reboot command does nothing, or takes effect late.
    Dud,
    /// The reboot command cannot be started.
    NotStarted,
    /// A local gate closes: between commit and command, or while the node waits.
    GateCloses,
    /// The daemon is asked to stop while a commit is on its way.
    Shutdown,
    /// A node falls ill for a time.
    Illness,
    /// The operator unlocks a claim.
    Unlock,
    /// The operator pauses the fleet for a time.
    Pause,
    /// The operator strikes a node off the roster that is not present.
    Forget,
}

impl Fault {
    /// Every fault.
    pub const ALL: &[Self] = &[
        Self::Network,
        Self::Crash,
        Self::Narrowing,
        Self::PowerCut,
        Self::Expiry,
        Self::Doubt,
        Self::Dud,
        Self::NotStarted,
        Self::GateCloses,
        Self::Shutdown,
        Self::Illness,
        Self::Pause,
        Self::Unlock,
        Self::Forget,
    ];

    /// Every fault but the last: nobody is struck off the roster.
    pub const ALL_BUT_FORGET: &[Self] = Self::ALL.split_at(Self::ALL.len() - 1).0;
}

/// Rules of a single step that were broken, as a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Broken(u8);

impl Broken {
    /// None.
    pub const NONE: Self = Self(0);
    /// The command ran without an acknowledged arm.
    pub const I3: Self = Self(1);
    /// A claim ended otherwise than by release, abort or unlock.
    pub const I4: Self = Self(2);
    /// A commit was applied on an outdated view.
    pub const I5: Self = Self(4);
    /// A commit was applied of a machine that does not hold its name.
    pub const I7: Self = Self(8);
    /// A commit was applied out of turn.
    pub const TURN: Self = Self(16);
    /// A commit was applied while the classic peer stood ahead.
    pub const CLASSIC_AHEAD: Self = Self(64);
    /// The classic peer went down while one of ours was out.
    pub const CLASSIC_BESIDE: Self = Self(128);
    /// A commit was applied of which its node no longer thinks.
    pub const SETTLED: Self = Self(32);

    /// This, unless `fair`.
    pub const fn unless(self, fair: bool) -> Self {
        if fair { Self::NONE } else { self }
    }

    /// Whether this is in `other`.
    pub const fn is_in(self, other: Self) -> bool {
        other.0 & self.0 != 0
    }
}

impl BitOr for Broken {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Broken {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}
