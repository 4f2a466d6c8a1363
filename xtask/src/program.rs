//! How every program of ours here begins and ends.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::failure::Failure;

/// Takes the first word of the command line for the command, lets `run` carry it out with the rest, and tells the person
/// what went wrong. `help` and its kin print `usage`.
#[allow(clippy::disallowed_methods, reason = "this file owns the command line")]
pub fn program(usage: &str, run: impl FnOnce(&str, Vec<OsString>) -> Result<(), Failure>) -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let command = words.next().unwrap_or_default();
    let outcome = match command.to_str() {
        Some("help" | "--help" | "-h") => {
            print!("{usage}");
            return ExitCode::SUCCESS;
        }
        Some("") => Err(Failure::Usage("a command is needed".into())),
        Some(command) => run(command, words.collect()),
        None => Err(Failure::unknown_command(&command.to_string_lossy())),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            if matches!(failure, Failure::Usage(_)) {
                eprint!("\n{usage}");
            }
            ExitCode::from(failure.exit_code())
        }
    }
}
