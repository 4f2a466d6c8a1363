//! A row for every way in which a node can be.

use crb_decide::ClaimPhase::{Armed, Stuck, Verifying};
use serde_json::json;

use super::super::NodeState;
use super::super::NodeState::{Healthy, Overdue, Rebooting, Silent, Unhealthy, Waiting};
use super::{Store, at, name};

const NO: Option<bool> = Some(false);
const YES: Option<bool> = Some(true);

/// What makes a node so, its state and since when, whether it needs a reboot, and its place.
type Case = (&'static str, fn(&mut Store), NodeState, Option<i64>, Option<bool>, Option<usize>);

fn check(cases: &[Case]) {
    for (case, make, state, since, needed, place) in cases {
        let mut store = Store::new();
        make(&mut store);
        let row = store.row("n");
        let found = (row.state, row.since, row.reboot_needed, row.place);
        assert_eq!(found, (*state, since.map(at), *needed, *place), "{case}");
    }
}

#[test]
fn a_node_that_is_not_in_the_queue_is_what_its_record_and_presence_say() {
    check(&[
        ("well", |store| store.well("n"), Healthy, None, NO, None),
        (
            "well, and in need",
            |store| {
                store.report("n", true, 9);
                store.present("n", 1, true);
            },
            Healthy,
            None,
            YES,
            None,
        ),
        (
            "sick",
            |store| {
                store.present("n", 1, true);
                store.report("n", false, 40);
            },
            Unhealthy,
            Some(40),
            YES,
            None,
        ),
        ("joined, and has not reported", |store| store.present("n", 1, false), Unhealthy, None, NO, None),
        (
            "its report cannot be read",
            |store| {
                store.well("n");
                store.put(store.keys.health(&name("n")), &json!("?"));
            },
            Unhealthy,
            None,
            NO,
            None,
        ),
        ("not present", |store| store.report("n", true, 70), Silent, None, None, None),
        (
            "its presence was seen to end",
            |store| {
                store.well("n");
                store.delete(store.keys.alive(&name("n")), 5);
            },
            Silent,
            Some(5),
            None,
            None,
        ),
        (
            "forgotten, and back without a presence",
            |store| {
                store.well("n");
                store.delete(store.keys.alive(&name("n")), 5);
                store.delete(store.keys.health(&name("n")), 4);
                store.report("n", true, 3);
            },
            Silent,
            None,
            None,
            None,
        ),
        ("sick, and not present", |store| store.report("n", false, 70), Silent, None, None, None),
    ]);
}

#[test]
fn a_node_that_waits_has_its_place_unless_it_fell_ill() {
    check(&[
        (
            "waits",
            |store| {
                store.well("n");
                store.present("n", 1, true);
                store.place("n", 1, 30, Some("boot"));
            },
            Waiting,
            Some(30),
            YES,
            Some(1),
        ),
        (
            "waits behind another",
            |store| {
                store.place("a", 1, 50, Some("boot"));
                store.place("n", 2, 30, Some("boot"));
                store.well("n");
            },
            Waiting,
            Some(30),
            NO,
            Some(2),
        ),
        (
            "a dead place of its own does not count",
            |store| {
                store.well("n");
                store.place("n", 1, 50, Some("boot"));
                store.place("a", 2, 40, Some("boot"));
                store.place("n", 3, 30, Some("boot"));
            },
            Waiting,
            Some(30),
            NO,
            Some(2),
        ),
        (
            "fell sick in the queue",
            |store| {
                store.place("n", 1, 30, Some("boot"));
                store.present("n", 1, true);
                store.report("n", false, 4);
            },
            Unhealthy,
            Some(4),
            YES,
            Some(1),
        ),
    ]);
}

#[test]
fn a_node_that_is_out_is_overdue_stuck_or_rebooting() {
    check(&[
        (
            "out",
            |store| {
                store.report("n", false, 60);
                store.claim("n", Armed, 60, -600);
            },
            Rebooting,
            Some(60),
            None,
            None,
        ),
        (
            "back, and to be proven well",
            |store| {
                store.well("n");
                store.claim("n", Verifying, 60, -600);
            },
            Rebooting,
            Some(60),
            NO,
            None,
        ),
        (
            "overdue",
            |store| {
                store.report("n", false, 60);
                store.claim("n", Armed, 900, 0);
            },
            Overdue,
            Some(900),
            None,
            None,
        ),
        (
            "stuck",
            |store| {
                store.well("n");
                store.claim("n", Stuck, 500, -1);
            },
            NodeState::Stuck,
            Some(500),
            NO,
            None,
        ),
        (
            "stuck and overdue",
            |store| {
                store.well("n");
                store.claim("n", Stuck, 900, 1);
            },
            NodeState::Stuck,
            Some(900),
            NO,
            None,
        ),
    ]);
}
