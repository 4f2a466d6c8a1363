//! The commands, one file each.

mod completions;
pub(crate) mod config;
mod demo;
mod desk;
mod fleet;
mod man;
mod pager;
mod plan;
mod run;
mod schema;
mod simulate;
mod status;
mod validate_config;
pub(crate) mod version;

use std::future::Future;
use std::io;
use std::path::Path;
use std::time::Duration;

use crb_decide::ExitCode;
use crb_store::StoreError;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Cli, Command};
use crate::output;
use crate::system::System;

/// Runs the command of the command line.
pub(crate) fn dispatch(cli: Cli, system: &System) -> ExitCode {
    match cli.command {
        Command::Run(args) => run::run(&args, system),
        Command::Status(args) => status::run(&args, system),
        Command::Simulate(args) => simulate::run(&args, system),
        Command::ValidateConfig(args) => validate_config::run(&args, system),
        Command::Schema => schema::run(),
        Command::Fleet(args) => fleet::run(&args, system),
        Command::History(args) => desk::history::run(&args, system),
        Command::Pause(args) => desk::pause::run(&args, system),
        Command::Resume(args) => desk::resume::run(&args, system),
        Command::Unlock(args) => desk::unlock::run(&args, system),
        Command::Forget(args) => desk::forget::run(&args, system),
        Command::AcceptStore(args) => desk::accept_store::run(&args, system),
        Command::Plan(args) => plan::run(&args, system),
        Command::Version(args) => version::run(&args),
        Command::Demo(args) => demo::run(&args, system),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    }
}

/// How long a thread that had looked at a file waits for the next one to look at.
const IDLE_THREAD: Duration = Duration::from_secs(1);

/// Runs `work` on the one runtime of the process, which has a single thread.
fn block_on(work: impl Future<Output = ExitCode>) -> ExitCode {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    match runtime.enable_all().thread_keep_alive(IDLE_THREAD).build() {
        Ok(runtime) => {
            let code = runtime.block_on(work);
            // A look at a file on a mount that hangs must not keep the process.
            runtime.shutdown_background();
            code
        }
        Err(error) => output::failure(&error),
    }
}

/// That etcd could not be reached, and where to look.
fn no_etcd(error: &StoreError, config: &Path) -> String {
    format!(
        "etcd does not answer: {error}. See whether it runs, and whether etcd_endpoints in {} name it.",
        config.display()
    )
}

/// Waits for a signal that ends the process, and tells its name.
fn ended() -> io::Result<impl Future<Output = String>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => "SIGTERM".to_owned(),
            _ = interrupt.recv() => "SIGINT".to_owned(),
        }
    })
}
