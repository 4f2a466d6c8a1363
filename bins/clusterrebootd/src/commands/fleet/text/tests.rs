#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use crb_config::Letters;
use crb_lock::{NodeState, Order};
use expect_test::{Expect, expect};
use jiff::Timestamp;

use super::super::sample;
use super::*;

fn drawn(fleet: &Fleet, columns: Option<usize>, states: &[NodeState]) -> String {
    told(fleet, &fleet.rows(states, Order::State), &Look::of(columns, Letters::Unicode, false, sample::now()))
}

fn check(fleet: &Fleet, columns: Option<usize>, expected: &Expect) {
    let text = drawn(fleet, columns, &[]);
    for line in text.lines() {
        assert!(columns.is_none_or(|columns| width(line) <= columns), "{line}");
        assert!(!line.ends_with(' ') && !line.contains('\x1b'), "{line:?}");
    }
    expected.assert_eq(&text);
}

#[test]
fn a_roll_out_reads_at_80_columns() {
    check(
        &sample::calm(),
        Some(80),
        &expect![[r#"
            3 nodes: 1 healthy, 1 waiting, 1 rebooting · 1 still needs a reboot
            slots 1 of 1 taken · cooldown 4 min left · not paused

            NODE   STATE      SINCE  REBOOT  VERSION  REBOOTED  WHY
            web-2  rebooting  7 min  no      0.1.0    -         verifying, due in 23 min
            web-3  waiting    3 h    needed  0.1.0    2 d ago   place 1
            web-1  healthy    -      no      0.1.0    2 d ago
        "#]],
    );
}

#[test]
fn a_terminal_without_utf8_is_given_ascii() {
    let calm = sample::calm();
    let reason = "more than the rest of a line has room for, so that it is cut".to_owned();
    let sick = Fleet {
        nodes: calm
            .nodes
            .iter()
            .map(|node| FleetNode {
                state: NodeState::Unhealthy,
                reason: Some(reason.clone()),
                ..node.clone()
            })
            .collect(),
        ..calm
    };
    for columns in [Some(80), Some(200), None] {
        let text = told(
            &sick,
            &sick.rows(&[], Order::State),
            &Look::of(columns, Letters::Ascii, false, sample::now()),
        );
        assert!(text.is_ascii(), "{text}");
        assert!(text.contains(" | slots 1 of 1 taken") || columns == Some(80), "{text}");
        assert!(text.lines().any(|line| line.ends_with('~')) == (columns == Some(80)), "{text}");
    }
}

#[test]
fn a_roll_out_reads_at_200_columns() {
    check(
        &sample::calm(),
        Some(200),
        &expect![[r#"
            3 nodes: 1 healthy, 1 waiting, 1 rebooting · 1 still needs a reboot · slots 1 of 1 taken · cooldown 4 min left · not paused

            NODE   STATE      SINCE       REBOOT  VERSION  REBOOTED     WHY
            web-2  rebooting  7 min       no      0.1.0    -            verifying, due in 23 min
            web-3  waiting    3 h 20 min  needed  0.1.0    2 d 1 h ago  place 1
            web-1  healthy    -           no      0.1.0    2 d 1 h ago
        "#]],
    );
}

#[test]
fn in_a_file_nothing_is_cut_and_the_same_facts_make_the_same_text() {
    let fleet = sample::troubled();
    check(
        &fleet,
        None,
        &expect![[r#"
            7 nodes: 1 healthy, 1 waiting, 2 unhealthy, 1 silent, 1 stuck, 1 overdue · none needs a reboot, 4 unknown · slots 2 of 1 taken · no cooldown · PAUSED
            HELD by db-1.example.org: etcd has gone backwards: it remembers revision 900 of this cluster, and found 12
              No node reboots until somebody has seen to it:
                $ clusterrebootd accept-store --reason TEXT
            PAUSED by ann@desk since 2026-11-25T11:30:00Z, until 2026-11-25T13:35:00Z: storage works
            differ in slots: 2 on 3 nodes; 1 on a, b, c, d, e and 2 more; the smallest counts
            differ in version: 0.1.0 on 2 nodes; 0.2.0 on web-3

            NODE                      STATE      SINCE                 REBOOT  VERSION    REBOOTED  WHY
            db-1.example.org          overdue    2026-11-25T08:50:00Z  ?       0.1.0      -         armed, was due by 2026-11-25T09:20:00Z
            db-2                      stuck      2026-11-25T10:50:00Z  no      0.1.0      -         its reboot command ran, and it did not reboot
            old-1                     unhealthy  ?                     ?       Go daemon  -         monitor: exit 1, last report 2026-11-25T11:59:40Z
            ceph-osd-12               unhealthy  2026-11-25T11:48:00Z  no      0.1.0      -         heartbeat: the health script ended with exit code 2: HEALTH_ERR 1 MDSs report damaged metadata, 3 scrub errors, and what else there is to say of it which is much, place 2
            日本-1                    silent     ?                     ?       0.1.0      -         last report 2026-11-25T02:00:00Z
            unknown-694d7d2a3f0c1b05  waiting    ?                     ?       ?          -         place 1, holds the lock
            web-1                     healthy    -                     no      0.1.0      -
        "#]],
    );
    let at = |now: Timestamp| {
        told(&fleet, &fleet.rows(&[], Order::State), &Look::of(None, Letters::Unicode, false, now))
    };
    assert_eq!(at(sample::now()), at(Timestamp::UNIX_EPOCH));
}

#[test]
fn trouble_reads_at_80_columns() {
    check(
        &sample::troubled(),
        Some(80),
        &expect![[r#"
            7 nodes: 1 healthy, 1 waiting, 2 unhealthy, 1 silent, 1 stuck, 1 overdue
            none needs a reboot, 4 unknown · slots 2 of 1 taken · no cooldown · PAUSED
            HELD by db-1.example.org: etcd has gone backwards: it remembers revision 900 of
                  this cluster, and found 12
              No node reboots until somebody has seen to it:
                $ clusterrebootd accept-store --reason TEXT
            PAUSED by ann@desk 30 min ago, 1 h left: storage works
            differ in slots: 2 on 3 nodes; 1 on a, b, c, d, e and 2 more; the smallest
                  counts
            differ in version: 0.1.0 on 2 nodes; 0.2.0 on web-3

            NODE                  STATE      SINCE   REBOOT  REBOOTED  WHY
            db-1.example.org      overdue    3 h     ?       -         armed, was due 2 h a…
            db-2                  stuck      1 h     no      -         its reboot command r…
            old-1                 unhealthy  ?       ?       -         Go daemon, monitor: …
            ceph-osd-12           unhealthy  12 min  no      -         heartbeat: the healt…
            日本-1                silent     ?       ?       -         last report 10 h ago
            unknown-694d7d2a3f0…  waiting    ?       ?       -         place 1, holds the l…
            web-1                 healthy    -       no      -
        "#]],
    );
}

#[test]
fn trouble_reads_at_200_columns() {
    check(
        &sample::troubled(),
        Some(200),
        &expect![[r#"
        7 nodes: 1 healthy, 1 waiting, 2 unhealthy, 1 silent, 1 stuck, 1 overdue · none needs a reboot, 4 unknown · slots 2 of 1 taken · no cooldown · PAUSED
        HELD by db-1.example.org: etcd has gone backwards: it remembers revision 900 of this cluster, and found 12
          No node reboots until somebody has seen to it:
            $ clusterrebootd accept-store --reason TEXT
        PAUSED by ann@desk 30 min ago, 1 h 35 min left: storage works
        differ in slots: 2 on 3 nodes; 1 on a, b, c, d, e and 2 more; the smallest counts
        differ in version: 0.1.0 on 2 nodes; 0.2.0 on web-3

        NODE                      STATE      SINCE       REBOOT  VERSION    REBOOTED  WHY
        db-1.example.org          overdue    3 h 10 min  ?       0.1.0      -         armed, was due 2 h 40 min ago
        db-2                      stuck      1 h 10 min  no      0.1.0      -         its reboot command ran, and it did not reboot
        old-1                     unhealthy  ?           ?       Go daemon  -         monitor: exit 1, last report 20 s ago
        ceph-osd-12               unhealthy  12 min      no      0.1.0      -         heartbeat: the health script ended with exit code 2: HEALTH_ERR 1 MDSs report damaged metadata, 3 scrub errors, and what …
        日本-1                    silent     ?           ?       0.1.0      -         last report 10 h ago
        unknown-694d7d2a3f0c1b05  waiting    ?           ?       ?          -         place 1, holds the lock
        web-1                     healthy    -           no      0.1.0      -
    "#]],
    );
}

#[test]
fn only_what_is_asked_for_is_shown_and_how_much_that_is() {
    let fleet = sample::troubled();
    let text = drawn(&fleet, Some(80), &[NodeState::Silent]);
    assert!(text.contains("\nshown: 1 of 7\n"), "{text}");
    assert!(text.ends_with("last report 10 h ago\n"), "{text}");
    let none = drawn(&sample::calm(), Some(80), &[NodeState::Stuck]);
    assert!(none.ends_with("shown: 0 of 3\n"), "{none}");
}

#[test]
fn an_empty_fleet_is_told_as_one() {
    let fleet = Fleet { nodes: vec![], taken: 0, cooldown: None, ..sample::calm() };
    let expected = "0 nodes · none needs a reboot · slots 0 of 1 taken · no cooldown · not paused\n";
    assert_eq!(drawn(&fleet, None, &[]), expected);
}

#[test]
fn colours_take_no_room() {
    let fleet = sample::troubled();
    let rows = fleet.rows(&[], Order::State);
    for columns in [40, 80, 200] {
        let coloured = told(&fleet, &rows, &Look::of(Some(columns), Letters::Unicode, true, sample::now()));
        assert!(coloured.contains("\x1b[31moverdue\x1b[0m"), "{coloured}");
        let mut stripped = String::new();
        for part in coloured.split('\x1b') {
            stripped.push_str(
                part.strip_prefix('[').and_then(|code| code.split_once('m')).map_or(part, |(_, shown)| shown),
            );
        }
        assert_eq!(stripped, drawn(&fleet, Some(columns), &[]));
    }
}
