//! `pause` and `resume`: who, why, until when; what stood before, and who goes down all the same.

use expect_test::expect;
use serde_json::{Value, json};

use crate::bed::{Bed, ago};

const PAUSE: &str = "/crb/pause";

fn paused_by_bob(bed: &Bed) {
    bed.put(PAUSE, &json!({ "by": "bob@den", "reason": "firmware\u{1b}[2J", "since": ago(600) }));
}

#[test]
fn a_pause_says_who_why_and_until_when_and_stands_until_it_is_resumed() {
    let bed = Bed::new();
    expect![[r#"
        The fleet is paused by ann@desk: storage works
          until: `clusterrebootd resume`
        No node commits to a reboot any more, and none runs its reboot command that was
          not armed before.
        No node is out.
    "#]]
    .assert_eq(&bed.says(&["pause", "--reason", " storage works "]));
    let record = bed.record(PAUSE).unwrap();
    assert!(record["by"].as_str().unwrap().starts_with("ann@"), "{record}");
    assert_eq!((&record["reason"], &record["until"]), (&json!("storage works"), &Value::Null));
    expect![[r#"
        The fleet goes on. This is over: a pause by ann@desk, since 0000-00-00 00:00:00
          +0000: storage works
    "#]]
    .assert_eq(&bed.says(&["resume"]));
    assert_eq!(bed.record(PAUSE), None);
    expect![[r#"
        The fleet is not paused: there is nothing to resume.
    "#]]
    .assert_eq(&bed.says(&["resume"]));
}

#[test]
fn a_pause_with_an_end_has_a_lease() {
    let bed = Bed::new();
    expect![[r#"
        The fleet is paused by ann@desk: works
          until: 0000-00-00 00:00:00 +0000, in 0 h 00 min
        No node commits to a reboot any more, and none runs its reboot command that was
          not armed before.
        No node is out.
    "#]]
    .assert_eq(&bed.says(&["pause", "--reason", "works", "--for", "2h30m"]));
    let shown: Value = serde_json::from_str(&bed.etcdctl(&["get", PAUSE, "-w", "json"])).unwrap();
    assert!(shown["kvs"][0]["lease"].as_u64().is_some_and(|lease| lease > 0), "{shown}");
    assert!(bed.record(PAUSE).unwrap()["until"].is_string());
    expect![[r#"
        The fleet goes on. This is over: a pause by ann@desk, since 0000-00-00 00:00:00
          +0000, until 0000-00-00 00:00:00 +0000: works
    "#]]
    .assert_eq(&bed.says(&["resume"]));
}

#[test]
fn a_pause_over_another_one_tells_of_both() {
    let bed = Bed::new();
    paused_by_bob(&bed);
    expect![[r#"
        The fleet is paused by ann@desk: storage works
          until: `clusterrebootd resume`
          replaces: a pause by bob@den, since 0000-00-00 00:00:00 +0000:
            firmware\u{0b}[0J
        No node commits to a reboot any more, and none runs its reboot command that was
          not armed before.
        No node is out.
    "#]]
    .assert_eq(&bed.says(&["pause", "--reason", "storage works"]));
    bed.put(PAUSE, &json!("stop!"));
    expect![[r#"
        The fleet is paused by ann@desk: storage works
          until: `clusterrebootd resume`
          replaces: a pause that nobody can read
        No node commits to a reboot any more, and none runs its reboot command that was
          not armed before.
        No node is out.
    "#]]
    .assert_eq(&bed.says(&["pause", "--reason", "storage works"]));
    bed.put(PAUSE, &json!("stop!"));
    expect![[r#"
        The fleet goes on. Who had paused it, and why, nobody can read.
    "#]]
    .assert_eq(&bed.says(&["resume"]));
}

#[test]
fn a_pause_names_those_that_are_out_already_and_what_it_means_to_them() {
    let bed = Bed::new();
    for (node, phase) in
        [("node-a", "committed"), ("node-b", "armed"), ("node-c", "verifying"), ("node-d", "stuck")]
    {
        bed.is_out(node, phase);
    }
    bed.etcdctl(&["put", "/test/lock/by-hand", "nothing"]);
    expect![[r#"
        The fleet is paused by ann@desk: storage works
          until: `clusterrebootd resume`
        No node commits to a reboot any more, and none runs its reboot command that was
          not armed before.
        node-a is out since 0000-00-00 00:00:00 +0000, 0 h 00 min ago: committed; it
          gives its claim back, for it has not armed its command.
        node-b is out since 0000-00-00 00:00:00 +0000, 0 h 00 min ago: armed; it goes
          down all the same, if it is not down by now.
        node-c is out since 0000-00-00 00:00:00 +0000, 0 h 00 min ago: back from its
          reboot; it goes on proving that it is well.
        node-d is out since 0000-00-00 00:00:00 +0000, 0 h 00 min ago: stuck; what it
          ran may take it down all the same.
        unknown-by-hand is out, and its claim cannot be read: it may go down all the
          same.
    "#]]
    .assert_eq(&bed.says(&["pause", "--reason", "storage works"]));
}

#[test]
fn the_documents_have_the_shape_that_is_promised() {
    let bed = Bed::new();
    paused_by_bob(&bed);
    bed.is_out("node-b", "armed");
    expect![[r#"
        {
          "paused": {
            "by": "ann@desk",
            "reason": "storage works",
            "since": "0000-00-00T00:00:00Z",
            "until": "0000-00-00T00:00:00Z"
          },
          "replaced": {
            "by": "bob@den",
            "reason": "firmware\u000b[0J",
            "since": "0000-00-00T00:00:00Z",
            "until": null
          },
          "out": [
            {
              "node": "node-b",
              "phase": "armed",
              "since": "0000-00-00T00:00:00Z",
              "deadline": "0000-00-00T00:00:00Z"
            }
          ]
        }
    "#]]
    .assert_eq(&bed.document(&["pause", "--reason", "storage works", "--for", "1d"]));
    bed.put(PAUSE, &json!("stop!"));
    expect![[r#"
        {
          "resumed": true,
          "paused": {
            "by": null,
            "reason": null,
            "since": null,
            "until": null
          }
        }
    "#]]
    .assert_eq(&bed.document(&["resume"]));
    expect![[r#"
        {
          "resumed": false,
          "paused": null
        }
    "#]]
    .assert_eq(&bed.document(&["resume"]));
}
