//! The protocol holds, whatever goes wrong within the budget. Every run visits every state there is.

use crb_model::{Fault, System, check};

const EVERYTHING: &[Fault] = Fault::ALL;

/// Checks `system` to the end and says in figures what was seen.
fn run(system: &System) -> String {
    let report = check(system);
    assert!(report.broken.is_empty(), "{report}");
    assert_eq!(report.unreached, Vec::<&str>::new());
    report.to_string()
}

#[test]
fn three_nodes_one_slot() {
    println!("{}", run(&System { faults: EVERYTHING, budget: 3, ..System::THREE }));
}

#[test]
fn three_nodes_one_slot_under_the_strict_policy() {
    let system =
        System { faults: EVERYTHING, budget: 3, max_unhealthy: 0, unlocks_stuck: true, ..System::THREE };
    println!("{}", run(&system));
}

#[test]
fn three_nodes_two_slots() {
    println!("{}", run(&System { slots: 2, faults: EVERYTHING, budget: 2, ..System::THREE }));
}

#[test]
fn four_nodes_two_slots() {
    println!("{}", run(&System { machines: 4, slots: 2, faults: EVERYTHING, budget: 1, ..System::THREE }));
}

#[test]
fn two_nodes_two_rounds_with_cooldown() {
    let two = System { machines: 2, rounds: 2, cools_down: true, ..System::THREE };
    println!("{}", run(&System { faults: EVERYTHING, budget: 3, ..two }));
}

#[test]
fn beside_a_classic_peer_its_key_goes_first() {
    println!("{}", run(&System { classic_peer: true, faults: EVERYTHING, budget: 2, ..System::THREE }));
}

#[test]
fn beside_a_classic_peer_two_slots_count_as_one() {
    let two_slots = System { classic_peer: true, slots: 2, ..System::THREE };
    println!("{}", run(&System { faults: Fault::ALL_BUT_FORGET, budget: 2, ..two_slots }));
}

#[test]
fn beside_a_classic_peer_whose_lease_outlives_its_report_nobody_goes_down_with_it() {
    let strict =
        System { classic_peer: true, lease_outlives_report: true, max_unhealthy: 0, ..System::THREE };
    println!("{}", run(&System { faults: Fault::ALL_BUT_FORGET, budget: 2, ..strict }));
}

#[test]
fn two_machines_of_one_name() {
    println!(
        "{}",
        run(&System { twins: true, symmetric: false, faults: EVERYTHING, budget: 2, ..System::THREE })
    );
}

#[test]
fn once_faults_end_the_fleet_comes_to_rest_and_nobody_is_left() {
    println!("{}", run(&System { heals: true, faults: EVERYTHING, budget: 2, ..System::THREE }));
}

#[test]
fn once_faults_end_the_fleet_comes_to_rest_under_the_strict_policy() {
    let strict = System { heals: true, max_unhealthy: 0, unlocks_stuck: true, ..System::THREE };
    println!("{}", run(&System { faults: EVERYTHING, budget: 2, ..strict }));
}

#[test]
#[ignore = "a deep run: minutes to an hour, and gigabytes"]
fn three_nodes_one_slot_with_four_faults() {
    println!("{}", run(&System { faults: EVERYTHING, budget: 4, ..System::THREE }));
}

#[test]
#[ignore = "a deep run: minutes to an hour, and gigabytes"]
fn three_nodes_two_slots_with_three_faults() {
    println!("{}", run(&System { slots: 2, faults: EVERYTHING, budget: 3, ..System::THREE }));
}

#[test]
#[ignore = "a deep run: minutes to an hour, and gigabytes"]
fn four_nodes_two_slots_with_two_faults() {
    println!("{}", run(&System { machines: 4, slots: 2, faults: EVERYTHING, budget: 2, ..System::THREE }));
}
