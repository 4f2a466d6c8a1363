//! Measurements of whole fleets and of single functions: each is a program of its own, built for speed.

use std::ffi::OsString;

use xtask::{Failure, Step, Tool, Workspace, see_to, with_servers};

/// Runs the measurement that `args` name, if it is one of these.
pub(crate) fn run(workspace: &Workspace, args: &[OsString]) -> Option<Result<(), Failure>> {
    let (name, rest) = args.split_first()?;
    let step = step(workspace, name.to_str()?)?.args(rest);
    if name != "fleet" {
        return Some(Err(step.become_it()));
    }
    let found = match see_to(workspace, &[Tool::Protoc, Tool::Etcd, Tool::Etcdctl]) {
        Ok(found) => found,
        Err(failure) => return Some(Err(failure)),
    };
    Some(Err(with_servers(step, &found).become_it()))
}

fn step(workspace: &Workspace, name: &str) -> Option<Step> {
    let line = match name {
        "fleet" => "run --quiet --profile simulate --package xtask-scale -- fleet",
        "requests" => "run --quiet --profile simulate --package crb-sim --example scale --",
        "micro" => {
            "bench --profile simulate --package crb-decide --package crb-windows --package crb-lock --bench micro --"
        }
        _ => return None,
    };
    Some(workspace.cargo(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_measurement_is_a_program_of_its_own() {
        let line = |name| step(&Workspace::at("/repo"), name).map(|step| step.to_string());
        assert_eq!(
            line("requests").as_deref(),
            Some("cargo run --quiet --profile simulate --package crb-sim --example scale --")
        );
        assert_eq!(line("--check"), None);
    }
}
