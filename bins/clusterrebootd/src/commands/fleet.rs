//! `fleet`: every node, and what holds for all of them.

mod document;
mod feed;
mod head;
mod look;
#[cfg(test)]
mod sample;
mod screen;
mod table;
mod text;
mod watch;

use std::sync::Arc;

use crb_config::Settings;
use crb_decide::ExitCode;
use crb_lock::{Fleet, FleetNode};
use crb_store::StoreError;

use crate::cli::{FleetArgs, Output};
use crate::commands::fleet::document::Document;
use crate::commands::fleet::look::Look;
use crate::commands::{block_on, config, ended, no_etcd, pager};
use crate::system::{self, System};
use crate::{compose, output};

pub(crate) fn run(args: &FleetArgs, system: &System) -> ExitCode {
    let settings = match config::read(&args.desk.config.config, system) {
        Ok(loaded) => loaded.settings,
        Err(code) => return code,
    };
    block_on(async move {
        match show(&settings, args, system).await {
            Ok(code) => code,
            Err(Failure::Compose(error)) => output::failure(&error),
            Err(Failure::Store(error)) => {
                output::complaint(&format!("clusterrebootd: {}", refused(&error, args)));
                ExitCode::Failure
            }
            Err(Failure::Signals(error)) => output::failure(&error),
        }
    })
}

/// Why nothing was shown.
enum Failure {
    Compose(compose::ComposeError),
    Store(StoreError),
    Signals(std::io::Error),
}

async fn show(settings: &Settings, args: &FleetArgs, system: &System) -> Result<ExitCode, Failure> {
    let clock = system::clock();
    let onlooker = compose::onlooker(settings, &clock).map_err(Failure::Compose)?;
    let picture = onlooker.look(clock()).await.map_err(Failure::Store)?;
    if args.watch {
        let end = ended().map_err(Failure::Signals)?;
        return watch::watch(Arc::new(onlooker), picture, args, system, clock, end)
            .await
            .map_err(Failure::Signals);
    }
    let now = clock();
    let fleet = picture.fleet(now);
    // A large fleet is held once, as text.
    drop(picture);
    let rows = chosen(&fleet, args);
    match args.desk.output {
        Output::Json => output::result(&output::json(&Document::of(&fleet, &rows, now))),
        Output::Text => {
            let columns = system::terminal_size().map(|(columns, _)| columns);
            let look = Look::of(columns, system.letters, system.colour_out(), now);
            let text = text::told(&fleet, &rows, &look);
            pager::show(&text, args.no_pager).await;
        }
    }
    Ok(ExitCode::Success)
}

/// The nodes that are asked for, in the order that is asked for.
fn chosen<'a>(fleet: &'a Fleet, args: &FleetArgs) -> Vec<&'a FleetNode> {
    fleet.rows(&args.state, args.sort.into())
}

/// What etcd did not tell, and what to do about it.
fn refused(error: &StoreError, args: &FleetArgs) -> String {
    let config = &args.desk.config.config;
    match error {
        StoreError::Unreachable { .. } => no_etcd(error, config),
        StoreError::Denied(_) => format!(
            "{error}. See that the user or the certificate in {} may read the fleet's keys.",
            config.display()
        ),
        error => format!("the fleet could not be read: {error}. See whether etcd is well, and ask again."),
    }
}
