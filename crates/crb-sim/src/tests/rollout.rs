//! What goes well.

use std::future::ready;

use crb_store::faults::{Call, Decider, Fate, Faulty};

use super::*;

/// A line on which everything takes so long.
struct Slow(Duration);

impl Decider for Slow {
    fn fate(&self, _: Call<'_>) -> Fate {
        Fate::Travels { there: self.0, back: Duration::ZERO }
    }
}

#[tokio::test(start_paused = true)]
async fn ten_nodes_all_get_their_turn_one_at_a_time() {
    let lab = Lab::new(FleetSpec::new(10));
    let summary = lab.finish(ready(())).await;
    assert_eq!(summary.nodes.len(), 10);
    assert_eq!((summary.most_out_at_once, summary.most_down_at_once), (1, 1));
    assert_eq!(lab.went_down().len(), 10);
    let out: Duration = summary.nodes.values().map(|course| course.out).sum();
    assert!(summary.total <= out + Duration::from_secs(10), "the slot is handed on at once: {summary:#?}");
}

#[tokio::test(start_paused = true)]
async fn two_slots_let_two_out_at_once_and_never_three() {
    let mut spec = FleetSpec::new(10);
    spec.terms.slots = 2;
    let lab = Lab::new(spec);
    let summary = lab.finish(ready(())).await;
    assert_eq!((summary.most_out_at_once, summary.most_down_at_once), (2, 2));
    let out: Duration = summary.nodes.values().map(|course| course.out).sum();
    assert!(summary.total < out.mul_f64(0.6), "two slots take about half the time: {summary:#?}");
}

#[tokio::test(start_paused = true)]
async fn the_queue_is_served_in_order() {
    let lab = Lab::new(FleetSpec::new(5));
    let script = async {
        for index in [3, 0, 4, 2, 1] {
            lab.brake(&[index], false);
            pass(minutes(2)).await;
        }
    };
    lab.brake(&[0, 1, 2, 3, 4], true);
    lab.finish(script).await;
    assert_eq!(lab.went_down(), ["node-4", "node-1", "node-5", "node-3", "node-2"]);
}

#[tokio::test(start_paused = true)]
async fn the_fleet_rests_between_two_reboots_for_the_cooldown() {
    let mut spec = FleetSpec::new(4);
    spec.terms.cooldown = minutes(30);
    let lab = Lab::new(spec);
    let summary = lab.finish(ready(())).await;
    let log = lab.power.lock().unwrap();
    let ups = log.iter().filter(|event| matches!(event.power, Power::On { .. }));
    let downs = log.iter().filter(|event| matches!(event.power, Power::Off(_))).skip(1);
    for (up, down) in ups.zip(downs) {
        let rest = down.at.duration_since(up.at).unsigned_abs();
        assert!(rest >= minutes(30) && rest < minutes(31), "{up:?}, then {down:?}");
    }
    assert_eq!(summary.nodes.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_fleet_that_needs_nothing_is_done() {
    let lab = Lab::new(FleetSpec::new(3));
    lab.needy(&[]);
    let summary = lab.finish(ready(())).await;
    assert_eq!((summary.nodes.len(), summary.total), (0, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn the_hurried_fleet_of_the_demo_is_through_in_a_minute() {
    let summary = Lab::new(FleetSpec::demo(10)).finish(ready(())).await;
    assert_eq!(summary.nodes.len(), 10);
    assert!(summary.total < minutes(1), "{summary:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_slot_that_gets_free_behind_another_is_taken_at_once() {
    let mut spec = FleetSpec::new(3);
    spec.terms.slots = 2;
    spec.shutdown_time = Duration::ZERO..=Duration::ZERO;
    let lab = Lab::new(spec);
    let script = async {
        tokio::join!(lab.machine(0).down(), lab.machine(1).down());
        lab.machine(1).set_healthy(false);
        lab.machine(0).up().await;
        pass(Duration::from_secs(4)).await;
        assert_eq!(lab.went_down().last().unwrap(), "node-3");
        lab.machine(1).set_healthy(true);
    };
    lab.finish(script).await;
}

#[tokio::test(start_paused = true)]
async fn a_machine_is_not_back_before_its_going_down_was_held_against_its_claim() {
    let spec = FleetSpec::swift(3);
    let store = MemoryStore::new(spec.seed);
    // Slower than a machine is back and has given up its claim.
    let slow = Faulty::new(Arc::new(store.clone()), Arc::new(Slow(Duration::from_secs(3))), minutes(1));
    let lab = Lab::over(spec, &store, Arc::new(slow));
    let lines = (0..3).map(|_| Arc::new(store.clone()) as Arc<dyn Store>);
    let lab = Lab { fleet: lab.fleet.by_lines(lines), ..lab };
    assert_eq!(lab.finish(ready(())).await.nodes.len(), 3);
}
