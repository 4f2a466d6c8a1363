//! The repository's own commands: `cargo xtask COMMAND`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the person at the terminal")]

mod beside;
mod ci;
mod demo;
mod faults;
mod generate;
mod setup;
mod simulate;
mod test;

use std::process::ExitCode;

use xtask::{Failure, Workspace, program};

const USAGE: &str = "\
Usage: cargo xtask COMMAND [ARGS...]

Commands:
  demo [ARGS...]  build clusterrebootd and run its demo; ARGS go to it (`demo --help` lists them)
  test [ARGS...]  run all tests, those on a real etcd and 500 simulated storms included; ARGS go to
                  `cargo nextest run`, and with any given the doctests and storms are left out
  faults [FILTER] strike real daemons and a real etcd with every fault, or those with FILTER in their name
  simulate [ARGS...]
                  let storms loose on simulated fleets (`simulate --help` lists ARGS)
  generate [--check]
                  write the files that are made from the code anew (docs/config.schema.json and the
                  tables of docs/configuration.md), or only tell which are stale
  bench [--check] measure what the daemon costs, or only hold the figures that any machine agrees on to their
                  limits (docs/performance.md)
  setup           see to every tool that the other commands need, and print which are used
  ci              everything that a change must pass: formatting, lints, tests, docs, dependencies,
                  figures
  help            print this text

Tools that are missing (protoc, etcd, ip, cargo-nextest, cargo-deny) are got with the system's package
manager, or built into target/tools; where that is not allowed, you are told what to run.
";

fn main() -> ExitCode {
    program(USAGE, |command, args| {
        let workspace = Workspace::find()?;
        match (command, args.len()) {
            ("demo", _) => demo::run(&workspace, args),
            ("test", _) => test::run(&workspace, &args),
            ("simulate", _) => simulate::run(&workspace, args),
            ("faults", 0 | 1) => faults::run(&workspace, args.first()),
            ("generate", _) => generate::run(&workspace, &args),
            ("setup", 0) => setup::run(&workspace),
            ("ci", 0) => ci::run(&workspace),
            ("setup" | "ci", _) => Err(Failure::Usage("this command takes no arguments".into())),
            ("faults", _) => Err(Failure::Usage("one FILTER at most".into())),
            (other, _) => match beside::step(&workspace, other) {
                Some(step) => Err(step.args([other]).args(args).become_it()),
                None => Err(Failure::unknown_command(other)),
            },
        }
    })
}
