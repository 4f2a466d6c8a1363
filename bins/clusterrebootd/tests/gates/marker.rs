//! How soon a marker is seen.

use std::fs;
use std::time::Duration;

use crb_testbed::{Event, TestNode};
use jiff::Timestamp;

use crate::bed::{Bed, now};

/// A node that would look once an hour.
fn resting() -> Bed {
    let mut bed = Bed::with(|node| node.with("check_interval_sec", 3600));
    bed.node.need_no_reboot();
    bed.node.start();
    bed.is_held_by("no_action", "no_reboot_required");
    bed
}

/// How long after `act` the daemon first said that its detectors answer `result`.
fn time_to_look(bed: &mut Bed, result: &str, act: impl FnOnce(&TestNode)) -> Duration {
    let acted_at = now();
    act(&bed.node);
    let looked = |event: &Event| event.says("detectors_evaluated", "result", result);
    let event = bed.node.wait_for(result, looked);
    let looked_at: Timestamp = event.ts.parse().unwrap();
    looked_at.duration_since(acted_at).unsigned_abs()
}

#[test]
fn a_marker_is_seen_at_once_and_not_at_the_next_interval() {
    let mut bed = resting();
    let took = time_to_look(&mut bed, "requires", TestNode::need_reboot);
    eprintln!("from the marker to the first look: {took:?}");
    assert!(took < Duration::from_secs(1), "{took:?}");
    bed.reboots();
}

#[test]
fn a_marker_that_is_moved_in_is_seen_as_well() {
    let mut bed = resting();
    let moved_in = |node: &TestNode| {
        fs::write(node.file("marker.new"), "").unwrap();
        fs::rename(node.file("marker.new"), node.file("reboot-required")).unwrap();
    };
    let took = time_to_look(&mut bed, "requires", moved_in);
    assert!(took < Duration::from_secs(1), "{took:?}");
    bed.reboots();
}
