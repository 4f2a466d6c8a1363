//! Loads the configuration again at every SIGHUP, and puts into force what may change while the daemon is at work.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crb_config::{Fault, Loaded, Settings, Severity};
use crb_observe::{ConfigFault, Emitter, What};
use crb_orchestrate::Reins;
use tokio::signal::unix::Signal;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::commands::config;
use crate::service::{ServiceManager, say_unheard};
use crate::telemetry::Telemetry;
use crate::{compose, system};

/// Reloads follow each other no faster. The signals that come meanwhile are one.
const PACE: Duration = Duration::from_secs(1);

/// How long the files may take to be read; those on a network may hang.
const LIMIT: Duration = Duration::from_secs(10);

/// What a reload needs of the running daemon.
pub(crate) struct Reloader {
    /// The configuration.
    pub(crate) path: PathBuf,
    /// Whether the command line wants a dry run, whatever the file says.
    pub(crate) dry_run: bool,
    /// What is in force.
    pub(crate) in_force: Settings,
    /// The address at which metrics are served.
    pub(crate) metrics: Option<String>,
    /// By which the node is told.
    pub(crate) reins: Reins,
    pub(crate) emitter: Emitter,
    pub(crate) telemetry: Arc<Telemetry>,
    pub(crate) service: Arc<ServiceManager>,
}

impl Reloader {
    /// Reloads once for all the signals that came since the last time.
    pub(crate) async fn follow(mut self, mut hangups: Signal) {
        while hangups.recv().await.is_some() {
            say_unheard(&self.emitter, self.service.reloading());
            self.reload().await;
            say_unheard(&self.emitter, self.service.ready());
            sleep(PACE).await;
        }
    }

    async fn reload(&mut self) {
        match self.load().await {
            Ok(loaded) => self.take(&loaded),
            Err(faults) => self.emitter.emit(What::ConfigRejected { faults }),
        }
    }

    /// The configuration as its files are now.
    async fn load(&self) -> Result<Loaded, Vec<ConfigFault>> {
        let path = self.path.clone();
        let loading = spawn_blocking(move || config::load(&path, &system::hostname()));
        match timeout(LIMIT, loading).await {
            Ok(Ok(Ok(mut loaded))) => {
                loaded.settings.dry_run |= self.dry_run;
                Ok(loaded)
            }
            Ok(Ok(Err(faults))) => {
                let errors = faults.iter().filter(|fault| fault.severity() == Severity::Error);
                Err(errors.map(fault_of).collect())
            }
            Ok(Err(error)) => Err(self.unreadable(&error.to_string())),
            Err(_) => Err(self.unreadable(&format!("no answer within {} s", LIMIT.as_secs()))),
        }
    }

    /// Puts all of it into force that may be, or nothing.
    fn take(&mut self, loaded: &Loaded) {
        let reload = self.in_force.reload(&loaded.settings);
        let setup = match compose::setup(&reload.settings, self.metrics.as_deref()) {
            Ok(setup) => setup,
            Err(error) => {
                let faults = self.unreadable(&error.to_string());
                return self.emitter.emit(What::ConfigRejected { faults });
            }
        };
        self.telemetry.hook.set_program(compose::event_program(&reload.settings, self.metrics.as_deref()));
        compose::warn(&loaded.warnings, &self.emitter);
        // Whoever is silenced by the new level is to have said that it is in force, and whoever is not, too.
        let louder = reload.settings.log.level < self.in_force.log.level;
        let set_level = || self.telemetry.set_level(reload.settings.log.level);
        if louder {
            set_level();
        }
        self.emitter.emit(What::ConfigReloaded {
            changed: reload.changed.clone(),
            needs_restart: reload.held_back.clone(),
        });
        set_level();
        if reload.changed.is_empty() {
            self.reins.wake();
        } else {
            self.reins.take_over(setup, compose::terms(&reload.settings));
        }
        self.in_force = reload.settings;
    }

    fn unreadable(&self, error: &str) -> Vec<ConfigFault> {
        let message = format!("cannot use {}: {error}", self.path.display());
        vec![ConfigFault { place: None, code: "config::unreadable".to_owned(), message, hint: None }]
    }
}

fn fault_of(fault: &Fault) -> ConfigFault {
    ConfigFault {
        place: fault.position().map(|(file, line, column)| (file.to_owned(), line, column)),
        code: fault.code().to_owned(),
        message: fault.to_string(),
        hint: fault.hint().map(str::to_owned),
    }
}
