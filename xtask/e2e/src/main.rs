//! Whole machines: real packages, real systemd, real reboots. `cargo xtask e2e` runs this.

use std::process::ExitCode;

use xtask::{Failure, program};

const USAGE: &str = "\
Usage: cargo xtask COMMAND [ARGS...]
";

fn main() -> ExitCode {
    program(USAGE, |command, _| Err(Failure::unknown_command(command)))
}
