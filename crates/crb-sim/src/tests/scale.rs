//! What a fleet asks of its store does not grow with the fleet, but for what is read of everybody once a turn; and no turn is
//! left lying.

use std::time::Duration;

use crb_store::{Meter, operation};

use crate::scale::{Course, Phase, Scale, measure};

/// A fleet small enough for every test run, and one that is several times as large.
fn small_and_large() -> [Scale; 2] {
    [10, 30].map(|nodes| measure(nodes, nodes).unwrap())
}

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn per(count: u64, units: usize) -> f64 {
    count as f64 / units as f64
}

fn minutes(course: &Course) -> usize {
    usize::try_from(course.took.as_secs() / 60).unwrap()
}

#[test]
fn the_cost_of_a_node_does_not_grow_with_the_fleet() {
    let fleets = small_and_large();
    for fleet in &fleets {
        let nodes = fleet.nodes;

        let join = fleet.phase(Phase::Join).requests();
        assert!(per(join.calls, nodes) <= 11.0, "to join: {join:?} of {nodes}");
        assert!(per(join.read, nodes) < 200.0, "it reads its own records alone: {join:?} of {nodes}");

        let rest = fleet.phase(Phase::Rest);
        let asked = rest.requests();
        assert_eq!(asked, rest.of(operation::LEASE_KEEP_ALIVE), "keep-alives alone, and no write");
        assert!(per(asked.calls, nodes * minutes(&rest)) <= 3.0, "at rest: {asked:?} of {nodes}");
        assert_eq!(rest.of(Meter::EVENT).calls, 0);

        let wait = fleet.phase(Phase::Wait);
        let (asked, units) = (wait.requests(), nodes * minutes(&wait));
        assert!(per(asked.calls, units) < 9.0, "a waiter: {asked:?} of {nodes}");
        // The very head looks at everybody; the place of all others is read again now and then.
        assert!(per(asked.read, units) < 16_000.0, "a waiter: {asked:?} of {nodes}");
        assert_eq!((asked.put, wait.of(operation::TXN).calls), (0, 0), "who waits writes nothing");

        let queue = fleet.phase(Phase::Queue).requests();
        let (places, waited) = ((nodes * nodes) as u64, asked.pairs / 3);
        assert!(queue.pairs < places + waited, "the queue, once each: {queue:?} of {nodes}");

        let roll = fleet.phase(Phase::Roll);
        let (read, told) = (roll.requests().pairs, roll.of(Meter::EVENT).pairs);
        let a_hand_over = |count| per(count, fleet.hand_overs * nodes);
        assert!(a_hand_over(read) < 4.5, "everybody's records, by one node: {read} of {nodes}");
        assert!(a_hand_over(told) < 2.5, "who goes out and who is back: {told} of {nodes}");
    }
    let [small, large] = fleets.map(|fleet| {
        let roll = fleet.phase(Phase::Roll);
        (per(roll.requests().calls, fleet.hand_overs), per(roll.requests().put, fleet.hand_overs))
    });
    assert!((large.0 - small.0).abs() < 1.0, "requests a hand-over: {small:?}, {large:?}");
    assert!(large.0 < 20.0, "requests a hand-over: {large:?}");
    assert!((large.1 - small.1).abs() < 100.0, "bytes put a hand-over: {small:?}, {large:?}");
}

#[test]
fn what_a_waiter_reads_grows_with_the_logarithm_of_the_queue() {
    // A waiter that read the whole queue each time would read 180 of 100 places in a minute.
    for (nodes, most) in [(10, 30.0), (100, 90.0)] {
        let wait = measure(nodes, 2).unwrap().phase(Phase::Wait);
        let read = per(wait.requests().pairs, nodes * minutes(&wait));
        assert!(read < most, "a waiter, a minute: {read} pairs of {nodes}");
    }
}

#[test]
fn a_turn_is_taken_up_as_soon_as_it_is_free() {
    for fleet in small_and_large() {
        let turns = &fleet.taken_up_after;
        assert_eq!(turns.len(), fleet.hand_overs, "each is timed");
        assert!(
            turns.iter().all(|took| *took < Duration::from_secs(1)),
            "no wait is left to a timer: {turns:?}"
        );
        let reboots = Duration::from_millis(50) * u32::try_from(fleet.hand_overs).unwrap();
        assert_eq!(
            fleet.phase(Phase::Roll).took,
            turns.iter().sum::<Duration>() + reboots,
            "nothing else takes time"
        );
    }
}
