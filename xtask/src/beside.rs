//! Commands that need more than the standard library stand in crates beside this one. Each is built when it is first asked
//! for, and so takes no time from those who only want the tests.

use xtask::{Step, Workspace};

/// Which crate has which command.
const BESIDE: [(&str, &str); 7] = [
    ("build", "xtask-release"),
    ("package", "xtask-release"),
    ("verify", "xtask-release"),
    ("reproduce", "xtask-release"),
    ("package-test", "xtask-release"),
    ("bench", "xtask-bench"),
    ("e2e", "xtask-e2e"),
];

/// Runs the crate that has this command, if one has it. The command and what follows it are its arguments.
pub(crate) fn step(workspace: &Workspace, command: &str) -> Option<Step> {
    let (_, package) = BESIDE.into_iter().find(|(name, _)| *name == command)?;
    Some(workspace.cargo(&format!("run --quiet --package {package} --")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_run_by_the_crate_that_has_it() {
        let line = |command| step(&Workspace::at("/repo"), command).map(|step| step.to_string());
        assert_eq!(line("verify").as_deref(), Some("cargo run --quiet --package xtask-release --"));
        assert_eq!(line("demo"), None);
    }
}
