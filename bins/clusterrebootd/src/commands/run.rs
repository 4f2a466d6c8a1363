//! `run`: the daemon, or one diagnostic pass with `--once`.

use std::future::Future;
use std::io;
use std::sync::Arc;

use crb_config::{Loaded, Settings};
use crb_decide::{ExitCode, LockUse};
use crb_observe::{Emitter, Fanout, Listener, What};
use crb_orchestrate::{Daemon, Diagnosis};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::adapters::{MemoryFile, StandingFile};
use crate::cli::RunArgs;
use crate::commands::{block_on, config, ended, status};
use crate::compose::Composed;
use crate::directory::Directory;
use crate::reload::Reloader;
use crate::service::{SOCKET, ServiceManager, ServiceWatchdog, say_unheard};
use crate::single::SingleDaemon;
use crate::system::System;
use crate::telemetry::{LastWords, Telemetry};
use crate::{cli::Output, compose, output, stale_reads, system};

/// The metrics listener could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on metrics.listen {address}")]
struct ListenError {
    address: String,
    source: io::Error,
}

pub(crate) fn run(args: &RunArgs, system: &System) -> ExitCode {
    if args.once {
        let mut loaded = match config::read(&args.config.config, system) {
            Ok(loaded) => loaded,
            Err(code) => return code,
        };
        loaded.settings.dry_run |= args.dry_run;
        let diagnosis = Diagnosis { skip_health: false, lock: LockUse::Queue, try_lock: true };
        return status::diagnose(&loaded, diagnosis, Output::Text, system);
    }
    block_on(async {
        // The handlers are in place before anything is read that a signal would want read again, and before anything
        // is held that one would have to give back.
        match (signal(SignalKind::hangup()), ended()) {
            (Ok(hangups), Ok(ended)) => Box::pin(work(args, system, hangups, ended)).await,
            (Err(error), _) | (_, Err(error)) => output::failure(&error),
        }
    })
}

/// The daemon, from its start to its end.
async fn work(
    args: &RunArgs,
    system: &System,
    hangups: Signal,
    ended: impl Future<Output = String>,
) -> ExitCode {
    let Loaded { mut settings, warnings, .. } = match config::read(&args.config.config, system) {
        Ok(loaded) => loaded,
        Err(code) => return code,
    };
    settings.dry_run |= args.dry_run;
    let _only = match SingleDaemon::of(&Directory::runtime()) {
        Ok(only) => only,
        Err(error) => return output::failure(&error),
    };
    let memory = match MemoryFile::try_new(Directory::state()) {
        Ok(memory) => Arc::new(memory),
        Err(error) => return output::failure(&error),
    };
    let clock = system::clock();
    let (telemetry, events) = match Telemetry::start(&settings.node_name, &clock, settings.log) {
        Ok((telemetry, events)) => (Arc::new(telemetry), events),
        Err(error) => return output::failure(&error),
    };
    let _last_words = LastWords::of(&telemetry);
    let service = ServiceManager::at(system::variable(SOCKET).as_deref());
    let (service, unserved) = match service {
        Ok(service) => (Arc::new(service), None),
        Err(error) => (Arc::new(ServiceManager::none()), Some(error)),
    };
    let standing = match keep_standing() {
        Ok(standing) => Arc::new(standing),
        Err(error) => return output::failure(&*error),
    };
    telemetry.metrics.go_on_from(standing.standing().clone());
    let sink = Arc::new(Fanout(vec![Arc::clone(&telemetry.sink), Arc::clone(&service) as _, standing]));
    let emitter = Emitter::new(settings.node_name.clone(), Arc::clone(&clock), sink);
    tokio::spawn(events.run(emitter.clone()));
    let listener = listen(&settings).await;
    let metrics =
        listener.as_ref().ok().and_then(Option::as_ref).map(|listener| listener.local_addr().to_string());
    telemetry.hook.set_program(compose::event_program(&settings, metrics.as_deref()));
    compose::warn(&warnings, &emitter);
    let listener = match listener {
        Ok(listener) => listener,
        Err(error) => return output::failure(&error),
    };
    if let Some(listener) = listener {
        tokio::spawn(listener.serve(Arc::clone(&telemetry.metrics)));
    }
    let composed = compose::node(&settings, memory, emitter.clone(), clock, metrics.as_deref());
    let Composed { node, members } = match composed {
        Ok(composed) => composed,
        Err(error) => return output::failure(&error),
    };
    let watchdog = ServiceWatchdog::of(&service, system::variable).unwrap_or_else(|error| {
        emitter.emit(What::Trouble { component: "service", error });
        None
    });
    tokio::spawn(stale_reads::warn(members, node.coordinator.follow_presence(), emitter.clone()));
    say_unheard(&emitter, unserved.map_or_else(|| service.ready(), Err));
    let reloader = Reloader {
        path: args.config.config.clone(),
        dry_run: args.dry_run,
        in_force: settings,
        metrics,
        reins: node.reins(),
        emitter: emitter.clone(),
        telemetry: Arc::clone(&telemetry),
        service: Arc::clone(&service),
    };
    let reloads = tokio::spawn(reloader.follow(hangups));
    let ended = async {
        let why = ended.await;
        // From here on nothing else is put into force.
        reloads.abort();
        say_unheard(&emitter, service.stopping(&why));
        why
    };
    let courier = Arc::clone(&telemetry.hook);
    let daemon = Daemon::new(node.with_courier(Arc::clone(&courier) as _));
    let stopped = daemon.watched_by(watchdog.map(|watchdog| Arc::new(watchdog) as _)).run(ended).await;
    courier.farewell(&emitter).await;
    stopped.exit_code()
}

fn keep_standing() -> Result<StandingFile, Box<dyn std::error::Error>> {
    Ok(StandingFile::start(&Directory::runtime(), system::boot_id()?)?)
}

async fn listen(settings: &Settings) -> Result<Option<Listener>, ListenError> {
    let Some(metrics) = &settings.metrics else { return Ok(None) };
    match Listener::bind(&metrics.listen).await {
        Ok(listener) => Ok(Some(listener)),
        Err(source) => Err(ListenError { address: metrics.listen.clone(), source }),
    }
}
