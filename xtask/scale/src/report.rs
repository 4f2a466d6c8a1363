//! The figures, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use crb_sim::scale::{Course, Phase};
use crb_store::Traffic;
use serde_json::{Value, json};
use xtask::{Failure, Workspace};

use crate::etcd::Work;
use crate::fleet::{Figures, REBOOT};
use crate::percentile::percentile;

/// What is told of a phase, and by what its counts are divided.
struct Row<'a> {
    phase: Phase,
    name: &'static str,
    unit: &'static str,
    course: Course,
    work: &'a Work,
    units: f64,
}

#[allow(clippy::cast_precision_loss, reason = "no fleet has 2^52 nodes")]
fn rows(figures: &Figures) -> Vec<Row<'_>> {
    let nodes = figures.scale.nodes as f64;
    let row = |(phase, work)| {
        let course = figures.scale.phase(phase);
        let minutes = course.took.as_secs_f64() / 60.0;
        let (name, unit, units) = match phase {
            Phase::Join => ("join", "node", nodes),
            Phase::Rest => ("rest", "node and minute", nodes * minutes),
            Phase::Queue => ("queue", "node", nodes),
            Phase::Wait => ("wait", "node and minute", nodes * minutes),
            Phase::Start => ("start", "all", 1.0),
            Phase::Roll => ("roll", "hand-over", figures.scale.hand_overs.max(1) as f64),
        };
        Row { phase, name, unit, course, work, units }
    };
    figures.work.iter().map(|(phase, work)| row((*phase, work))).collect()
}

/// What a roll-out took longer than its reboots, a hand-over.
fn coordination(figures: &Figures) -> Duration {
    let hand_overs = u32::try_from(figures.scale.hand_overs.max(1)).unwrap_or(u32::MAX);
    (figures.scale.phase(Phase::Roll).took / hand_overs).saturating_sub(REBOOT)
}

/// For people.
#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(crate) fn table(figures: &Figures) -> String {
    let mut text = String::new();
    let scale = &figures.scale;
    let [before, after] = &figures.load;
    let mut line = |line: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
    };
    line(format!(
        "\n{} nodes, three members; load of the machine {before} before and {after} after",
        scale.nodes
    ));
    line(format!("  all have joined after {:.1} s", scale.joined.as_secs_f64()));
    line(format!(
        "  {:<8} {:<16} {:>9} {:>11} {:>10} {:>12} {:>12} {:>10} {:>10}",
        "phase", "per", "requests", "B read", "B put", "B to etcd", "B from etcd", "proposals", "etcd CPU"
    ));
    for Row { name, unit, course, work, units, .. } in rows(figures) {
        let Traffic { calls, read, put, .. } = course.requests();
        let cores = 100.0 * work.cpu.as_secs_f64() / work.took.as_secs_f64();
        line(format!(
            "  {name:<8} {unit:<16} {:>9.2} {:>11.0} {:>10.0} {:>12.0} {:>12.0} {:>10.2} {cores:>8.1} %",
            calls as f64 / units,
            read as f64 / units,
            put as f64 / units,
            work.received / units,
            work.sent / units,
            work.proposals / units,
        ));
    }
    let roll = scale.phase(Phase::Roll);
    line(format!(
        "  {} hand-overs in {:.1} s; coordination {:.1} ms each; release to arm: median {:.1} ms, p99 {:.1} ms, \
         longest {:.1} ms; at most {} out at once",
        scale.hand_overs,
        roll.took.as_secs_f64(),
        millis(coordination(figures)),
        millis(percentile(&figures.hand_overs, 50)),
        millis(percentile(&figures.hand_overs, 99)),
        millis(percentile(&figures.hand_overs, 100)),
        scale.most_out,
    ));
    if let Some((_, work)) = figures.work.iter().find(|(phase, _)| *phase == Phase::Roll) {
        let each = |time: Duration| millis(time) / scale.hand_overs.max(1) as f64;
        line(format!(
            "  processor time a hand-over: {:.1} ms of all nodes, which share one thread here, and {:.1} ms of etcd",
            each(work.own_cpu),
            each(work.cpu),
        ));
    }
    text
}

/// For programs.
pub(crate) fn document(figures: &Figures) -> Value {
    let scale = &figures.scale;
    let phases: Vec<Value> = rows(figures)
        .into_iter()
        .map(|Row { phase, name, unit, course, work, units }| {
            let counted: BTreeMap<&str, Value> = course
                .kinds
                .iter()
                .map(|(kind, Traffic { calls, pairs, read, put })| {
                    (*kind, json!({ "calls": calls, "pairs": pairs, "bytes_read": read, "bytes_put": put }))
                })
                .collect();
            json!({
                "phase": name,
                "order": phase as u8,
                "seconds": course.took.as_secs_f64(),
                "unit": unit,
                "units": units,
                "asked": counted,
                "etcd_cpu_seconds": work.cpu.as_secs_f64(),
                "nodes_cpu_seconds": work.own_cpu.as_secs_f64(),
                "etcd_bytes_received": work.received,
                "etcd_bytes_sent": work.sent,
                "etcd_proposals": work.proposals,
                "etcd_handled": work.handled,
                "etcd_database_bytes": work.database,
            })
        })
        .collect();
    json!({
        "nodes": scale.nodes,
        "load": figures.load,
        "joined_seconds": scale.joined.as_secs_f64(),
        "hand_overs": scale.hand_overs,
        "coordination_ms": millis(coordination(figures)),
        "release_to_arm_ms": {
            "median": millis(percentile(&figures.hand_overs, 50)),
            "p99": millis(percentile(&figures.hand_overs, 99)),
            "longest": millis(percentile(&figures.hand_overs, 100)),
        },
        "most_out_at_once": scale.most_out,
        "phases": phases,
    })
}

/// Puts the documents of all fleets into `target/bench/fleet.json`.
pub(crate) fn write(workspace: &Workspace, fleets: Vec<Value>) -> Result<PathBuf, Failure> {
    let directory = workspace.tools.with_file_name("bench");
    let file = directory.join("fleet.json");
    let text = format!("{:#}\n", Value::from(fleets));
    fs::create_dir_all(&directory)
        .and_then(|()| fs::write(&file, text))
        .map_err(|source| Failure::File { path: file.clone(), source })?;
    Ok(file)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
