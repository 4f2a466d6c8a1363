//! The document of a fleet that is held, paused, and does not agree.

use serde_json::json;

use crate::bed::{Bed, ago, node, presence};

#[test]
fn the_document_tells_of_holds_a_pause_a_cooldown_slots_and_who_disagrees() {
    let bed = Bed::new();
    bed.put(["node-a", "node-b"].iter().flat_map(|name| node(name, true, "")));
    let (key, mut other) = presence("node-c");
    (other["slots"], other["version"]) = (json!(2), json!("0.2.0"));
    bed.put([(key, other)]);
    let go =
        json!({ "node": "old", "healthy": true, "stage": "monitor", "reason": "", "reported_at": ago(2) });
    let since = ago(60);
    bed.put([
        ("/cluster_health/old".to_owned(), go),
        ("/crb/pause".to_owned(), json!({ "by": "ann@desk", "reason": "audit", "since": since })),
        ("/crb/hold/node-a".to_owned(), json!({ "node": "node-a", "since": since, "reason": "backwards" })),
        ("/reboot_cooldown".to_owned(), json!({ "node": "old", "started_at": since, "duration_sec": 300 })),
        (
            "/test/lock/claim".to_owned(),
            json!({ "node": "node-d", "acquired_at": since, "phase": "stuck", "boot_id": "x" }),
        ),
    ]);
    let seen = bed.document(&["--state", "stuck,healthy", "--sort", "name"]);
    let rows: Vec<_> = seen["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| json!([row["node"], row["state"], row["daemon"], row["phase"]]))
        .collect();
    let ours = |name: &str| json!([name, "healthy", "clusterrebootd", null]);
    let stuck = json!(["node-d", "stuck", "clusterrebootd", "stuck"]);
    assert_eq!(rows, [ours("node-a"), ours("node-b"), stuck, json!(["old", "healthy", "go", null])]);
    let whole = [
        ("slots", json!({ "total": 1, "taken": 1 })),
        ("reboot_needed", json!({ "yes": 3, "no": 0, "unknown": 2 })),
        ("pause", json!({ "by": "ann@desk", "reason": "audit", "since": since, "until": null })),
        ("holds", json!([{ "node": "node-a", "reason": "backwards" }])),
        (
            "disagreements",
            json!([
                { "about": "slots", "sides": [
                    { "value": "1", "nodes": ["node-a", "node-b"] }, { "value": "2", "nodes": ["node-c"] },
                ] },
                { "about": "version", "sides": [
                    { "value": "0.1.0", "nodes": ["node-a", "node-b"] }, { "value": "0.2.0", "nodes": ["node-c"] },
                ] },
            ]),
        ),
    ];
    for (key, expected) in whole {
        assert_eq!(seen[key], expected, "{key}");
    }
    assert_eq!((&seen["counts"]["total"], &seen["counts"]["unhealthy"]), (&json!(5), &json!(1)));
    assert_eq!(seen["cooldown"]["node"], "old");
    // The remedy stands beside what holds.
    let text = bed.run(&[]).out;
    assert!(text.contains("HELD by node-a: etcd has gone backwards: backwards"), "{text}");
    assert!(text.contains("clusterrebootd accept-store --reason TEXT"), "{text}");
}
