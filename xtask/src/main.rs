//! The repository's own commands: `cargo xtask COMMAND`.
//!
//! Nothing but the standard library is used here, so that a fresh clone has this program within seconds.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the person at the terminal")]

mod ci;
mod demo;
mod failure;
mod faults;
mod generate;
mod setup;
mod simulate;
mod step;
mod system;
mod test;
mod tools;
mod version;
mod workspace;

use std::process::ExitCode;

use failure::Failure;
use workspace::Workspace;

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
  setup           see to every tool that the other commands need, and print which are used
  ci              everything that a change must pass: formatting, lints, tests, docs, dependencies
  help            print this text

Tools that are missing (protoc, etcd, ip, cargo-nextest, cargo-deny) are got with the system's package
manager, or built into target/tools; where that is not allowed, you are told what to run.
";

fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let command = words.next().unwrap_or_default();
    let args: Vec<_> = words.collect();

    let outcome = match (command.to_str(), args.len()) {
        (Some("demo"), _) => Workspace::find().and_then(|workspace| demo::run(&workspace, args)),
        (Some("test"), _) => Workspace::find().and_then(|workspace| test::run(&workspace, &args)),
        (Some("simulate"), _) => Workspace::find().and_then(|workspace| simulate::run(&workspace, args)),
        (Some("faults"), 0 | 1) => {
            Workspace::find().and_then(|workspace| faults::run(&workspace, args.first()))
        }
        (Some("generate"), _) => Workspace::find().and_then(|workspace| generate::run(&workspace, &args)),
        (Some("setup"), 0) => Workspace::find().and_then(|workspace| setup::run(&workspace)),
        (Some("ci"), 0) => Workspace::find().and_then(|workspace| ci::run(&workspace)),
        (Some("help" | "--help" | "-h"), _) => {
            print!("{USAGE}");
            Ok(())
        }
        (Some("setup" | "ci"), _) => Err(Failure::Usage("this command takes no arguments".into())),
        (Some("faults"), _) => Err(Failure::Usage("one FILTER at most".into())),
        (Some(""), _) => Err(Failure::Usage("a command is needed".into())),
        _ => Err(Failure::Usage(format!("unknown command `{}`", command.display()))),
    };

    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            if matches!(failure, Failure::Usage(_)) {
                eprint!("\n{USAGE}");
            }
            ExitCode::from(failure.exit_code())
        }
    }
}
