//! Packages: built, described, signed, verified and tried. `cargo xtask` runs this.

use std::process::ExitCode;

use xtask::{Failure, program};

const USAGE: &str = "\
Usage: cargo xtask COMMAND [ARGS...]
";

fn main() -> ExitCode {
    program(USAGE, |command, _| Err(Failure::unknown_command(command)))
}
