//! `accept-store`: an operator confirms that etcd was restored or replaced.

use std::fmt::Write;
use std::sync::Arc;

use crb_config::Settings;
use crb_decide::ExitCode;
use crb_lock::{Acceptance, Coordinator, HoldRecord, Holds, LockError};
use crb_observe::{Emitter, Fanout};

use crate::adapters::MemoryReader;
use crate::cli::AcceptStoreArgs;
use crate::commands::{block_on, config};
use crate::directory::Directory;
use crate::system::{self, System};
use crate::{compose, output};

/// How many holds are told one by one.
const SHOWN: usize = 20;

pub(crate) fn run(args: &AcceptStoreArgs, system: &System) -> ExitCode {
    let settings = match config::read(&args.config.config, system) {
        Ok(loaded) => loaded.settings,
        Err(code) => return code,
    };
    block_on(async move {
        match accept(&settings, args, system).await {
            Ok(code) => code,
            Err(Refused::Compose(error)) => output::failure(&error),
            Err(Refused::Lock(error)) => output::failure(&error),
        }
    })
}

enum Refused {
    Compose(compose::ComposeError),
    Lock(LockError),
}

async fn accept(settings: &Settings, args: &AcceptStoreArgs, system: &System) -> Result<ExitCode, Refused> {
    let clock = system::clock();
    let emitter = Emitter::new(settings.node_name.clone(), Arc::clone(&clock), Arc::new(Fanout(vec![])));
    let memory = Arc::new(MemoryReader::new(Directory::state()));
    let composed =
        compose::node(settings, memory, emitter, Arc::clone(&clock), None).map_err(Refused::Compose)?;
    let coordinator: &Coordinator = &composed.node.coordinator;
    let holds = coordinator.holds().await.map_err(Refused::Lock)?;
    if holds.holds.is_empty() {
        output::result("No node holds the fleet: there is nothing to confirm.");
        return Ok(ExitCode::Success);
    }
    output::result(&told(&holds));
    if !args.yes && !output::confirmed("Is this the etcd that the fleet is to go on with?") {
        output::complaint("clusterrebootd: nothing was changed");
        return Ok(ExitCode::Failure);
    }
    let by = system.operator();
    let accepted = coordinator.accept_store(&holds, &by, &args.reason, clock()).await;
    Ok(match accepted.map_err(Refused::Lock)? {
        Acceptance::Lifted => {
            output::result("Confirmed: the hold is lifted.");
            ExitCode::Success
        }
        Acceptance::Changed => {
            output::complaint(
                "clusterrebootd: the holds have changed meanwhile and none was lifted; look again",
            );
            ExitCode::Failure
        }
    })
}

fn told(holds: &Holds) -> String {
    let mut text = "These nodes found that etcd has gone backwards, and no node reboots:\n".to_owned();
    let width = holds.holds.iter().map(|(node, _)| node.len()).max().unwrap_or(0);
    for (node, record) in holds.holds.iter().take(SHOWN) {
        let what = record.as_ref().map_or_else(
            || "its hold cannot be read".to_owned(),
            |HoldRecord { since, reason, .. }| format!("since {since:.0}: {reason}"),
        );
        // Writing to a string cannot fail.
        writeln!(text, "  {node:width$}  {what}").ok();
    }
    let more = holds.holds.len().saturating_sub(SHOWN);
    if more > 0 {
        writeln!(text, "  and {more} more").ok();
    }
    text.push_str(
        "Before you confirm: every node that was out must be back, or have its claim in etcd again, which it puts \
         there itself as soon as it has joined.",
    );
    text
}
