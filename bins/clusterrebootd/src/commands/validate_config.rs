//! `validate-config`: every fault at once, or that there is none.

use crb_config::render;
use crb_decide::ExitCode;

use crate::cli::ConfigArgs;
use crate::commands::config;
use crate::output;
use crate::system::System;

pub(crate) fn run(args: &ConfigArgs, system: &System) -> ExitCode {
    let loaded = match config::read_strictly(&args.config, system) {
        Ok(loaded) => loaded,
        Err(code) => return code,
    };
    if !loaded.warnings.is_empty() {
        output::complaint(&render(loaded.warnings.iter(), system.letters, system.colour_err(), system.width));
    }
    output::result(&match loaded.files.as_slice() {
        [only] => format!("{only}: valid"),
        [] => format!("{}: valid", args.config.display()),
        [configuration, fragments @ ..] => {
            format!("{configuration}: valid, with what lies over it:\n  {}", fragments.join("\n  "))
        }
    });
    ExitCode::Success
}
