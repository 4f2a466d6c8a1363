//! What must never be.

use std::fmt;

/// What was broken, in the terms of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// I1: at most `slots` claims are in the store.
    SlotsInStore,
    /// I1: at most `slots` machines are down by their command, or about to go down.
    SlotsInFact,
    /// I2: a machine that is out has its claim in the store, with the boot id from before.
    ClaimStands,
    /// I3: the command runs under an acknowledged arm of the same claim in the same boot.
    ArmedFirst,
    /// I4: a claim ends by release, abort or an operator.
    ClaimEnds,
    /// I5: a commit applies on a current view alone, on which the policy holds.
    CurrentView,
    /// I6: whoever needs it reboots.
    GoesOn,
    /// I7: one machine commits under one name.
    OneMachine,
    /// A commit applies in turn alone: within the slots from the head of the queue.
    InTurn,
    /// A commit applies only while its sender still waits for it.
    Settled,
    /// No commit applies while a classic peer stands ahead.
    ClassicFirst,
    /// A classic peer does not go down while one of ours is out.
    ClassicWaits,
    /// The guard names just those who are out.
    GuardTells,
    /// No command runs on a machine whose settings in force forbid it.
    Forbidden,
    /// Nothing commits and nothing arms while anybody holds, for the store has gone backwards.
    HoldHolds,
    /// A machine that hooks have drained is taken back into service.
    InService,
}

impl Invariant {
    /// What it is called.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SlotsInStore => "I1, claims",
            Self::SlotsInFact => "I1, machines",
            Self::ClaimStands => "I2",
            Self::ArmedFirst => "I3",
            Self::ClaimEnds => "I4",
            Self::CurrentView => "I5",
            Self::GoesOn => "I6",
            Self::OneMachine => "I7",
            Self::InTurn => "in turn",
            Self::Settled => "settled",
            Self::ClassicFirst => "the classic peer first",
            Self::ClassicWaits => "the classic peer waits",
            Self::GuardTells => "the guard tells",
            Self::Forbidden => "settings in force",
            Self::HoldHolds => "the hold holds",
            Self::InService => "back in service",
        }
    }
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An invariant that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// How.
    pub text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is broken: {}", self.invariant, self.text)
    }
}
