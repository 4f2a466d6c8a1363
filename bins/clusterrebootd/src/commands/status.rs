//! `status`: one dry pass, and what it found.

mod ahead;
mod document;
mod last;
mod text;
mod warning;

use std::sync::Arc;

use crb_config::Loaded;
use crb_decide::{ExitCode, LockUse};
use crb_observe::{Emitter, Fanout};
use crb_orchestrate::{Diagnosis, diagnose as look};

use crate::adapters::MemoryReader;
use crate::cli::{Output, StatusArgs};
use crate::commands::status::ahead::Ahead;
use crate::commands::{block_on, config};
use crate::directory::Directory;
use crate::system::{self, System};
use crate::{compose, output};

pub(crate) fn run(args: &StatusArgs, system: &System) -> ExitCode {
    let loaded = match config::read(&args.config.config, system) {
        Ok(loaded) => loaded,
        Err(code) => return code,
    };
    let diagnosis = Diagnosis {
        skip_health: args.skip_health,
        lock: if args.skip_lock { LockUse::Skip } else { LockUse::Queue },
        try_lock: false,
    };
    diagnose(&loaded, diagnosis, args.output, system)
}

/// Makes the pass and prints what it found.
pub(crate) fn diagnose(
    Loaded { settings, warnings, .. }: &Loaded,
    diagnosis: Diagnosis,
    format: Output,
    system: &System,
) -> ExitCode {
    let clock = system::clock();
    // Everything there is to say is in the report.
    let emitter = Emitter::new(settings.node_name.clone(), Arc::clone(&clock), Arc::new(Fanout(vec![])));
    block_on(async move {
        let node = match compose::node(
            settings,
            Arc::new(MemoryReader::new(Directory::state())),
            emitter,
            Arc::clone(&clock),
            None,
        ) {
            Ok(composed) => composed.node,
            Err(error) => return output::failure(&error),
        };
        let report = look(&node, diagnosis).await;
        let ahead = Ahead::of(&settings.windows, clock());
        let (last, unread) = last::of(&Directory::runtime(), &node.coordinator.identity().boot_id);
        let mut warnings = warning::all(settings, warnings, &report);
        warnings.extend(unread);
        output::result(&match format {
            Output::Text => {
                text::told(settings, &report, ahead.as_ref(), last.as_ref(), &warnings, system.colour_out())
            }
            Output::Json => {
                output::json(&document::Status::of(settings, &report, ahead.as_ref(), last, warnings))
            }
        });
        report.decision.exit_code()
    })
}
