//! Packages: built, described, signed, verified and tried. `cargo xtask` runs this.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the person at the terminal")]

mod arguments;
mod build;
mod changelog;
mod crates;
mod digest;
mod directory;
mod elf;
mod files;
#[cfg(test)]
mod fixture;
mod licences;
mod nfpm;
mod package;
mod package_test;
mod reproduce;
mod sbom;
mod sign;
mod source;
mod sums;
mod targets;
mod tried;
mod verify;
mod version;

use std::ffi::OsString;
use std::process::ExitCode;

use build::{Plan, Site};
use targets::Arch;
use xtask::{Failure, Workspace, program};

const USAGE: &str = "\
Usage: cargo xtask COMMAND [ARGS...]

Commands:
  build [--target T]...
                  build the static binary of each target into target/static
  package [ARGS...]
                  build the static binary of each target, pack it, describe, sum up and sign the packages
                  (`package --help` lists ARGS)
  verify DIR [--key PUB]
                  look whether what `package` made is whole, signed, truly described and rightly packed
  package-test [DIR]
                  read packages for mistakes, run the program out of them where nothing else is, and install,
                  upgrade, remove and purge them in fresh systems (root, or a free sudo)
  reproduce [ARGS...]
                  build and pack the last commit twice, in two clones at different places, or once more after `package`,
                  and compare every file (`reproduce --help` lists ARGS)
";

fn main() -> ExitCode {
    program(USAGE, |command, args| {
        let workspace = Workspace::find()?;
        match command {
            "build" => build(&workspace, args),
            "package" => package::run(&workspace, args),
            "verify" => verify::run(&workspace, args),
            "package-test" => package_test::run(&workspace, args),
            "reproduce" => reproduce::run(&workspace, args),
            _ => Err(Failure::unknown_command(command)),
        }
    })
}

fn build(workspace: &Workspace, args: Vec<OsString>) -> Result<(), Failure> {
    Plan::make(workspace, &only_targets(args)?, &[])?.run(workspace, &Site::of(workspace)).map(drop)
}

/// The targets that are named, where nothing else may be.
fn only_targets(mut args: Vec<OsString>) -> Result<Vec<Arch>, Failure> {
    let arches = targets::take(&mut args)?;
    arguments::end(&args)?;
    Ok(arches)
}
