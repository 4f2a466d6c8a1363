//! What comes up while a node waits for its turn.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crb_testbed::{Rival, Signal};
use serde_json::json;
use tempfile::TempDir;

use crate::bed::{Bed, LOCK, PROGRAM, now};

#[test]
fn a_lock_that_another_holds_is_not_to_be_had() {
    let mut bed = Bed::new();
    let rival = Rival::ask(&bed.cluster, LOCK);
    rival.wait_until_held();
    bed.diagnoses(|_| {}, "lock_unavailable", "behind_in_queue", 4);
    bed.node.start();
    bed.is_held_by("lock_unavailable", "behind_in_queue");
    assert_eq!(bed.queue(), ["a stranger", "node-a waiting"]);
    bed.diagnoses(|_| {}, "lock_unavailable", "behind_in_queue", 4);
    bed.has_not_rebooted();

    rival.release();
    bed.reboots();
}

#[test]
fn a_cooldown_that_another_node_begins_is_waited_out_in_the_queue() {
    let mut bed = Bed::new();
    let rival = Rival::ask(&bed.cluster, LOCK);
    rival.wait_until_held();
    bed.node.start();
    bed.is_held_by("lock_unavailable", "behind_in_queue");

    let granted = bed.etcdctl(&["lease", "grant", "600"]);
    let lease = granted.split(' ').nth(1).unwrap();
    let record = json!({ "node": "node-z", "started_at": now(), "duration_sec": 600 });
    bed.etcdctl(&["put", "/reboot_cooldown", &record.to_string(), "--lease", lease]);
    rival.release();
    let held = bed.is_held_by("cooldown_active", "cooldown_active");
    assert!(held.message.contains("node-z"), "{held:?}");
    assert!(held.fields["reasons"][0]["lifts_at"].is_string(), "{held:?}");
    assert_eq!(bed.queue(), ["node-a waiting"]);
    bed.diagnoses(|_| {}, "cooldown_active", "cooldown_active", 0);
    bed.has_not_rebooted();

    bed.etcdctl(&["lease", "revoke", lease]);
    bed.reboots();
}

#[test]
fn a_window_that_closes_ends_the_wait() {
    let directory = TempDir::new().unwrap();
    let program = directory.path().join("clusterrebootd");
    let windows = json!({ "deny": ["* 12:00-13:00"] });
    let mut bed = Bed::running(program.to_str().unwrap(), |node| node.with("windows", windows));
    let rival = Rival::ask(&bed.cluster, LOCK);
    rival.wait_until_held();

    let waits = [3, 10, 60].into_iter().any(|seconds| {
        put_before_noon(&program, seconds);
        bed.node.start();
        let first = bed.node.wait_for("a first outcome", |event| event.is("run_outcome"));
        let waits = first.fields["reason"] == "behind_in_queue";
        if !waits {
            // It was noon before it looked at the window.
            assert_eq!(first.fields["reason"], "window_denied", "{first:?}");
            bed.node.signal(Signal::TERM);
            bed.node.exit_code();
        }
        waits
    });
    assert!(waits, "the node takes a minute to start");
    assert_eq!(bed.queue(), ["a stranger", "node-a waiting"]);

    bed.is_held_by("window_denied", "window_denied");
    bed.node.wait_for("the place given back", |event| event.says("lock_released", "reason", "window_denied"));
    assert_eq!(bed.queue(), ["a stranger"]);
    rival.release();
    bed.diagnoses(|_| {}, "window_denied", "window_denied", 0);
    bed.ends_without_a_reboot(0);
}

/// Puts the program on a machine in whose time zone it is some seconds before noon.
fn put_before_noon(program: &Path, seconds: i64) {
    const NOON: i64 = 12 * 3600;
    // POSIX counts from here to Greenwich.
    let west = now().as_second() % (24 * 3600) - (NOON - seconds);
    let (sign, west) = if west < 0 { ('-', -west) } else { ('+', west) };
    let zone = format!("NOON{sign}{:02}:{:02}:{:02}", west / 3600, west / 60 % 60, west % 60);
    fs::write(program, format!("#!/bin/sh\nTZ={zone} exec {PROGRAM} \"$@\"\n")).unwrap();
    fs::set_permissions(program, Permissions::from_mode(0o755)).unwrap();
}
