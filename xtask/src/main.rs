//! The repository's own commands: `cargo xtask COMMAND`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the person at the terminal")]

mod beside;
mod ci;
mod demo;
mod faults;
mod generate;
mod notes;
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
  e2e [ARGS...]   let whole machines reboot, with the package installed (`e2e --help` lists ARGS)
  generate [--check]
                  write the files that are made from the code anew (docs/config.schema.json and the
                  tables of docs/configuration.md), or only tell which are stale
  build [--target T]...
                  build the static program that packages hold, for each target, into target/static
  package [ARGS...]
                  build, pack, describe, sum up and sign (`package --help` lists ARGS)
  verify DIR [--key PUB]
                  look whether what `package` made is whole, signed, truly described and rightly packed
  package-test [DIR]
                  read packages for mistakes, run the program out of them where nothing else is, and install,
                  upgrade, remove and purge them in fresh systems (root, or a free sudo)
  reproduce [ARGS...]
                  build and pack the last commit twice, in clones at different places, or once more after `package`,
                  and compare every file (`reproduce --help` lists ARGS)
  notes [VERSION | --tag TAG] [--links URL]
                  print what the changelog tells of a version, or of that in Cargo.toml, whose tag TAG must be;
                  links within the repository lead to URL; no tag of a release without a maintainer's address
  bench [--check] measure what the daemon costs, or only hold the figures that any machine agrees on to their
                  limits (docs/performance.md)
  setup           see to every tool that the other commands need, and print which are used
  ci              everything that a change must pass: formatting, lints, tests, docs, dependencies,
                  workflows, figures, packages
  help            print this text

Tools that are missing (protoc, etcd, ip, cargo-nextest, cargo-deny and others) are got with the system's
package manager, or put into target/tools; where that is not allowed, you are told what to run.
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
            ("notes", _) => notes::run(&workspace, &args),
            ("setup", 0) => setup::run(&workspace),
            ("ci", 0) => ci::run(&workspace),
            ("setup" | "ci", _) => Err(Failure::Usage("this command takes no arguments".into())),
            ("faults", _) => Err(Failure::Usage("one FILTER at most".into())),
            (other, _) => match beside::steps(&workspace, other) {
                Some([build, run]) => {
                    build.run()?;
                    Err(run.args([other]).args(args).become_it())
                }
                None => Err(Failure::unknown_command(other)),
            },
        }
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Pages and files that tell people and machines what to run.
    const NAMING: [&str; 7] = [
        ".devcontainer/devcontainer.json",
        ".github/workflows/ci.yml",
        ".github/workflows/release.yml",
        ".ci/run",
        "CONTRIBUTING.md",
        "README.md",
        "docs/releasing.md",
    ];

    #[test]
    fn whatever_is_told_to_be_run_is_a_command_of_ours() {
        let workspace = Workspace::find().expect("the repository");
        for file in NAMING {
            let text = fs::read_to_string(workspace.root.join(file)).expect(file);
            let commands: Vec<&str> = text.split("cargo xtask ").skip(1).map(first_word).collect();
            assert!(!commands.is_empty(), "{file} names no command");
            for command in commands {
                let ours = USAGE.lines().any(|line| line.trim_start().split(' ').next() == Some(command));
                assert!(
                    ours || beside::steps(&workspace, command).is_some(),
                    "{file} names `cargo xtask {command}`, which does not exist"
                );
            }
        }
    }

    fn first_word(text: &str) -> &str {
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).next().unwrap_or_default()
    }
}
