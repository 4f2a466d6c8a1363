//! Packages: built, described, signed, verified and tried. `cargo xtask` runs this.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the person at the terminal")]

mod build;
mod directory;
mod elf;
mod reproduce;
mod targets;
mod tried;

use std::ffi::OsString;
use std::process::ExitCode;

use build::{Binary, Plan, Site};
use targets::Arch;
use xtask::{Failure, Workspace, program, see_to};

const USAGE: &str = "\
Usage: cargo xtask COMMAND [ARGS...]

Commands:
  package [--target T]...
                  build the static binary of each target: x86_64, aarch64, or both if none is named
  package-test [--target T]...
                  build them and try each where nothing else is: in an empty root, on a processor that qemu
                  plays, under a name service with modules
  reproduce [--target T]...
                  build the last commit twice, in two clones at different places, and compare every file
";

fn main() -> ExitCode {
    program(USAGE, |command, args| {
        let workspace = Workspace::find()?;
        match command {
            "package" => package(&workspace, args).map(drop),
            "package-test" => package_test(&workspace, args),
            "reproduce" => reproduce::run(&workspace, &only_targets(args)?),
            _ => Err(Failure::unknown_command(command)),
        }
    })
}

fn package(workspace: &Workspace, args: Vec<OsString>) -> Result<Vec<Binary>, Failure> {
    let binaries = Plan::make(workspace, &only_targets(args)?)?.run(workspace, &Site::of(workspace))?;
    for Binary { path, .. } in &binaries {
        println!("{}", path.display());
    }
    Ok(binaries)
}

fn package_test(workspace: &Workspace, args: Vec<OsString>) -> Result<(), Failure> {
    // What is missing is to be known before minutes go into building.
    see_to(workspace, &tried::tools(&only_targets(args.clone())?))?;
    let site = Site::of(workspace);
    package(workspace, args)?.iter().try_for_each(|binary| tried::try_out(workspace, &site, binary))
}

/// The targets that are named, where nothing else may be.
fn only_targets(mut args: Vec<OsString>) -> Result<Vec<Arch>, Failure> {
    let arches = targets::take(&mut args)?;
    match args.first() {
        Some(arg) => Err(Failure::Usage(format!("unknown argument `{}`", arg.display()))),
        None => Ok(arches),
    }
}
