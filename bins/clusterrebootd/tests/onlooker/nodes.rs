//! Real daemons, each in another state.

use crb_testbed::{EtcdCluster, TestNode, eventually};
use serde_json::{Value, json};

use crate::PROGRAM;

fn document(asked: &TestNode) -> Value {
    let output = asked.output_of("fleet", &["--output", "json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Waits until every node is in the state expected, in the order of what needs eyes.
fn states(asked: &TestNode, expected: &Value) -> Value {
    let mut seen = Value::Null;
    let found = crb_testbed::poll_until(std::time::Duration::from_secs(60), || {
        seen = document(asked);
        let states: Vec<Value> =
            seen["nodes"].as_array()?.iter().map(|row| json!([row["node"], row["state"]])).collect();
        (json!(states) == *expected).then_some(())
    });
    assert!(found.is_some(), "{seen:#}");
    seen
}

#[test]
fn every_node_is_shown_as_it_is_and_after_its_reboot_when_that_was() {
    let cluster = EtcdCluster::start(1);
    let node = |name: &str| TestNode::new(PROGRAM, name, &cluster.endpoints()).with_boots();
    let [mut calm, mut goes, mut waits, mut sick, mut dies] =
        ["calm", "goes", "waits", "sick", "dies"].map(node);
    for node in [&mut calm, &mut dies] {
        node.start();
        node.wait_for_outcome("no_action");
    }
    goes.need_reboot();
    goes.hold("command");
    goes.start();
    goes.wait_until_held("command");
    waits.need_reboot();
    waits.start();
    sick.answer_health(1);
    sick.start();
    dies.kill();

    let seen = states(
        &calm,
        &json!([
            ["sick", "unhealthy"],
            ["dies", "silent"],
            ["goes", "rebooting"],
            ["waits", "waiting"],
            ["calm", "healthy"],
        ]),
    );
    let row = |name: &str| -> Value {
        let rows = seen["nodes"].as_array().unwrap();
        rows.iter().find(|row| row["node"] == name).unwrap().clone()
    };
    assert_eq!(row("goes")["phase"], "armed");
    assert!(row("goes")["deadline"].is_string() && row("goes")["since"].is_string());
    assert_eq!((&row("waits")["place"], &row("waits")["reboot_needed"]), (&json!(1), &json!(true)));
    assert_eq!((&row("calm")["reboot_needed"], &row("calm")["version"]), (&json!(false), &json!("0.1.0")));
    assert_eq!((&row("dies")["since"], &row("dies")["reboot_needed"]), (&Value::Null, &Value::Null));
    assert!(row("sick")["reason"].as_str().unwrap().contains('1'), "{seen:#}");
    assert_eq!((&seen["slots"], &seen["pause"]), (&json!({ "total": 1, "taken": 1 }), &Value::Null));
    assert_eq!(seen["counts"]["total"], 5);

    // Back from its reboot, it has one to tell of. The sick one still holds the one that waits.
    goes.let_go("command");
    eventually("the machine goes down", || goes.has_ended().then_some(()));
    goes.boot_anew();
    goes.start();
    let seen = states(
        &calm,
        &json!([
            ["sick", "unhealthy"],
            ["dies", "silent"],
            ["waits", "waiting"],
            ["calm", "healthy"],
            ["goes", "healthy"],
        ]),
    );
    let last = &seen["nodes"][4]["last_reboot"];
    assert!(last["released_at"].as_str() > last["committed_at"].as_str(), "{seen:#}");
    assert_eq!(seen["nodes"][3]["last_reboot"], Value::Null);
}
