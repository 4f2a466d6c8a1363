//! Reboots a fleet one node at a time.
//!
//! This program is thin: arguments become settings, settings become adapters, and one of the commands runs
//! with them. What is decided, and how, stands in the crates.

mod adapters;
mod cli;
mod commands;
mod compose;
mod directory;
mod event_hook;
mod manual;
#[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
mod name_service;
mod output;
mod reload;
mod secrecy;
mod service;
mod single;
mod stale_reads;
mod system;
mod telemetry;
mod words;

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(all(target_env = "gnu", target_feature = "crt-static"))]
    if let Err(error) = name_service::confine() {
        return ExitCode::from(output::failure(&error) as u8);
    }
    let system = system::System::read();
    let code = match (secrecy::keep(), cli::parse()) {
        (Err(error), _) => output::failure(&error),
        (Ok(()), Ok(cli)) => commands::dispatch(cli, &system),
        (Ok(()), Err(told)) => output::usage(&told),
    };
    ExitCode::from(code as u8)
}
