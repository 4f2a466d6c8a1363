//! `status`: one dry pass, and what it found.

mod ahead;
mod disagreement;
mod document;
mod gates;
mod last;
mod names;
mod queue;
mod since;
mod text;
mod times;
mod warning;

use std::sync::Arc;

use crb_config::Loaded;
use crb_decide::{ExitCode, LockUse};
use crb_observe::{Emitter, Fanout, Standing};
use crb_orchestrate::{Diagnosis, LastReboot, Report, diagnose as look};
use jiff::Timestamp;

use crate::adapters::{Kept, MemoryReader};
use crate::cli::{Output, StatusArgs};
use crate::commands::status::ahead::Ahead;
use crate::commands::status::queue::Seat;
use crate::commands::status::since::Since;
use crate::commands::status::text::Layout;
use crate::commands::status::warning::Warning;
use crate::commands::{block_on, config};
use crate::compose::Composed;
use crate::directory::Directory;
use crate::system::{self, System};
use crate::words::Moment;
use crate::{compose, output, stale_reads};

/// Everything there is to show.
struct Findings<'a> {
    report: &'a Report,
    since: Since<'a>,
    /// Since when a reboot is wanted, by the running daemon.
    reboot_required_since: Option<Timestamp>,
    queue: Option<Seat>,
    ahead: Option<&'a Ahead>,
    last_reboot: Option<LastReboot>,
    warnings: Vec<Warning>,
}

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
        let composed = compose::node(
            settings,
            Arc::new(MemoryReader::new(Directory::state())),
            emitter,
            Arc::clone(&clock),
            None,
        );
        let Composed { node, members } = match composed {
            Ok(composed) => composed,
            Err(error) => return output::failure(&error),
        };
        let report = look(&node, diagnosis).await;
        let view = report.beyond.view.as_ref();
        let etcd = match view {
            Some(_) => stale_reads::news(members.versions().await),
            None => vec![],
        };
        let now = clock();
        let me = node.coordinator.identity();
        let mut warnings = warning::all(settings, warnings, &report, etcd, now);
        let standing = Kept::read(&Directory::runtime(), &me.boot_id).unwrap_or_else(|error| {
            let message = format!("since when something blocks cannot be told: {error}");
            warnings.push(Warning { code: "standing_unreadable", message });
            None
        });
        let standing = standing.and_then(Kept::of_a_running_daemon);
        let (last_reboot, unread) = last::of(&Directory::runtime(), &me.boot_id);
        warnings.extend(unread);
        let own = view.and_then(|view| view.queue.keys.iter().find(|key| key.is_of(me)));
        let ahead = Ahead::of(&settings.windows, now);
        let wanted =
            |standing: &Standing| standing.reboot_required().filter(|_| report.reboot_required == Some(true));
        let findings = Findings {
            report: &report,
            since: Since { view, own, standing: standing.as_ref() },
            reboot_required_since: standing.as_ref().and_then(wanted),
            queue: view.map(|view| Seat::of(view, own, me)),
            ahead: ahead.as_ref(),
            last_reboot,
            warnings,
        };
        let zone = ahead.as_ref().map_or_else(system::zone, |_| settings.windows.zone().clone());
        let layout = Layout { width: system.width, colour: system.colour_out() };
        output::result(&match format {
            Output::Text => text::told(settings, &findings, &Moment { now, zone }, layout),
            Output::Json => output::json(&document::Status::of(settings, findings)),
        });
        report.decision.exit_code()
    })
}
