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
use xtask::{Failure, Workspace, program, see_to};

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
  package-test [--target T]...
                  build the binaries and try each where nothing else is: in an empty root, on a processor
                  that qemu plays, under a name service with modules
  reproduce [--target T]...
                  build and pack the last commit twice, in two clones at different places, and compare every file
";

fn main() -> ExitCode {
    program(USAGE, |command, args| {
        let workspace = Workspace::find()?;
        match command {
            "build" => build(&workspace, args),
            "package" => package::run(&workspace, args),
            "verify" => verify::run(&workspace, args),
            "package-test" => package_test(&workspace, args),
            "reproduce" => reproduce::run(&workspace, &only_targets(args)?),
            _ => Err(Failure::unknown_command(command)),
        }
    })
}

fn build(workspace: &Workspace, args: Vec<OsString>) -> Result<(), Failure> {
    Plan::make(workspace, &only_targets(args)?)?.run(workspace, &Site::of(workspace)).map(drop)
}

fn package_test(workspace: &Workspace, args: Vec<OsString>) -> Result<(), Failure> {
    let arches = only_targets(args)?;
    // What is missing is to be known before minutes go into building.
    see_to(workspace, &tried::tools(&arches))?;
    let site = Site::of(workspace);
    let binaries = Plan::make(workspace, &arches)?.run(workspace, &site)?;
    binaries.iter().try_for_each(|binary| tried::try_out(workspace, &site, binary))
}

/// The targets that are named, where nothing else may be.
fn only_targets(mut args: Vec<OsString>) -> Result<Vec<Arch>, Failure> {
    let arches = targets::take(&mut args)?;
    arguments::end(&args)?;
    Ok(arches)
}
