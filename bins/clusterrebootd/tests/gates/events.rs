//! The hook for events, as a real daemon runs it.

use std::fs;

use crb_testbed::{Event, TestNode, eventually};
use serde_json::{Value, json};

use crate::bed::Bed;
use crate::hooks::hook;

fn on_event(node: &TestNode, script: &str, events: &[&str]) -> Value {
    json!({ "cmd": hook(node, "", script)["cmd"], "events": events })
}

#[test]
fn it_reads_the_line_of_the_log() {
    let mut bed = Bed::with(|node| {
        let on_event = on_event(&node, "cat >> told", &["reboot_committed", "claim"]);
        node.with("hooks", json!({ "on_event": on_event }))
    });
    bed.node.hold("command");
    bed.node.start();
    bed.node.wait_until_held("command");
    let told = eventually("two lines", || {
        let told = fs::read_to_string(bed.node.file("told")).unwrap_or_default();
        (told.lines().count() == 2).then_some(told)
    });
    let log = fs::read_to_string(bed.node.file("log")).unwrap();
    for (line, event) in told.lines().zip(["reboot_committed", "claim"]) {
        let parsed: Event = serde_json::from_str(line).unwrap();
        assert!(parsed.is(event), "{line}");
        assert!(log.lines().any(|logged| logged == line), "{line} is not in the log");
    }
    bed.node.let_go("command");
    bed.reboots();
}

#[test]
fn one_that_is_too_slow_costs_events_which_are_counted_and_delays_no_reboot_for_long() {
    let mut bed = Bed::with(|node| {
        let on_event = on_event(&node, "until [ -e go ]; do sleep 0.02; done", &["hook"]);
        // Each is two events: its start and its end.
        let many: Vec<_> = (0..50).map(|number| hook(&node, &format!("number-{number}"), "true")).collect();
        node.with("hooks", json!({ "pre_reboot": many, "on_event": on_event }))
    });
    bed.node.hold("command");
    bed.node.start();
    // The command is held here although nobody has let the hook for events go.
    bed.node.wait_until_held("command");
    fs::write(bed.node.file("go"), "").unwrap();
    let dropped = bed.node.wait_for("the count", |event| event.is("events_dropped"));
    let events = dropped.fields["events"].as_u64().unwrap();
    assert!((34..=36).contains(&events), "of 100, one was under way and 64 waited: {dropped:?}");
    bed.node.let_go("command");
    bed.reboots();
}
