//! A checker that cannot fail proves nothing: each precaution of the protocol, left out, is missed.

use crb_model::{Fault, Mutant, System, invariants, shortest};

/// Asserts that `mutant` breaks just `invariant` first, and tells how.
fn caught(mutant: Mutant, invariant: &str, system: System) -> String {
    let report = shortest(&system.mutated(mutant));
    let broken: Vec<&str> = report.broken.iter().map(|(name, _)| *name).collect();
    assert!(broken.contains(&invariant), "{mutant:?} broke {broken:?}");
    report.to_string()
}

const THREE: System = System::THREE;

#[test]
fn no_fence_on_the_own_key() {
    let late = System { faults: &[Fault::Network, Fault::Shutdown], budget: 2, ..THREE };
    println!("{}", caught(Mutant::NoOwnFence, invariants::SETTLED, late));
    let paused = System { classic_peer: true, faults: &[Fault::Expiry], budget: 1, ..THREE };
    println!("{}", caught(Mutant::NoOwnFence, invariants::CLASSIC_FIRST, paused));
}

#[test]
fn claim_left_leased() {
    println!("{}", caught(Mutant::LeasedClaim, invariants::CLAIM_STANDS, THREE));
}

#[test]
fn no_arm() {
    println!("{}", caught(Mutant::NoArm, invariants::ARMED_FIRST, THREE));
}

#[test]
fn release_without_new_boot_id() {
    let restarted = System { faults: &[Fault::Crash], budget: 1, ..THREE };
    println!("{}", caught(Mutant::ReleaseInSameBoot, invariants::CLAIM_ENDS, restarted));
}

#[test]
fn expiry_of_claims() {
    println!("{}", caught(Mutant::ClaimsExpire, invariants::CLAIM_ENDS, THREE));
}

#[test]
fn commit_without_a_fresh_view() {
    let ill = System { faults: &[Fault::Illness], budget: 1, ..THREE };
    println!("{}", caught(Mutant::StaleView, invariants::CURRENT_VIEW, ill));
}

#[test]
fn commit_without_the_presence_compare() {
    let late = System { faults: &[Fault::Network], budget: 1, ..THREE };
    println!("{}", caught(Mutant::NoPresenceCompare, invariants::SETTLED, late));
    let twins = System { twins: true, faults: &[Fault::Expiry], budget: 1, ..THREE };
    println!("{}", caught(Mutant::NoPresenceCompare, invariants::ONE_MACHINE, twins));
}

#[test]
fn abort_without_a_compare() {
    let late = System { faults: &[Fault::Network, Fault::NotStarted, Fault::Crash], budget: 3, ..THREE };
    println!("{}", caught(Mutant::AbortWithoutCompare, invariants::CLAIM_STANDS, late));
}

#[test]
fn unlock_without_a_compare() {
    let unlocked = System { faults: &[Fault::Unlock], budget: 1, ..THREE };
    println!("{}", caught(Mutant::UnlockWithoutCompare, invariants::SLOTS_IN_FACT, unlocked));
}

#[test]
fn unlock_of_a_live_armed_node() {
    let unlocked = System { faults: &[Fault::Unlock], budget: 1, ..THREE };
    println!("{}", caught(Mutant::UnlockArmedAndUp, invariants::SLOTS_IN_FACT, unlocked));
}

#[test]
fn commit_with_neither_guard_nor_health_compare_at_two_slots() {
    let two_slots = System { slots: 2, ..THREE };
    println!("{}", caught(Mutant::NeitherGuardNorHealth, invariants::CURRENT_VIEW, two_slots));
}

#[test]
fn commit_without_the_compare_of_what_peers_publish_at_two_slots() {
    let narrowed = System { slots: 2, faults: &[Fault::Narrowing], budget: 1, ..THREE };
    println!("{}", caught(Mutant::NoSlotsFence, invariants::IN_TURN, narrowed));
}

#[test]
fn unanswered_commit_taken_for_refused() {
    let late = System { faults: &[Fault::Network], budget: 1, ..THREE };
    println!("{}", caught(Mutant::NoSettling, invariants::SETTLED, late));
}

#[test]
fn claims_looked_for_before_the_join() {
    let restarted = System { faults: &[Fault::Network, Fault::Crash], budget: 2, ..THREE };
    println!("{}", caught(Mutant::LookBeforeJoin, invariants::SETTLED, restarted));
}
