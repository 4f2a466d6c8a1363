//! `man`: the pages of the manual, for packages.

use crb_decide::ExitCode;

use crate::cli::{ManArgs, Section};
use crate::{manual, output};

pub(crate) fn run(args: &ManArgs) -> ExitCode {
    output::result(&match args.section {
        Section::Commands => manual::commands(),
        Section::Configuration => manual::configuration(),
    });
    ExitCode::Success
}
