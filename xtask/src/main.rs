//! The repository's own commands: `cargo xtask COMMAND`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the person at the terminal")]

mod beside;
mod changelog;
mod ci;
mod demo;
mod faults;
mod generate;
mod notes;
mod setup;
mod simulate;
mod test;

use std::ffi::OsString;
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
                  workflows, figures, packages and whole machines
  help            print this text

Tools that are missing (protoc, etcd, ip, cargo-nextest, cargo-deny and others) are got with the system's
package manager, or put into target/tools; where that is not allowed, you are told what to run.
";

fn main() -> ExitCode {
    program(USAGE, |command, args| {
        if is_about_us(command, &args) {
            println!("Usage: cargo xtask {}", entry(command).join("\n").trim_start());
            return Ok(());
        }
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

/// Commands whose whole help is what stands in the usage; others have more to tell, and are asked themselves.
const BRIEF: [&str; 5] = ["faults", "generate", "notes", "setup", "ci"];

fn is_about_us(command: &str, args: &[OsString]) -> bool {
    BRIEF.contains(&command) && args.iter().any(|arg| arg == "--help" || arg == "-h")
}

/// The lines of the usage that tell of a command; none, if it does not.
fn entry(command: &str) -> Vec<&'static str> {
    let begins = |line: &&str| name(line) == Some(command);
    let mut lines = USAGE.lines().skip_while(|line| !begins(line));
    let first = lines.next();
    first.into_iter().chain(lines.take_while(|line| line.starts_with("   "))).collect()
}

/// The command that a line of the usage begins to tell of; lines that go on are indented further.
fn name(line: &str) -> Option<&str> {
    line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?.split(' ').next()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Pages and files that tell people and machines what to run.
    const NAMING: [&str; 16] = [
        ".devcontainer/devcontainer.json",
        ".github/workflows/ci.yml",
        ".github/workflows/release.yml",
        ".ci/run",
        "CONTRIBUTING.md",
        "README.md",
        "docs/configuration.md",
        "docs/e2e.md",
        "docs/faults.md",
        "docs/operations.md",
        "docs/packaging.md",
        "docs/performance.md",
        "docs/releasing.md",
        "docs/safety.md",
        "docs/scale.md",
        "docs/simulation.md",
    ];

    /// Whatever `cargo xtask` can be told.
    const COMMANDS: [&str; 16] = [
        "demo",
        "test",
        "faults",
        "simulate",
        "e2e",
        "generate",
        "build",
        "package",
        "verify",
        "package-test",
        "reproduce",
        "notes",
        "bench",
        "setup",
        "ci",
        "help",
    ];

    #[test]
    fn the_usage_tells_of_every_command_and_of_nothing_else() {
        assert_eq!(USAGE.lines().filter_map(name).collect::<Vec<_>>(), COMMANDS);
    }

    #[test]
    fn a_command_that_is_asked_for_help_tells_of_itself_alone() {
        assert_eq!(entry("faults").len(), 1);
        assert_eq!(entry("notes").len(), 3);
        assert_eq!(entry("nothing"), Vec::<&str>::new());
        for command in BRIEF {
            let first = entry(command)[0];
            assert!(first.starts_with(&format!("  {command} ")), "{first}");
            for help in ["--help", "-h"] {
                assert!(is_about_us(command, &[help.into()]), "{command} {help}");
            }
            assert!(!is_about_us(command, &[]), "{command}");
        }
        assert!(!is_about_us("demo", &["--help".into()]), "it has more to tell");
    }

    /// Packages differ with the Rust that builds them.
    #[test]
    fn a_release_is_made_by_the_rust_of_the_development_container() {
        let root = Workspace::find().expect("the repository").root;
        let after = |file: &str, mark: &str| {
            let text = fs::read_to_string(root.join(file)).expect(file);
            let (_, rest) = text.split_once(mark).expect(file);
            let version = rest.split(|c: char| !(c.is_ascii_digit() || c == '.')).next();
            version.unwrap_or_default().to_owned()
        };
        let rust = after(".devcontainer/Dockerfile", "FROM rust:");
        assert_eq!(rust.split('.').count(), 3, "{rust} is one version for ever");
        assert_eq!(after(".github/workflows/release.yml", "\n  RUST: "), rust);
        assert_eq!(after("docs/releasing.md", "rustup toolchain install "), rust);
        let workflow = fs::read_to_string(root.join(".github/workflows/release.yml")).expect("it is there");
        for how in ["rustup toolchain install ", "rustup default "] {
            let others = workflow.split(how).skip(1).filter(|rest| !rest.starts_with("\"$RUST\""));
            assert_eq!(others.count(), 0, "a job has another Rust: {how}");
        }
    }

    #[test]
    fn whatever_is_told_to_be_run_is_a_command_of_ours() {
        let workspace = Workspace::find().expect("the repository");
        for file in NAMING {
            let text = fs::read_to_string(workspace.root.join(file)).expect(file);
            let commands: Vec<&str> = text.split("cargo xtask ").skip(1).map(first_word).collect();
            assert!(!commands.is_empty(), "{file} names no command");
            for command in commands {
                assert!(
                    COMMANDS.contains(&command),
                    "{file} names `cargo xtask {command}`, which does not exist"
                );
            }
        }
    }

    fn first_word(text: &str) -> &str {
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).next().unwrap_or_default()
    }
}
