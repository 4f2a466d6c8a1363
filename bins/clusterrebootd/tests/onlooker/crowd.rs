//! A thousand nodes and ten thousand: how long it takes, and how much memory.

use std::fs;
use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bed::{Bed, node, reboot};

/// What no look at the fleet may take, in KiB.
const MOST: u64 = 64 * 1_024;

/// What it took; the peak in KiB.
#[derive(Debug)]
struct Taken {
    time: Duration,
    peak: u64,
}

/// A fleet of so many nodes under such names, of which every third waits, and each of which rebooted twice.
fn crowd(size: usize, domain: &str) -> Bed {
    let bed = Bed::new();
    let names: Vec<String> = (0..size).map(|index| format!("node-{index:05}.{domain}")).collect();
    bed.put(names.iter().flat_map(|name| node(name, true, "")));
    bed.wait_in_queue(names.iter().step_by(3));
    let seconds = |index: usize| i64::try_from(index * 60).unwrap();
    bed.put(names.iter().enumerate().map(|(index, name)| reboot(name, 90 * 86_400 + seconds(index))));
    bed.put(names.iter().enumerate().map(|(index, name)| reboot(name, 3_600 + seconds(index))));
    bed
}

/// Looks once, and measures before the first line is read: by then all is made that is printed.
fn measured(bed: &Bed, subcommand: &str, arguments: &[&str]) -> (Taken, String) {
    let began = Instant::now();
    let mut child = bed.command_of(subcommand, arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    let mut first = [0];
    out.read_exact(&mut first).unwrap();
    let time = began.elapsed();
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak = peak.trim().trim_end_matches(" kB").parse().unwrap();
    let mut text = String::from_utf8(first.to_vec()).unwrap();
    if arguments.contains(&"--watch") {
        child.kill().unwrap();
        child.wait().unwrap();
    } else {
        out.read_to_string(&mut text).unwrap();
        assert!(child.wait().unwrap().success());
    }
    (Taken { time, peak }, text)
}

fn stays_within(size: usize, limit: Duration) {
    let bed = crowd(size, "rack-7.example.org");
    for arguments in
        [&[][..], &["--output", "json"], &["--sort", "last-reboot"], &["--watch", "--output", "json"]]
    {
        let (taken, text) = measured(&bed, "fleet", arguments);
        println!("{size} nodes, {arguments:?}: {taken:?}");
        assert!(taken.peak < MOST, "{taken:?}");
        assert!(taken.time < limit, "{taken:?}");
        if arguments.contains(&"--watch") {
            continue;
        }
        if arguments.contains(&"json") {
            let document: Value = serde_json::from_str(&text).unwrap();
            let nodes = document["nodes"].as_array().unwrap();
            assert_eq!(nodes.len(), size);
            assert!(nodes.iter().all(|node| node["last_reboot"]["released_at"].is_string()));
        } else {
            assert_eq!(text.lines().filter(|line| line.starts_with("node-")).count(), size);
        }
    }
}

#[test]
fn a_thousand_nodes_are_soon_told() {
    stays_within(1_000, Duration::from_secs(5));
}

#[test]
fn ten_thousand_nodes_stay_within_64_mib() {
    stays_within(10_000, Duration::from_secs(20));
}

/// The name of a data centre that somebody meant well.
const LONG: &str =
    "rack-0007.row-0042.hall-north-2.data-centre-frankfurt-am-main-3.europe.production.example.org";

#[test]
fn long_names_and_a_long_history_stay_within_it_too() {
    let bed = crowd(10_000, LONG);
    let history =
        (0..40_000).map(|seconds| reboot(&format!("node-{:05}.{LONG}", seconds / 4), 86_400 + seconds));
    bed.put(history);
    for (subcommand, arguments) in [
        ("fleet", &[][..]),
        ("fleet", &["--output", "json"]),
        ("plan", &["--all"]),
        ("plan", &["--all", "--output", "json"]),
        ("history", &["--limit", "10000"]),
        ("history", &["--limit", "10000", "--output", "json"]),
        // The picture is drawn before the document is told.
        ("plan", &["--all", "--output", "json", "--to-svg", &bed.file("plan.svg")]),
    ] {
        let (taken, text) = measured(&bed, subcommand, arguments);
        println!("{subcommand} {arguments:?}: {taken:?}, {} bytes", text.len());
        assert!(taken.peak < MOST, "{subcommand} {arguments:?}: {taken:?}");
    }
    assert!(fs::read_to_string(bed.file("plan.svg")).unwrap().ends_with("</svg>\n"));
}
