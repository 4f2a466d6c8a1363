//! `demo`: a pretended fleet, live.

use crb_decide::ExitCode;

use crate::cli::DemoArgs;
use crate::system::System;

pub(crate) fn run(_args: &DemoArgs, _system: &System) -> ExitCode {
    ExitCode::Failure
}
