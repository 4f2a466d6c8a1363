//! Measurements of what whole fleets cost their etcd. `cargo xtask bench fleet` runs this.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the person at the terminal")]

mod etcd;
mod fleet;
mod percentile;
mod report;

use std::error::Error;
use std::ffi::OsString;
use std::process::ExitCode;

use xtask::{Failure, Workspace, program};

const USAGE: &str = "\
Usage: cargo xtask bench fleet [NODES[:REBOOTS]...]

Runs fleets of so many real nodes (10, 100 and 1000, if nothing else is said) in one process on a real etcd of three
members on this machine: how long they take to join, what they cost it at rest and while they queue, and a full
roll-out, or its first REBOOTS, with pretended reboots of 50 ms. The figures are printed and go to target/bench/fleet.json.
";

/// The sizes that are measured if nothing else is said.
const SIZES: [(usize, usize); 3] = [(10, usize::MAX), (100, usize::MAX), (1_000, usize::MAX)];

fn main() -> ExitCode {
    program(USAGE, |command, args| match command {
        "fleet" => measure(&args),
        other => Err(Failure::unknown_command(other)),
    })
}

fn measure(args: &[OsString]) -> Result<(), Failure> {
    let workspace = Workspace::find()?;
    let sizes = if args.is_empty() { SIZES.to_vec() } else { sizes(args)? };
    fleet::open_files();
    let mut measured = vec![];
    for (nodes, reboots) in sizes {
        eprintln!("a fleet of {nodes} nodes, which takes {} s and some", fleet::fixed_seconds());
        let figures =
            fleet::measure(nodes, reboots).map_err(|error| Failure::Verdict(with_causes(&*error)))?;
        print!("{}", report::table(&figures));
        measured.push(report::document(&figures));
    }
    let file = report::write(&workspace, measured)?;
    eprintln!("written to {}", file.display());
    Ok(())
}

/// What went wrong, and why.
fn with_causes(error: &dyn Error) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn sizes(args: &[OsString]) -> Result<Vec<(usize, usize)>, Failure> {
    let wrong = |arg: &OsString| {
        Failure::Usage(format!(
            "`{}` is no number of nodes above 1, as 1000, nor one of reboots, as 1000:50",
            arg.display()
        ))
    };
    args.iter().map(|arg| arg.to_str().and_then(size).ok_or_else(|| wrong(arg))).collect()
}

/// Nodes and reboots; all of them, where the word does not say.
fn size(word: &str) -> Option<(usize, usize)> {
    let (nodes, reboots) = match word.split_once(':') {
        Some((nodes, reboots)) => (nodes, reboots.parse().ok()?),
        None => (word, usize::MAX),
    };
    Some((nodes.parse().ok().filter(|nodes| *nodes > 1)?, reboots))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_of_two_nodes_at_least_and_may_say_how_many_reboot() {
        let table = [
            ("1000", Some((1_000, usize::MAX))),
            ("1000:50", Some((1_000, 50))),
            ("1", None),
            ("10:", None),
            ("ten", None),
        ];
        for (word, expected) in table {
            assert_eq!(size(word), expected, "{word}");
        }
    }
}
