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

/// The steps that build the crate that has this command, if one has it, and run it. The command and what follows it are the
/// arguments of the last, which runs where we were called, so that paths mean what they meant there. Only that one may see
/// the password of a key, for the first runs the build scripts of others.
pub(crate) fn steps(workspace: &Workspace, command: &str) -> Option<[Step; 2]> {
    let (_, package) = BESIDE.into_iter().find(|(name, _)| *name == command)?;
    let manifest = workspace.root.join("Cargo.toml");
    let [build, run] = ["build", "run"].map(|what| {
        let step = workspace.cargo(&format!("{what} --quiet --package {package} --manifest-path"));
        step.args([&manifest]).dir(".")
    });
    Some([build, run.keep_password().args(["--"])])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_run_by_the_crate_that_has_it() {
        let lines =
            |command| steps(&Workspace::at("/repo"), command).map(|steps| steps.map(|step| step.to_string()));
        assert_eq!(
            lines("verify"),
            Some([
                "cargo build --quiet --package xtask-release --manifest-path /repo/Cargo.toml".to_owned(),
                "cargo run --quiet --package xtask-release --manifest-path /repo/Cargo.toml --".to_owned()
            ])
        );
        assert_eq!(lines("demo"), None);
    }
}
