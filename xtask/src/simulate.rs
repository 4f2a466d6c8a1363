//! `cargo xtask simulate`: storms on whole fleets, by the example of `crb-sim`. It needs neither etcd nor protoc.

use std::ffi::OsString;

use xtask::{Failure, Step, Workspace};

/// How many storms every change has to come through.
const SEEDS: &str = "500";

pub(crate) fn run(workspace: &Workspace, args: Vec<OsString>) -> Result<(), Failure> {
    Err(step(workspace).args(args).become_it())
}

/// What belongs to the tests: so many storms, and every mutant caught.
pub(crate) fn tests(workspace: &Workspace) -> [Step; 2] {
    [step(workspace).args(["--seeds", SEEDS]), step(workspace).args(["--mutants"])]
}

fn step(workspace: &Workspace) -> Step {
    workspace.cargo("run --quiet --profile simulate --package crb-sim --example simulate --")
}
