//! Where events go: the log on standard error, and the metrics.

use std::io;
use std::panic;
use std::sync::Arc;
use std::time::Duration;

use crb_config::{LogFormat, LogLevel, LogSettings};
use crb_decide::NodeName;
use crb_observe::{Background, Clock, Diagnostics, Fanout, Format, Level, Lines, Metrics, Sink};

use crate::commands::version::{COMMIT, VERSION};
use crate::event_hook::{EventHook, Worker};

/// How long the end of the process waits for a reader of the log.
const LAST_LINES: Duration = Duration::from_secs(1);

/// The sinks of a process.
pub(crate) struct Telemetry {
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) hook: Arc<EventHook>,
    lines: Arc<Lines<Background>>,
    log: Background,
}

impl Telemetry {
    /// Sets up the log, and takes what libraries say through `tracing` into it. The worker runs the program for events.
    ///
    /// # Errors
    /// There is no thread to be had for the log.
    pub(crate) fn start(node: &NodeName, clock: &Clock, settings: LogSettings) -> io::Result<(Self, Worker)> {
        let format = match settings.format {
            LogFormat::Json => Format::Json,
            LogFormat::Text => Format::Text,
        };
        let log = Background::start(io::stderr())?;
        let lines = Arc::new(Lines::new(log.clone(), format, level(settings.level)));
        let diagnostics = Diagnostics::new(node.clone(), Arc::clone(clock), Arc::clone(&lines));
        // A second subscriber in one process is refused, and the first one serves as well.
        tracing::subscriber::set_global_default(diagnostics).ok();

        let metrics = Arc::new(Metrics::new(VERSION, COMMIT));
        let (hook, worker) = EventHook::new();
        let sinks: [Arc<dyn Sink>; 3] =
            [Arc::clone(&lines) as _, Arc::clone(&metrics) as _, Arc::clone(&hook) as _];
        let sink = Arc::new(Fanout(sinks.into()));
        Ok((Self { sink, metrics, hook, lines, log }, worker))
    }

    /// Logs what is of `wanted` or above from now on.
    pub(crate) fn set_level(&self, wanted: LogLevel) {
        self.lines.set_threshold(level(wanted));
    }

    /// Waits, though not for long, until everything is written that was said.
    fn settle(&self) {
        self.log.settle(LAST_LINES);
    }
}

/// Settles the log when it is dropped, so that the last words are heard however the daemon ends.
pub(crate) struct LastWords(Arc<Telemetry>);

impl LastWords {
    /// Those of a daemon that tells `telemetry`. A panic ends the process where it stands, so the log is settled before that
    /// is told.
    pub(crate) fn of(telemetry: &Arc<Telemetry>) -> Self {
        let (log, tell) = (telemetry.log.clone(), panic::take_hook());
        panic::set_hook(Box::new(move |panic| {
            log.settle(LAST_LINES);
            tell(panic);
        }));
        Self(Arc::clone(telemetry))
    }
}

impl Drop for LastWords {
    fn drop(&mut self) {
        self.0.settle();
    }
}

fn level(wanted: LogLevel) -> Level {
    match wanted {
        LogLevel::Debug => Level::Debug,
        LogLevel::Info => Level::Info,
        LogLevel::Warn => Level::Warn,
        LogLevel::Error => Level::Error,
    }
}
