//! The operator's desk: what her commands share. She is no node, and needs nothing of one but its configuration.

pub(crate) mod accept_store;
pub(crate) mod forget;
pub(crate) mod history;
pub(crate) mod pause;
pub(crate) mod resume;
pub(crate) mod unlock;

mod failure;
mod record;

use std::fmt::Write;
use std::path::Path;

use crb_config::Settings;
use crb_decide::ExitCode;
use crb_lock::Operator;
use crb_observe::Clock;
use serde::Serialize;

use crate::cli::{ConfigArgs, Output, default_config};
use crate::commands::{block_on, config};
use crate::output::Answer;
use crate::system::{self, System};
use crate::words::{Moment, wrapped};
use crate::{compose, output};
use failure::Failure;

/// What stands before a command that she may take over as it is: it is never broken.
const COMMAND: &str = "    $ ";

/// What lies on it.
struct Desk<'a> {
    operator: Operator,
    settings: Settings,
    /// Who sits at it.
    who: String,
    clock: Clock,
    config: &'a Path,
    output: Output,
    system: &'a System,
}

/// Reads the configuration, and does `work` at the desk; what it could not do is told.
fn sit_down(
    config: &ConfigArgs,
    output: Output,
    system: &System,
    work: impl AsyncFnOnce(&Desk<'_>) -> Result<ExitCode, Failure>,
) -> ExitCode {
    let config = &config.config;
    let settings = match config::read(config, system) {
        Ok(loaded) => loaded.settings,
        Err(code) => return code,
    };
    block_on(async move {
        let (who, clock) = (system.operator(), system::clock());
        let operator = match compose::operator(&settings, &who, &clock) {
            Ok(operator) => operator,
            Err(error) => return output::failure(&error),
        };
        let desk = Desk { operator, settings, who, clock, config, output, system };
        match work(&desk).await {
            Ok(code) => code,
            Err(failure) => {
                output::complaint(&desk.lines(&[format!("clusterrebootd: {}", failure.told(&desk))]));
                ExitCode::Failure
            }
        }
    })
}

impl Desk<'_> {
    /// The time, and where it is read.
    fn moment(&self) -> Moment {
        Moment { now: (self.clock)(), zone: system::zone() }
    }

    /// Shows what she has to know before she is asked. Where a document is wanted, it is no part of it.
    fn show(&self, lines: &[String]) {
        match self.output {
            Output::Text => output::result(&self.lines(lines)),
            Output::Json => output::complaint(&self.lines(lines)),
        }
    }

    /// Says what came of it, in lines or as a document.
    fn answer(&self, lines: &[String], document: &impl Serialize) -> ExitCode {
        output::result(&match self.output {
            Output::Text => self.lines(lines),
            Output::Json => output::json(document),
        });
        ExitCode::Success
    }

    /// The lines, each as wide as the terminal at most. What follows a label stands below what stands beside it.
    fn lines(&self, lines: &[String]) -> String {
        let mut text = String::new();
        for line in lines {
            let own = line.len() - line.trim_start().len();
            let width = if line.starts_with(COMMAND) { usize::MAX } else { self.system.width };
            // Writing to a string cannot fail.
            writeln!(text, "{}", wrapped(line, width, own + 2)).ok();
        }
        text
    }

    /// What she types to give another command on the same configuration.
    fn command(&self, arguments: &str) -> String {
        if self.config == default_config() {
            format!("clusterrebootd {arguments}")
        } else {
            format!("clusterrebootd {arguments} --config {}", self.config.display())
        }
    }
}

/// A line of a list: what it is, and what it says.
fn row(label: &str, text: &str) -> String {
    format!("  {label}: {text}")
}

/// Asks, unless that is not wanted.
///
/// # Errors
/// [`Failure::Unconfirmed`] when the answer was not yes; [`Failure::Nobody`] when there is nobody to ask.
fn confirm(question: &str, unasked: bool) -> Result<(), Failure> {
    if unasked {
        return Ok(());
    }
    match output::ask(question) {
        Answer::Yes => Ok(()),
        Answer::No => Err(Failure::Unconfirmed),
        Answer::Nobody => Err(Failure::Nobody),
    }
}
