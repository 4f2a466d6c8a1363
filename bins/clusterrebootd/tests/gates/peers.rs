//! What the others of the fleet have against the reboot: sick, or not heard of.

use crb_testbed::{Signal, TestNode};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::bed::{Bed, now};

/// A peer that was well and has told the fleet that it is not any more.
fn sick_peer(bed: &Bed) -> TestNode {
    let mut peer = bed.peer("node-b");
    peer.start();
    for (exit_code, status) in [(0, "healthy"), (1, "unhealthy")] {
        peer.answer_health(exit_code);
        peer.wait_for(status, |event| event.says("cluster_health_update", "status", status));
    }
    peer
}

#[test]
fn a_sick_peer_blocks_until_it_is_well() {
    let mut bed = Bed::new();
    let peer = sick_peer(&bed);
    bed.node.start();
    let held = bed.is_held_by("health_blocked", "peer_unhealthy");
    assert!(held.message.contains("node-b"), "{held:?}");
    assert_eq!(bed.queue(), ["node-a waiting"]);
    bed.diagnoses(|_| {}, "health_blocked", "peer_unhealthy", 3);
    bed.has_not_rebooted();

    peer.answer_health(0);
    bed.reboots();
}

#[test]
fn a_peer_that_is_not_heard_of_blocks_until_it_is_back() {
    let mut bed = Bed::new();
    // It blocks all the time; what changes is why.
    let mut peer = sick_peer(&bed);
    bed.node.start();
    bed.is_held_by("health_blocked", "peer_unhealthy");

    peer.signal(Signal::KILL);
    let held = bed.is_held_by("health_blocked", "peer_silent");
    assert!(held.message.contains("node-b"), "{held:?}");
    assert_eq!(bed.record("/crb/alive/node-b"), None);
    assert_eq!(bed.queue(), ["node-a waiting"]);
    bed.diagnoses(|_| {}, "health_blocked", "peer_silent", 3);
    bed.has_not_rebooted();

    peer.answer_health(0);
    peer.start();
    bed.reboots();
}

#[test]
fn a_peer_of_the_go_daemon_is_heard_of_by_its_reports_alone() {
    let reports = |bed: &Bed, at: Timestamp| {
        let record = json!({
            "node": "node-go", "healthy": true, "stage": "heartbeat", "reason": "", "reported_at": at,
        });
        bed.etcdctl(&["put", "/cluster_health/node-go", &record.to_string()]);
    };
    // It reports every 20 s, so that it is heard of for 60 s after each report.
    let mut bed = Bed::with(|node| {
        node.with("health_publish_interval_sec", 20).with("log", json!({ "level": "debug" }))
    });
    let stale = now() - SignedDuration::from_secs(61);
    reports(&bed, stale);
    bed.diagnoses(|_| {}, "health_blocked", "peer_silent", 3);
    reports(&bed, now());
    let status = bed.node.output_of("status", &[]);
    assert!(String::from_utf8_lossy(&status.stdout).starts_with("node-a: ready\n"), "{status:?}");

    // However fresh, a report from before the place in the queue says nothing of the time after.
    bed.node.start();
    bed.is_held_by("health_blocked", "peer_silent");
    assert_eq!(bed.queue(), ["node-a waiting"]);
    reports(&bed, stale);
    // The pass under way may have looked before.
    bed.is_held_by("health_blocked", "peer_silent");
    bed.is_held_by("health_blocked", "peer_silent");
    bed.has_not_rebooted();
    reports(&bed, now());
    bed.reboots();
}

#[test]
fn a_policy_that_the_known_nodes_can_never_meet_is_warned_of_by_whoever_looks() {
    let bed = Bed::with(|node| node.with("cluster_policies", json!({ "min_healthy_absolute": 2 })));
    let peer = json!({ "node": "node-b", "healthy": false, "stage": "heartbeat", "reason": "", "reported_at": now() });
    bed.etcdctl(&["put", "/cluster_health/node-b", &peer.to_string()]);
    let output = bed.node.output_of("status", &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    let warning = "warning: the policy can never be met with 2 known nodes: even if all are healthy, 1 of 2 nodes are \
                   healthy with this node down, and min_healthy_absolute asks for 2 [policy_never_met]";
    assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains(warning), "{text}");

    bed.etcdctl(&["put", "/cluster_health/node-c", &peer.to_string().replace("node-b", "node-c")]);
    let output = bed.node.output_of("status", &["--output", "json"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut warnings = document["warnings"].as_array().unwrap().iter();
    // An etcd may be older than others.
    assert!(warnings.all(|warning| warning["code"] == "stale_reads"), "{document}");
}
