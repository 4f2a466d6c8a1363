//! A row for every way in which a node can be.

use crb_decide::ClaimPhase;
use serde_json::json;

use super::super::NodeState;
use super::{Store, at, name};

/// What makes a node so, its state and since when, whether it needs a reboot, and its place.
type Case = (&'static str, fn(&mut Store), NodeState, Option<i64>, Option<bool>, Option<usize>);

#[test]
fn a_node_is_what_its_record_presence_and_place_say() {
    use ClaimPhase::{Armed, Stuck, Verifying};
    use NodeState::{Healthy, Overdue, Rebooting, Silent, Unhealthy, Waiting};
    let (no, yes) = (Some(false), Some(true));
    let cases: [Case; 18] = [
        ("well", |store| store.well("n"), Healthy, None, no, None),
        (
            "well, and in need",
            |store| {
                store.report("n", true, 9);
                store.present("n", 1, true);
            },
            Healthy,
            None,
            yes,
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
            yes,
            None,
        ),
        ("joined, and has not reported", |store| store.present("n", 1, false), Unhealthy, None, no, None),
        (
            "its report cannot be read",
            |store| {
                store.well("n");
                store.put(store.keys.health(&name("n")), &json!("?"));
            },
            Unhealthy,
            None,
            no,
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
        (
            "waits",
            |store| {
                store.well("n");
                store.present("n", 1, true);
                store.place("n", 1, 30, Some("boot"));
            },
            Waiting,
            Some(30),
            yes,
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
            no,
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
            no,
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
            yes,
            Some(1),
        ),
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
            no,
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
            no,
            None,
        ),
        (
            "stuck and overdue",
            |store| {
                store.well("n");
                store.claim("n", Stuck, 900, 1);
            },
            Overdue,
            Some(900),
            no,
            None,
        ),
    ];
    for (case, make, state, since, needed, place) in cases {
        let mut store = Store::new();
        make(&mut store);
        let row = store.row("n");
        let found = (row.state, row.since, row.reboot_needed, row.place);
        assert_eq!(found, (state, since.map(at), needed, place), "{case}");
    }
}
