//! Whole machines: real packages, real systemd, real reboots. `cargo xtask e2e` runs this.
//!
//! Three emulated machines with the package installed by apt, and an etcd of three members on the host. docs/e2e.md
//! tells what is tried.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the person at the terminal")]

mod agent;
mod emulator;
mod fleet;
mod image;
mod judge;
mod log;
mod machine;
mod options;
mod package;
mod patience;
mod qmp;
mod run;
mod scenarios;
mod settings;
mod timeline;
mod trouble;
mod wrapper;

use std::process::ExitCode;

use xtask::{Failure, program};

use options::Options;

const USAGE: &str = "\
Usage: cargo xtask e2e [--all] [--deb FILE] [--patience N] [NAME...]

Lets real machines reboot: three of Debian, emulated by QEMU, with the package installed. Without NAME, the three
scenarios that CI plays, too.

  --all       every scenario; docs/e2e.md lists them
  --list      only print their names
  --deb FILE  the package under test; else one that is made of this tree, with what is not committed, too
  --patience N
              wait N times as long before something counts as missing, on a machine that has other work; else 1
  NAME        only scenarios with this in their names

What was seen is left in target/e2e: a timeline of each scenario, consoles and journals.
";

fn main() -> ExitCode {
    program(USAGE, |command, args| match command {
        "e2e" => wrapper::run(args),
        // What the wrapper runs once it has seen to tools and servers.
        "scenarios" => run::run(&Options::of(args)?),
        other => Err(Failure::unknown_command(other)),
    })
}
