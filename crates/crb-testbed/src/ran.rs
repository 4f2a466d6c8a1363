//! A command that was run to its end.

use std::process::Command;

/// What a command printed, and with what it ended.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// What it said on standard output.
    pub out: String,
    /// What it said on standard error.
    pub err: String,
}

impl Ran {
    /// Runs the command to its end.
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap_or_else(|error| panic!("{command:?} cannot be run: {error}"));
        let text = |bytes| {
            String::from_utf8(bytes).unwrap_or_else(|error| panic!("{command:?} told no text: {error}"))
        };
        Self {
            code: output.status.code().unwrap_or_else(|| panic!("{command:?}: {}", output.status)),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}
