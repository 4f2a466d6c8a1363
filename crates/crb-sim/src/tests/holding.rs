//! What stops a roll-out, and what lets it go on.

use crb_decide::CommandEnd;
use crb_observe::What;
use crb_store::{Op, Txn};

use super::*;

#[tokio::test(start_paused = true)]
async fn a_machine_that_is_red_after_the_boot_keeps_the_slot_until_it_is_green() {
    let lab = Lab::new(FleetSpec::new(3));
    let script = async {
        lab.machine(0).down().await;
        lab.machine(0).set_healthy(false);
        pass(minutes(180)).await;
        assert!(lab.machine(0).is_up());
        assert_eq!(lab.queue().get("node-1"), Some(&true));
        assert_eq!(lab.went_down(), ["node-1"]);
        lab.machine(0).set_healthy(true);
    };
    let summary = lab.finish(script).await;
    assert_eq!(summary.nodes.len(), 3);
    assert_eq!(summary.most_out_at_once, 1);
}

#[tokio::test(start_paused = true)]
async fn a_sick_peer_holds_the_roll_out_and_its_recovery_unblocks() {
    let lab = Lab::new(FleetSpec::new(3));
    lab.needy(&[0, 1]);
    lab.brake(&[0, 1], true);
    lab.machine(2).set_healthy(false);
    let script = async {
        pass(minutes(5)).await;
        lab.brake(&[0, 1], false);
        pass(minutes(60)).await;
        assert_eq!(lab.went_down(), Vec::<String>::new());
        lab.machine(2).set_healthy(true);
        pass(minutes(1)).await;
        assert_eq!(lab.went_down().len(), 1, "the recovery wakes the head of the queue");
    };
    assert_eq!(lab.finish(script).await.nodes.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_holds_the_roll_out_until_it_is_heard_of_again() {
    let lab = Lab::new(FleetSpec::new(3));
    lab.needy(&[0, 1]);
    lab.brake(&[0, 1], true);
    let script = async {
        pass(minutes(5)).await;
        lab.machine(2).crash_daemon();
        pass(minutes(2)).await;
        lab.brake(&[0, 1], false);
        pass(minutes(60)).await;
        assert_eq!(lab.went_down(), Vec::<String>::new());
        lab.machine(2).start_daemon();
        pass(minutes(1)).await;
        assert_eq!(lab.went_down().len(), 1);
    };
    assert_eq!(lab.finish(script).await.nodes.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_kill_switch_holds_its_own_machine_alone() {
    let lab = Lab::new(FleetSpec::new(3));
    lab.brake(&[0], true);
    let script = async {
        pass(minutes(60)).await;
        assert_eq!(lab.went_down(), ["node-2", "node-3"]);
        lab.brake(&[0], false);
    };
    assert_eq!(lab.finish(script).await.nodes.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_command_that_does_nothing_thrice_makes_the_node_stuck_and_nobody_else_goes() {
    let lab = Lab::new(FleetSpec::new(3));
    lab.machine(0).set_command(crate::Command::DoesNothing);
    let script = async {
        pass(minutes(240)).await;
        let runs = lab.events_of("node-1").into_iter().filter_map(|event| match event.what {
            What::RebootCommandEnded { end, run, .. } => Some((end, run)),
            _ => None,
        });
        let still_up = [1, 2, 3].map(|run| (CommandEnd::StillUp, run));
        assert_eq!(runs.collect::<Vec<_>>(), still_up);
        assert_eq!(lab.went_down(), Vec::<String>::new());
        assert_eq!(lab.queue().get("node-1"), Some(&true));
        // An operator comes and boots it by hand.
        lab.machine(0).cut_power();
    };
    assert_eq!(lab.finish(script).await.unfinished, []);
    assert_eq!(lab.went_down().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_node_whose_claim_is_taken_after_its_command_ran_holds_the_roll_out_until_it_boots() {
    let lab = Lab::new(FleetSpec::new(3));
    lab.machine(0).set_command(crate::Command::DoesNothing);
    let script = async {
        pass(minutes(2)).await;
        lab.machine(0).crash_daemon();
        lab.store.txn(Txn::default().then([Op::Delete { range: lab.keys.queue() }])).await.unwrap();
        lab.machine(0).start_daemon();
        pass(minutes(240)).await;
        assert!(!lab.queue().contains_key("node-1"), "it is stuck and queues no more");
        assert_eq!(lab.went_down(), Vec::<String>::new(), "and nobody goes past it");
        lab.machine(0).cut_power();
    };
    assert_eq!(lab.finish(script).await.unfinished, []);
    assert_eq!(lab.went_down().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_command_that_cannot_be_started_holds_nobody_up() {
    let lab = Lab::new(FleetSpec::new(3));
    lab.machine(0).set_command(crate::Command::CannotStart);
    let script = async {
        pass(minutes(60)).await;
        assert_eq!(lab.went_down(), ["node-2", "node-3"]);
        lab.machine(0).set_command(crate::Command::Works);
    };
    assert_eq!(lab.finish(script).await.nodes.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_crash_of_a_waiting_node_frees_its_place_after_the_time_to_live() {
    let mut spec = FleetSpec::new(3);
    spec.reboot_time = minutes(1)..=minutes(1);
    spec.terms.lock_ttl = minutes(5);
    spec.plan.policy.max_unhealthy = 1;
    let lab = Lab::new(spec);
    let script = async {
        lab.machine(0).down().await;
        lab.machine(1).crash_daemon();
        lab.machine(0).up().await;
        pass(minutes(2)).await;
        assert_eq!(lab.queue().keys().collect::<Vec<_>>(), ["node-2", "node-3"]);
        pass(minutes(3)).await;
        assert_eq!(lab.went_down(), ["node-1", "node-3"]);
        lab.machine(1).start_daemon();
    };
    assert_eq!(lab.finish(script).await.nodes.len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_crashes_while_its_machine_goes_down_changes_nothing() {
    let lab = Lab::new(FleetSpec::new(3));
    let script = async {
        for machine in lab.fleet.machines() {
            machine.down().await;
            machine.crash_daemon();
        }
    };
    assert_eq!(lab.finish(script).await.nodes.len(), 3);
}
