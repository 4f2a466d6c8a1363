//! `history`: the newest first, whoever wrote it.

use expect_test::expect;
use serde_json::{Value, json};

use crate::bed::{Bed, ago};

fn put(bed: &Bed, seconds: i64, node: &str, outcome: &str, more: &Value) {
    let at = ago(seconds);
    let mut entry = json!({
        "node": node, "outcome": outcome, "reason": "booted anew and healthy", "by": node, "ended_at": at, "attempts": 1,
    });
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    bed.put(&format!("/crb/history/{at:.3}-{node}"), &entry);
}

fn written() -> Bed {
    let bed = Bed::new();
    let took = json!({ "committed_at": ago(8_000), "boot_before": "boot-a", "boot_after": "boot-b" });
    put(&bed, 7_800, "node-a", "released", &took);
    put(
        &bed,
        6_000,
        "node-b",
        "aborted",
        &json!({ "reason": "the fleet was paused", "committed_at": ago(6_004) }),
    );
    let dead = json!({ "by": "ann@desk", "reason": "board is\u{1b}[2J dead", "committed_at": ago(16_000), "attempts": 3 });
    put(&bed, 4_000, "node-c", "unlocked", &dead);
    put(&bed, 3_000, "node-c", "forgotten", &json!({ "by": "ann@desk", "reason": "decommissioned" }));
    let accepted =
        "the disks of etcd were replaced on Monday, and everything was put back from the last snapshot";
    put(&bed, 2_000, "node-a", "store_accepted", &json!({ "by": "bob@den", "reason": accepted }));
    bed.etcdctl(&["put", &format!("/crb/history/{:.3}-node-z", ago(1_000)), r#"{"node":"node-z"}"#]);
    bed
}

#[test]
fn the_newest_come_first_with_who_and_why() {
    let bed = written();
    let said = bed.says(&["history"]);
    expect![[r#"
        0000-00-00 00:00:00 +0000  unreadable  node-z
            another version wrote this entry, or a hand
        0000-00-00 00:00:00 +0000  store_accepted node-a
            by bob@den: the disks of etcd were replaced on Monday, and everything was
              put back from the last snapshot
        0000-00-00 00:00:00 +0000  forgotten node-c
            by ann@desk: decommissioned
        0000-00-00 00:00:00 +0000  unlocked  node-c, out for 0 h 00 min, armed 0 times
            by ann@desk: board is\u{0b}[0J dead
        0000-00-00 00:00:00 +0000  aborted   node-b, out for 0 s
            by node-b: the fleet was paused
        0000-00-00 00:00:00 +0000  released  node-a, out for 0 min
            by node-a: booted anew and healthy
    "#]]
    .assert_eq(&said);
    assert!(said.lines().all(|line| line.chars().count() <= 80), "{said}");
}

#[test]
fn a_node_and_a_limit_choose_among_them() {
    let bed = written();
    expect![[r#"
        0000-00-00 00:00:00 +0000  store_accepted node-a
            by bob@den: the disks of etcd were replaced on Monday, and everything was
              put back from the last snapshot
        There are older entries: `--limit 00` shows more.
    "#]]
    .assert_eq(&bed.says(&["history", "--limit", "1", "--node", "node-a"]));
    expect![[r#"
        There is no entry of node-q within 00 days.
    "#]]
    .assert_eq(&bed.says(&["history", "--node", "node-q"]));
    let none = Bed::with(&json!({ "history": { "keep_days": 0 } }));
    expect![[r#"
        There is no entry: history.keep_days is 0, so none is kept.
    "#]]
    .assert_eq(&none.says(&["history"]));
}

#[test]
fn the_document_has_the_shape_that_is_promised() {
    let bed = written();
    let all: Value = serde_json::from_str(&bed.document(&["history"])).unwrap();
    assert_eq!((all["entries"].as_array().unwrap().len(), &all["more"]), (6, &json!(false)));
    expect![[r#"
        {
          "entries": [
            {
              "at": "0000-00-00T00:00:00Z",
              "node": "node-z",
              "outcome": null,
              "by": null,
              "reason": null,
              "committed_at": null,
              "attempts": null,
              "boot_before": null,
              "boot_after": null
            },
            {
              "at": "0000-00-00T00:00:00Z",
              "node": "node-a",
              "outcome": "store_accepted",
              "by": "bob@den",
              "reason": "the disks of etcd were replaced on Monday, and everything was put back from the last snapshot",
              "committed_at": null,
              "attempts": 0,
              "boot_before": null,
              "boot_after": null
            },
            {
              "at": "0000-00-00T00:00:00Z",
              "node": "node-c",
              "outcome": "forgotten",
              "by": "ann@desk",
              "reason": "decommissioned",
              "committed_at": null,
              "attempts": 0,
              "boot_before": null,
              "boot_after": null
            }
          ],
          "more": true
        }
    "#]].assert_eq(&bed.document(&["history", "--limit", "3"]));
    expect![[r#"
        {
          "entries": [],
          "more": false
        }
    "#]]
    .assert_eq(&bed.document(&["history", "--node", "node-q"]));
}
