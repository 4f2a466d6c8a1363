//! Where events go: the log on standard error, and the metrics.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crb_config::{LogFormat, LogLevel, LogSettings};
use crb_decide::NodeName;
use crb_observe::{Background, Clock, Diagnostics, Fanout, Format, Level, Lines, Metrics, Sink};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::commands::version::{COMMIT, VERSION};
use crate::event_hook::{EventHook, Worker};

/// How long the end of the process waits for a reader of the log.
const LAST_LINES: Duration = Duration::from_secs(1);

/// The sinks of a process.
pub(crate) struct Telemetry {
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) hook: Arc<EventHook>,
    pub(crate) worker: Worker,
    pub(crate) log: Background,
}

impl Telemetry {
    /// Sets up the log, and takes what libraries say through `tracing` into it.
    ///
    /// # Errors
    /// There is no thread to be had for the log.
    pub(crate) fn start(node: &NodeName, clock: &Clock, settings: LogSettings) -> io::Result<Self> {
        let format = match settings.format {
            LogFormat::Json => Format::Json,
            LogFormat::Text => Format::Text,
        };
        let level = match settings.level {
            LogLevel::Debug => Level::Debug,
            LogLevel::Info => Level::Info,
            LogLevel::Warn => Level::Warn,
            LogLevel::Error => Level::Error,
        };
        let log = Background::start(io::stderr())?;
        let lines = Arc::new(Lines::new(log.clone(), format, level));
        let diagnostics = Diagnostics::new(node.clone(), Arc::clone(clock), Arc::clone(&lines));
        // A second subscriber in one process is refused, and the first one serves as well.
        tracing_subscriber::registry().with(diagnostics).try_init().ok();

        let metrics = Arc::new(Metrics::new(VERSION, COMMIT));
        let (hook, worker) = EventHook::new();
        let sinks: Vec<Arc<dyn Sink>> = vec![lines, Arc::clone(&metrics) as _, Arc::clone(&hook) as _];
        Ok(Self { sink: Arc::new(Fanout(sinks)), metrics, hook, worker, log })
    }
}

/// Waits, though not for long, until everything is written that was said to `log`.
pub(crate) fn settle(log: &Background) {
    log.settle(LAST_LINES);
}
