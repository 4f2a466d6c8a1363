//! Holes that the checker found, each kept with what closes it, and limits of what is promised.

use crb_model::{Fault, Mutant, System, check, invariants, shortest};

/// Asserts that `system` breaks `invariant`, and tells how.
fn broken(system: &System, invariant: &str) -> String {
    let report = shortest(system);
    let broken: Vec<&str> = report.broken.iter().map(|(name, _)| *name).collect();
    assert!(broken.contains(&invariant), "broke {broken:?}");
    report.to_string()
}

fn sound(system: &System) {
    let report = check(system);
    assert!(report.broken.is_empty(), "{report}");
}

const THREE: System = System { symmetric: false, ..System::THREE };
const STRICT: System = System { max_unhealthy: 0, ..THREE };

/// A claim names its node and not its machine. A second machine of the same name starts while the first one
/// reboots and its presence has ended, takes the claim for its own, is healthy, and releases it.
#[test]
fn a_claim_is_its_machines_and_not_its_names() {
    let twins = System { twins: true, ..STRICT };
    println!("{}", broken(&twins.clone().mutated(Mutant::ClaimOfAnyMachine), invariants::CLAIM_ENDS));
    sound(&twins);
}

/// An operator unlocks a committed claim. Its node goes back into the queue, but goes on holding its health
/// record as if a claim spoke for it: it stays unhealthy, blocks whoever stands ahead, and waits for them.
#[test]
fn health_is_published_again_when_a_claim_was_taken_away_before_the_arm() {
    let unlocked = System { faults: &[Fault::Unlock], budget: 1, heals: true, ..STRICT };
    println!("{}", broken(&unlocked.clone().mutated(Mutant::HeldAfterUnlock), invariants::GOES_ON));
    sound(&unlocked);
}

/// A node ran the command, nothing happened, it is stuck, an operator unlocks it, its daemon starts anew and
/// knows of nothing: it calls itself healthy, another node goes down, and then the command takes effect.
#[test]
fn a_marker_outlives_the_daemon_that_ran_the_command() {
    let slow = &[Fault::Dud, Fault::Unlock, Fault::Crash];
    let stuck = System { faults: slow, budget: 3, max_runs: 1, unlocks_stuck: true, ..STRICT };
    println!("{}", broken(&stuck.clone().mutated(Mutant::NoMarker), invariants::SLOTS_IN_FACT));
    sound(&stuck);
}

/// A health record that is deleted has no mod revision that a commit could compare.
#[test]
fn forget_puts_the_guard() {
    let forgotten = System { faults: &[Fault::Expiry, Fault::Forget], budget: 2, ..THREE };
    println!("{}", broken(&forgotten.clone().mutated(Mutant::ForgetWithoutGuard), invariants::CURRENT_VIEW));
    sound(&forgotten);
}

/// That a node is not present says that its daemon is paused or dead, and not that its machine is down. Its
/// record, unhealthy since the unlock, holds the others back under the strict policy alone.
#[test]
fn a_node_that_is_not_present_may_still_go_down() {
    let silent = System { faults: &[Fault::Expiry, Fault::Unlock], budget: 2, ..THREE };
    println!("{}", broken(&silent.clone().mutated(Mutant::UnlockArmedAndSilent), invariants::SLOTS_IN_FACT));
    sound(&System { max_unhealthy: 0, ..silent }.mutated(Mutant::UnlockArmedAndSilent));
}

/// A stuck node may still go down. Its unhealthy record holds the others back under the strict policy alone.
#[test]
fn a_stuck_node_may_still_go_down() {
    let stuck = System { faults: &[Fault::Dud, Fault::Unlock], budget: 2, max_runs: 1, ..THREE };
    println!("{}", broken(&stuck.clone().mutated(Mutant::UnlockStuckAndUp), invariants::SLOTS_IN_FACT));
    sound(&System { max_unhealthy: 0, ..stuck }.mutated(Mutant::UnlockStuckAndUp));
}

/// An unlock says that the node is unhealthy, and the marker that it is to stay so: under the strict policy that
/// alone keeps the others up, even when the operator was wrong about a machine.
#[test]
fn under_the_strict_policy_a_wrong_unlock_takes_nobody_down() {
    let wrong = System { faults: Fault::ALL_BUT_FORGET, budget: 2, unlocks_stuck: true, ..STRICT };
    sound(&System { symmetric: true, ..wrong.mutated(Mutant::UnlockArmedAndUp) });
}

/// A holder of the lock that is not on the roster has to lower the number of slots by its key alone.
#[test]
fn a_classic_peer_that_is_not_on_the_roster_goes_first() {
    let unknown = System { classic_peer: true, classic_reports: false, slots: 2, ..THREE };
    println!("{}", broken(&unknown.clone().mutated(Mutant::StrangersKeepSlots), invariants::CLASSIC_FIRST));
    sound(&System { faults: Fault::ALL, budget: 1, ..unknown });
}

/// The lease of a classic peer may end while it boots; if its last report still counts then, nothing tells
/// that it is down.
#[test]
fn a_classic_peer_may_boot_beside_one_of_ours() {
    let strict = System { classic_peer: true, ..STRICT };
    sound(&System { lease_outlives_report: true, ..strict.clone() });
    sound(&strict);
}
