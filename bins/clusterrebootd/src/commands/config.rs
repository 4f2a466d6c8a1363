//! Loads the configuration for a command, and tells what is wrong with it.

use std::path::Path;

use crb_config::{LoadContext, Loaded, load, render};
use crb_decide::ExitCode;

use crate::output;
use crate::system::{self, System};

/// The configuration at `path`; its faults are printed.
pub(crate) fn read(path: &Path, system: &System) -> Result<Loaded, ExitCode> {
    let context = LoadContext { hostname: system.hostname.clone(), zone: system::zone() };
    load(path, &context).map_err(|faults| {
        output::complaint(&render(faults.iter(), system.colour_err(), system.width));
        ExitCode::InvalidConfiguration
    })
}
