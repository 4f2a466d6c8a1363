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
        let (outcome, usage) = match command {
            "build" => (build(&workspace, args), USAGE),
            "package" => (package::run(&workspace, args), package::USAGE),
            "verify" => (verify::run(&workspace, args), verify::USAGE),
            "package-test" => (package_test::run(&workspace, args), package_test::USAGE),
            "reproduce" => (reproduce::run(&workspace, args), reproduce::USAGE),
            _ => return Err(Failure::unknown_command(command)),
        };
        outcome.map_err(|failure| failure.of_command(usage))
    })
}

fn build(workspace: &Workspace, mut args: Vec<OsString>) -> Result<(), Failure> {
    if arguments::flag(&mut args, "--help") {
        print!("{USAGE}");
        return Ok(());
    }
    let arches = targets::take(&mut args)?;
    arguments::end(&args)?;
    Plan::make(workspace, &arches, &[])?.run(workspace, &Site::of(workspace)).map(drop)
}
