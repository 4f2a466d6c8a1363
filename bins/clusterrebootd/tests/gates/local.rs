//! What this machine itself has against the reboot: before the lock, under it, and after the commit.

use crb_testbed::{Event, Rival, TestNode};

use crate::bed::{Bed, LOCK};

/// A health script that does something in one phase, while a file `trap` is there, and says what `verdict` says.
fn trapped(phase: &str, then: &str) -> String {
    format!(
        "#!/bin/sh\nhere=${{0%/*}}\nif [ \"$RC_PHASE\" = {phase} ] && [ -e \"$here/trap\" ]; then {then}; fi\n\
         read -r verdict < \"$here/verdict\"\nexit \"$verdict\"\n"
    )
}

fn bed_with_trap(phase: &str, then: &str) -> Bed {
    let bed = Bed::with(|node| node.with_health_script(&trapped(phase, then)));
    std::fs::write(bed.node.file("trap"), "").unwrap();
    bed
}

fn is_looked_at(event: &Event, name: &str, stage: &str, result: &str) -> bool {
    event.is(name)
        && event.fields["result"] == result
        && (event.fields["stage"] == stage || event.fields["phase"] == stage)
}

#[test]
fn a_reason_that_goes_away_under_the_lock_frees_the_lock_again() {
    let mut bed = bed_with_trap("pre-lock", "rm -f \"$here/reboot-required\"");
    bed.node.start();
    bed.node.wait_for("the first look", |event| {
        is_looked_at(event, "detectors_evaluated", "pre-lock", "requires")
    });
    bed.node.wait_for("the second", |event| is_looked_at(event, "detectors_evaluated", "post-lock", "clear"));
    bed.is_held_by("recheck_cleared", "recheck_cleared");
    bed.node
        .wait_for("the place given back", |event| event.says("lock_released", "reason", "recheck_cleared"));
    assert_eq!(bed.queue(), [""; 0]);
    let rival = Rival::ask(&bed.cluster, LOCK);
    rival.wait_until_held();
    rival.release();
    bed.ends_without_a_reboot(0);

    bed.diagnoses(TestNode::need_reboot, "recheck_cleared", "recheck_cleared", 0);
    bed.has_not_rebooted();
}

#[test]
fn a_sick_node_does_not_even_queue() {
    let mut bed = Bed::new();
    bed.node.answer_health(7);
    bed.node.start();
    bed.is_held_by("health_blocked", "script_failed");
    bed.diagnoses(|_| {}, "health_blocked", "script_failed", 3);
    assert_eq!(bed.queue(), [""; 0]);
    assert!(!bed.node.events().iter().any(|event| event.is("lock_attempt")));
    assert_eq!(bed.record("/cluster_health/node-a").unwrap()["healthy"], false);
    bed.has_not_rebooted();

    bed.node.answer_health(0);
    bed.reboots();
}

#[test]
fn a_node_that_falls_sick_under_the_lock_leaves_the_queue() {
    let mut bed = bed_with_trap("post-lock", "exit 7");
    bed.node.start();
    bed.node.wait_for("green before", |event| is_looked_at(event, "health_check", "pre-lock", "pass"));
    bed.node
        .wait_for("red under the lock", |event| is_looked_at(event, "health_check", "post-lock", "blocked"));
    bed.is_held_by("health_blocked", "script_failed");
    bed.node.wait_for("the place given back", |event| event.says("lock_released", "reason", "script_failed"));
    bed.ends_without_a_reboot(3);
    bed.diagnoses(|_| {}, "health_blocked", "script_failed", 3);
    bed.has_not_rebooted();

    std::fs::remove_file(bed.node.file("trap")).unwrap();
    bed.node.start();
    bed.reboots();
}

#[test]
fn under_a_kill_switch_nothing_is_asked_and_nobody_queues() {
    let mut bed = Bed::new();
    bed.node.kill_switch(true);
    bed.node.start();
    bed.is_held_by("kill_switch_active", "kill_switch_present");
    bed.diagnoses(|_| {}, "kill_switch_active", "kill_switch_present", 5);
    assert_eq!(bed.queue(), [""; 0]);
    let asked = |event: &Event| {
        event.is("detectors_evaluated")
            || event.is("lock_attempt")
            || event.says("health_check", "phase", "pre-lock")
    };
    assert!(!bed.node.events().iter().any(asked), "{}", bed.node.log_tail());
    bed.has_not_rebooted();

    bed.node.kill_switch(false);
    bed.reboots();
}

#[test]
fn a_kill_switch_that_comes_under_the_lock_empties_the_place() {
    let mut bed = bed_with_trap("pre-lock", "touch \"$here/kill-switch\"");
    bed.node.start();
    bed.node.wait_for("none before", |event| is_looked_at(event, "kill_switch", "pre-lock", "inactive"));
    bed.node
        .wait_for("one under the lock", |event| is_looked_at(event, "kill_switch", "post-lock", "active"));
    bed.is_held_by("kill_switch_active", "kill_switch_present");
    bed.node.wait_for("the place given back", |event| {
        event.says("lock_released", "reason", "kill_switch_present")
    });
    assert_eq!(bed.queue(), [""; 0]);
    bed.ends_without_a_reboot(5);

    bed.diagnoses(|node| node.kill_switch(false), "kill_switch_active", "kill_switch_present", 5);
    bed.has_not_rebooted();
}

#[test]
fn a_kill_switch_that_comes_after_the_commit_gives_the_claim_back() {
    let mut bed = bed_with_trap("post-lock", "touch \"$here/kill-switch\"");
    bed.node.start();
    bed.node.wait_for("the commit", |event| event.is("reboot_committed"));
    bed.node.wait_for("the last look", |event| is_looked_at(event, "kill_switch", "pre-reboot", "active"));
    bed.node.wait_for("the claim given back", |event| event.is("reboot_aborted"));
    bed.is_held_by("kill_switch_active", "kill_switch_present");
    assert_eq!(bed.queue(), [""; 0]);
    let history = bed.etcdctl(&["get", "--prefix", "/crb/history/", "--print-value-only"]);
    let entry: serde_json::Value = serde_json::from_str(&history).unwrap();
    assert_eq!((&entry["node"], &entry["outcome"]), (&"node-a".into(), &"aborted".into()), "{history}");
    bed.diagnoses(|_| {}, "kill_switch_active", "kill_switch_present", 5);
    bed.has_not_rebooted();

    std::fs::remove_file(bed.node.file("trap")).unwrap();
    bed.node.kill_switch(false);
    bed.reboots();
}
