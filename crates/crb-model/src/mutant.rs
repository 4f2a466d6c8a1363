//! The protocol with one of its precautions left out.

/// What is left out, or done wrong. Each must be caught: a checker that cannot fail proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// The commit does not compare its own key.
    NoOwnFence,
    /// The commit leaves the key leased.
    LeasedClaim,
    /// The command runs right after the commit.
    NoArm,
    /// An armed claim found in the same boot is released as if the node were back.
    ReleaseInSameBoot,
    /// Claims expire.
    ClaimsExpire,
    /// The commit compares what is there when it is sent, and not what the view showed.
    StaleView,
    /// The commit does not compare the own presence.
    NoPresenceCompare,
    /// The abort compares nothing.
    AbortWithoutCompare,
    /// The unlock does not compare the record that the operator saw.
    UnlockWithoutCompare,
    /// The operator unlocks an armed node that is up and in the same boot.
    UnlockArmedAndUp,
    /// The commit compares neither the guard nor the health records.
    NeitherGuardNorHealth,
    /// The commit does not compare what present nodes publish, though it counts on more than one slot.
    NoSlotsFence,
    /// A commit that was not answered counts as refused.
    NoSettling,
    /// Claims of an earlier life are looked for before the node joins.
    LookBeforeJoin,
    /// The operator unlocks an armed node that is up, but not present.
    UnlockArmedAndSilent,
    /// The operator unlocks a stuck node that is up.
    UnlockStuckAndUp,
    /// Nothing outside the daemon remembers that the command ran in this boot.
    NoMarker,
    /// Striking a node off the roster does not put the guard.
    ForgetWithoutGuard,
    /// A claim is its node's, whichever machine made it.
    ClaimOfAnyMachine,
    /// Who knows of no slots does not lower their number by standing in the queue.
    StrangersKeepSlots,
    /// Health stays held when an operator takes away a claim that was never armed.
    HeldAfterUnlock,
}
