//! Measurements of what the daemon costs. `cargo xtask bench` runs this.

mod beside;

use std::process::ExitCode;

use xtask::{Failure, Workspace, program};

const USAGE: &str = "\
Usage: cargo xtask bench fleet [NODES...]            whole fleets on a real etcd
       cargo xtask bench requests NODES[:REBOOTS]... the same on a virtual clock: exact counts of requests
       cargo xtask bench micro [FILTER]              single functions
";

fn main() -> ExitCode {
    program(USAGE, |command, args| match command {
        "bench" => beside::run(&Workspace::find()?, &args)
            .unwrap_or_else(|| Err(Failure::Usage("what is to be measured?".into()))),
        other => Err(Failure::unknown_command(other)),
    })
}
