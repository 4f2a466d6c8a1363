//! The protocol with one of its precautions left out, between a daemon and its line.
//!
//! A mutant needs no switch in what it mutates: it rewrites what a daemon sends, or what it is told. Each must be
//! caught: an oracle that cannot fail proves nothing.

mod between;
mod daemon;
mod focus;
mod forge;
mod operator;

use std::fmt;
use std::sync::Arc;

use crb_store::Store;

use super::mix::Mix;
use super::oracle::Invariant;
use crate::machine::Machine;
use between::Between;
use daemon::Mutated;
use operator::Careless;

/// What is left out, or done wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutant {
    /// The commit does not compare its own key.
    NoOwnFence,
    /// The commit leaves the key leased.
    LeasedClaim,
    /// The arm puts nothing, and is acknowledged.
    NoArm,
    /// A claim found in the same boot is released as if the node were back, and nothing outside the daemon
    /// remembers that the command ran in it: with that the claim would be held all the same.
    ReleaseInSameBoot,
    /// Claims expire.
    ClaimsExpire,
    /// The commit compares what is there when it is sent, and not what the view showed.
    StaleView,
    /// The commit does not compare the health records.
    NoHealthFence,
    /// The commit does not compare the own presence.
    NoPresenceCompare,
    /// The end of a claim compares nothing.
    EndWithoutCompare,
    /// The unlock does not compare what the operator saw.
    UnlockWithoutCompare,
    /// The operator unlocks an armed node that is up and in the same boot.
    UnlockArmedAndUp,
    /// Nothing outside the daemon remembers that the command ran in this boot.
    NoMarker,
    /// The commit compares neither the guard nor the health records, at two slots.
    NeitherGuardNorHealth,
    /// The commit does not compare what present nodes publish, though it counts on more than one slot.
    NoSlotsFence,
    /// A commit that was not answered counts as refused.
    NoSettling,
    /// Claims of an earlier life are looked for before the node joins.
    LookBeforeJoin,
    /// A claim is its node's, whichever machine made it.
    ClaimOfAnyMachine,
    /// Striking a node off the roster does not put the guard.
    ForgetWithoutGuard,
    /// What a member tells that lags behind is believed, where a node looks for its own claims.
    LagBelieved,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::NoOwnFence,
        Self::LeasedClaim,
        Self::NoArm,
        Self::ReleaseInSameBoot,
        Self::ClaimsExpire,
        Self::StaleView,
        Self::NoHealthFence,
        Self::NoPresenceCompare,
        Self::EndWithoutCompare,
        Self::UnlockWithoutCompare,
        Self::UnlockArmedAndUp,
        Self::NoMarker,
        Self::NeitherGuardNorHealth,
        Self::NoSlotsFence,
        Self::NoSettling,
        Self::LookBeforeJoin,
        Self::ClaimOfAnyMachine,
        Self::ForgetWithoutGuard,
        Self::LagBelieved,
    ];

    /// What it is called on a command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoOwnFence => "no-own-fence",
            Self::LeasedClaim => "leased-claim",
            Self::NoArm => "no-arm",
            Self::ReleaseInSameBoot => "release-in-same-boot",
            Self::ClaimsExpire => "claims-expire",
            Self::StaleView => "stale-view",
            Self::NoHealthFence => "no-health-fence",
            Self::NoPresenceCompare => "no-presence-compare",
            Self::EndWithoutCompare => "end-without-compare",
            Self::UnlockWithoutCompare => "unlock-without-compare",
            Self::UnlockArmedAndUp => "unlock-armed-and-up",
            Self::NoMarker => "no-marker",
            Self::NeitherGuardNorHealth => "neither-guard-nor-health",
            Self::NoSlotsFence => "no-slots-fence",
            Self::NoSettling => "no-settling",
            Self::LookBeforeJoin => "look-before-join",
            Self::ClaimOfAnyMachine => "claim-of-any-machine",
            Self::ForgetWithoutGuard => "forget-without-guard",
            Self::LagBelieved => "lag-believed",
        }
    }

    /// The invariants of which it must break one.
    pub const fn breaks(self) -> &'static [Invariant] {
        match self {
            Self::NoOwnFence => &[Invariant::InTurn, Invariant::Settled],
            Self::LeasedClaim => &[Invariant::ClaimStands],
            Self::NoArm => &[Invariant::ArmedFirst],
            Self::ReleaseInSameBoot
            | Self::ClaimsExpire
            | Self::EndWithoutCompare
            | Self::ClaimOfAnyMachine => &[Invariant::ClaimEnds],
            Self::StaleView
            | Self::NoHealthFence
            | Self::NeitherGuardNorHealth
            | Self::ForgetWithoutGuard => &[Invariant::CurrentView],
            Self::NoPresenceCompare => &[Invariant::Settled, Invariant::OneMachine],
            Self::UnlockWithoutCompare | Self::UnlockArmedAndUp | Self::NoMarker => &[Invariant::SlotsInFact],
            Self::NoSlotsFence => &[Invariant::InTurn, Invariant::SlotsInStore],
            Self::NoSettling | Self::LookBeforeJoin => &[Invariant::Settled],
            Self::LagBelieved => &[Invariant::GoesOn],
        }
    }
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Mutant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|mutant| mutant.as_str() == text);
        found.ok_or_else(|| format!("there is no mutant {text:?}"))
    }
}

/// A machine's line with the mutant between.
pub(crate) fn line(
    mutant: Option<Mutant>,
    inner: Arc<dyn Store>,
    machine: &Arc<Machine>,
    mix: &Mix,
) -> Arc<dyn Store> {
    match mutant {
        Some(mutant) => Arc::new(Between::new(inner, Mutated::new(mutant, machine, mix))),
        None => inner,
    }
}

/// The operator's line with the mutant between.
pub(crate) fn operators_line(mutant: Option<Mutant>, inner: Arc<dyn Store>, mix: &Mix) -> Arc<dyn Store> {
    match mutant {
        Some(mutant) => Arc::new(Between::new(inner, Careless::new(mutant, mix))),
        None => inner,
    }
}
