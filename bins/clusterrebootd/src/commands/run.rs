//! `run`: the daemon, or one diagnostic pass with `--once`.

use std::io;
use std::sync::Arc;

use crb_config::{Loaded, Settings};
use crb_decide::{ExitCode, LockUse};
use crb_observe::{Emitter, Listener, What};
use crb_orchestrate::{Daemon, Diagnosis};

use crate::adapters::MemoryFile;
use crate::cli::RunArgs;
use crate::commands::{block_on, config, ended, status};
use crate::compose::Composed;
use crate::directory::Directory;
use crate::single::SingleDaemon;
use crate::system::System;
use crate::telemetry::{self, Telemetry};
use crate::{cli::Output, compose, output, stale_reads, system};

/// The metrics listener could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on metrics.listen {address}")]
struct ListenError {
    address: String,
    source: io::Error,
}

pub(crate) fn run(args: &RunArgs, system: &System) -> ExitCode {
    let mut loaded = match config::read(&args.config.config, system) {
        Ok(loaded) => loaded,
        Err(code) => return code,
    };
    loaded.settings.dry_run |= args.dry_run;
    if args.once {
        let diagnosis = Diagnosis { skip_health: false, lock: LockUse::Queue, try_lock: true };
        return status::diagnose(&loaded, diagnosis, Output::Text, system);
    }
    let Loaded { settings, warnings, .. } = loaded;
    let _only = match SingleDaemon::of(&Directory::runtime()) {
        Ok(only) => only,
        Err(error) => return output::failure(&error),
    };
    let memory = match MemoryFile::try_new(Directory::state()) {
        Ok(memory) => Arc::new(memory),
        Err(error) => return output::failure(&error),
    };
    let clock = system::clock();
    let telemetry = match Telemetry::start(&settings.node_name, &clock, settings.log) {
        Ok(telemetry) => telemetry,
        Err(error) => return output::failure(&error),
    };
    let emitter = Emitter::new(settings.node_name.clone(), Arc::clone(&clock), Arc::clone(&telemetry.sink));
    let Telemetry { metrics, hook, worker, log, .. } = telemetry;
    let code = block_on(async move {
        // The handlers are in place before anything is held that a signal would have to give back.
        let ended = match ended() {
            Ok(ended) => ended,
            Err(error) => return output::failure(&error),
        };
        tokio::spawn(worker.run(emitter.clone()));
        let listener = listen(&settings).await;
        let address =
            listener.as_ref().ok().and_then(Option::as_ref).map(|listener| listener.local_addr().to_string());
        hook.set_program(compose::event_program(&settings, address.as_deref()));
        for warning in &warnings {
            let hint = warning.hint().map_or_else(String::new, |hint| format!("; {hint}"));
            emitter.emit(What::ConfigWarning { message: format!("{}: {warning}{hint}", warning.code()) });
        }
        let listener = match listener {
            Ok(listener) => listener,
            Err(error) => return output::failure(&error),
        };
        if let Some(listener) = listener {
            tokio::spawn(listener.serve(metrics));
        }
        match compose::node(&settings, memory, emitter.clone(), clock, address.as_deref()) {
            Ok(Composed { node, members }) => {
                let presence = node.coordinator.follow_presence();
                tokio::spawn(stale_reads::warn(members, presence, emitter.clone()));
                let stopped = Daemon::new(node.with_courier(Arc::clone(&hook) as _)).run(ended).await;
                hook.farewell(&emitter).await;
                stopped.exit_code()
            }
            Err(error) => output::failure(&error),
        }
    });
    telemetry::settle(&log);
    code
}

async fn listen(settings: &Settings) -> Result<Option<Listener>, ListenError> {
    let Some(metrics) = &settings.metrics else { return Ok(None) };
    match Listener::bind(&metrics.listen).await {
        Ok(listener) => Ok(Some(listener)),
        Err(source) => Err(ListenError { address: metrics.listen.clone(), source }),
    }
}
