//! Many storms on all cores: what `cargo xtask simulate` runs.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the person at the terminal")]

mod args;
mod crowd;
mod mutants;
mod report;

use std::process::ExitCode;

use args::{Args, Command};

fn main() -> ExitCode {
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(args) => args,
        Err(error) => {
            eprintln!("error: {error}\n\n{}", args::USAGE);
            return ExitCode::from(64);
        }
    };
    let done = match args.command {
        Command::Help => {
            println!("{}", args::USAGE);
            Ok(true)
        }
        Command::Storms => report::run(&args),
        Command::Mutants => mutants::run(&args),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
