//! What fleets of these sizes ask of their store: what `cargo xtask bench requests` runs.
//!
//! Arguments: sizes, each as NODES or NODES:REBOOTS where not all of them are to reboot; or `--month` and sizes, each as
//! NODES, for what five weeks of roll-outs and incidents leave in the store.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the person at the terminal")]
#![allow(clippy::disallowed_methods, reason = "a program reads its own arguments")]

use std::fs;
use std::process::ExitCode;

use crb_sim::scale::{Course, Phase, Scale, Stock, Weeks, measure, weeks};
use crb_store::{Meter, Traffic};
use tokio::time::Instant;

/// The first for the history to have its length, and a month.
const WEEKS: u32 = 5;

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let is_month = words.first().is_some_and(|word| word == "--month");
    if is_month {
        words.remove(0);
    }
    match words.iter().map(|word| size(word)).collect::<Option<Vec<_>>>() {
        Some(sizes) if !sizes.is_empty() => {
            let show = if is_month { show_month } else { show };
            sizes.into_iter().map(show).max().unwrap_or(0).into()
        }
        _ => {
            eprintln!("error: sizes are wanted, such as 10 100 10000:200, or --month 1000");
            ExitCode::from(64)
        }
    }
}

fn size(word: &str) -> Option<(usize, usize)> {
    let (nodes, reboots) = word.split_once(':').unwrap_or((word, word));
    Some((nodes.parse().ok()?, reboots.parse().ok()?))
}

/// Leads a fleet through its weeks and prints what stands in the store at their ends. 1 where that failed.
fn show_month((nodes, _): (usize, usize)) -> u8 {
    let began = Instant::now();
    let Weeks { first, ends, asked } = match weeks(nodes, WEEKS) {
        Ok(weeks) => weeks,
        Err(error) => {
            eprintln!("error: {error}");
            return 1;
        }
    };
    println!("\n{nodes} nodes, {WEEKS} weeks, {:.1?} of real time, peak {}", began.elapsed(), peak());
    stock("joined", &first);
    for (index, end) in ends.iter().enumerate() {
        stock(&format!("week {}", index + 1), end);
    }
    for (kind, Traffic { calls, pairs, read, put }) in asked {
        println!("  {kind:<20} {calls:10} calls {pairs:12} pairs {read:14} B read {put:12} B put");
    }
    0
}

fn stock(when: &str, stock: &Stock) {
    println!(
        "  {when:<8} {:6} keys {:9} B {:6} leases",
        stock.keys.values().sum::<usize>(),
        stock.total(),
        stock.leases
    );
    for (name, keys) in &stock.keys {
        println!("      {name:<10} {keys:6} keys {:9} B", stock.bytes.get(name).copied().unwrap_or_default());
    }
}

/// The most memory that this process has had.
fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("?").trim().to_owned()
}

/// Measures a fleet and prints its table. 1 where that failed.
fn show((nodes, reboots): (usize, usize)) -> u8 {
    let began = Instant::now();
    let scale = match measure(nodes, reboots) {
        Ok(scale) => scale,
        Err(error) => {
            eprintln!("error: {error}");
            return 1;
        }
    };
    println!(
        "\n{nodes} nodes, {} hand-overs, {:.1?} of real time, peak {}",
        scale.hand_overs,
        began.elapsed(),
        peak()
    );
    table(&scale);
    0
}

#[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn table(scale: &Scale) {
    let nodes = scale.nodes as f64;
    let row = |name: &str, phase: Phase, per: fn(&Course) -> f64, units: f64| {
        let course = scale.phase(phase);
        let per = per(&course) * units;
        let Traffic { calls, pairs, read, put } = course.requests();
        let event = course.of(Meter::EVENT);
        println!(
            "  {name:<28} {:9.2} requests {:12.1} pairs {:12.0} B read {:8.0} B put {:9.1} events {:10.0} B told",
            calls as f64 / per,
            pairs as f64 / per,
            read as f64 / per,
            put as f64 / per,
            event.pairs as f64 / per,
            event.read as f64 / per,
        );
        for (kind, traffic) in course.kinds.iter().filter(|(_, traffic)| traffic.calls > 0) {
            let [calls, pairs, read] =
                [traffic.calls, traffic.pairs, traffic.read].map(|count| count as f64 / per);
            println!("      {kind:<24} {calls:9.2}          {pairs:12.1}       {read:12.0}");
        }
    };
    let minutes = |course: &Course| course.took.as_secs_f64() / 60.0;
    row("join, a node", Phase::Join, |_| 1.0, nodes);
    row("rest, a node and minute", Phase::Rest, minutes, nodes);
    row("queue, a node", Phase::Queue, |_| 1.0, nodes);
    row("wait, a node and minute", Phase::Wait, minutes, nodes);
    row("roll, a hand-over", Phase::Roll, |_| 1.0, scale.hand_overs as f64);
    let took = scale.phase(Phase::Roll).took.as_secs_f64();
    println!("  a hand-over takes {:.3} s of virtual time", took / scale.hand_overs as f64);
}
