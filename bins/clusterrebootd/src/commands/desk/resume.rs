//! `resume`: ends the pause of the fleet.

use crb_decide::ExitCode;
use crb_lock::PauseBefore;
use serde::Serialize;

use super::pause::of_pause;
use super::record::PauseShown;
use super::sit_down;
use crate::cli::DeskArgs;
use crate::system::System;

/// The document.
#[derive(Debug, Serialize)]
struct Document {
    resumed: bool,
    paused: Option<PauseShown>,
}

pub(crate) fn run(args: &DeskArgs, system: &System) -> ExitCode {
    sit_down(&args.config, args.output, system, async |desk| {
        let before = desk.operator.resume().await?;
        let line = match &before {
            PauseBefore::Nothing => "The fleet is not paused: there is nothing to resume.".to_owned(),
            PauseBefore::Pause(record) => {
                format!("The fleet goes on. This is over: {}", of_pause(record, &desk.moment()))
            }
            PauseBefore::Unreadable => {
                "The fleet goes on. Who had paused it, and why, nobody can read.".to_owned()
            }
        };
        let document =
            Document { resumed: before != PauseBefore::Nothing, paused: PauseShown::before(&before) };
        Ok(desk.answer(&[line], &document))
    })
}
