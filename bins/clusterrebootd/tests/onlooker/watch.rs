//! `--watch` at a real terminal: every change, no request at rest, an outage, and the terminal as it was afterwards.

use crb_testbed::Terminal;
use serde_json::json;

use crate::bed::{Bed, ago, node, report};

/// What etcd counts of what is asked of it.
const COUNTERS: [&str; 3] = ["etcd_mvcc_range_total", "etcd_mvcc_txn_total", "etcd_mvcc_put_total"];

fn asked(bed: &Bed) -> [String; 3] {
    let count = |name| bed.cluster.metric(0, name).unwrap_or_else(|| panic!("etcd does not count {name}"));
    COUNTERS.map(|name| count(name).to_string())
}

#[test]
fn changes_are_drawn_times_count_on_and_etcd_is_not_asked() {
    let bed = Bed::new();
    bed.put([node("node-a", true, ""), node("node-b", true, "")].into_iter().flatten());
    let cooldown = json!({ "node": "node-a", "started_at": ago(0), "duration_sec": 3_600 });
    bed.put([("/reboot_cooldown".to_owned(), cooldown)]);
    let terminal = Terminal::run(80, &bed.typed(&["--watch"]));
    let first = terminal.wait_for("the fleet", |screen| screen.contains("2 nodes: 2 healthy"));
    assert!(first.contains("cooldown 59 min left") || first.contains("cooldown 1 h left"), "{first}");

    let before = asked(&bed);
    let clock = |screen: &str| screen.lines().next().unwrap_or_default().to_owned();
    let mut shown = clock(&first);
    for _ in 0..3 {
        shown = clock(&terminal.wait_for("a later time", |screen| clock(screen) != shown));
    }
    assert_eq!(asked(&bed), before, "{COUNTERS:?}");

    bed.put([report("node-b", false, "exit 7")]);
    let sick = terminal.wait_for("the sick node", |screen| screen.contains("heartbeat: exit 7"));
    let of = |name: &str| sick.lines().position(|line| line.starts_with(name)).unwrap();
    assert!(of("node-b") < of("node-a"), "what needs eyes stands first: {sick}");
    terminal.presses("C-c");
    assert_eq!(terminal.end(), (0, String::new()), "the screen is the one that there was");
}

#[test]
fn an_outage_is_told_on_the_last_picture_and_what_came_meanwhile_is_shown_after_it() {
    let mut bed = Bed::new();
    bed.put(node("node-a", true, ""));
    let terminal = Terminal::run(80, &bed.typed(&["--watch"]));
    terminal.wait_for("the fleet", |screen| screen.contains("1 node: 1 healthy"));
    bed.cluster.kill(0);
    let stale = terminal.wait_for("that it is stale", |screen| screen.contains("STALE for"));
    assert!(stale.contains("1 node: 1 healthy"), "{stale}");
    bed.cluster.restart(0);
    let pause = json!({ "by": "ann", "reason": "storage works", "since": ago(60) });
    bed.put([("/crb/pause".to_owned(), pause)]);
    // What was to be heard of the last revisions is gone.
    let status = bed.cluster.etcdctl(&["get", "/crb/pause", "--write-out", "json"]);
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    let revision = status["header"]["revision"].to_string();
    bed.cluster.etcdctl(&["compact", &revision]);
    let back = terminal.wait_for("the pause", |screen| screen.contains("PAUSED by ann"));
    assert!(!back.contains("STALE"), "{back}");
    terminal.presses("C-c");
    assert_eq!(terminal.end().0, 0);
}

#[test]
fn a_terminal_that_changes_its_size_is_filled_anew_and_says_what_it_has_no_room_for() {
    let bed = Bed::new();
    bed.put((0..100).flat_map(|index| node(&format!("node-{index:02}"), true, "")));
    bed.put([report(
        "node-50",
        false,
        "a reason of which there is more than a narrow terminal has room for",
    )]);
    let terminal = Terminal::run(80, &bed.typed(&["--watch"]));
    let narrow = terminal.wait_for("the fleet", |screen| screen.contains("more: --state"));
    assert!(narrow.lines().any(|line| line.starts_with("node-50") && line.ends_with('…')), "{narrow}");
    terminal.resize(200);
    terminal.wait_for("the whole reason", |screen| screen.contains("terminal has room for"));
    terminal.presses("C-c");
    assert_eq!(terminal.end().0, 0);
}
