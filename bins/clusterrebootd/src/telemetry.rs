//! Where events go: the log on standard error, and the metrics.

use std::io::Stderr;
use std::sync::Arc;

use crb_config::{LogFormat, LogLevel, LogSettings};
use crb_decide::NodeName;
use crb_observe::{ChangesOnly, Clock, Diagnostics, Fanout, Format, Level, Lines, Metrics, Sink};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::commands::version::{COMMIT, VERSION};

/// The sinks of a process.
pub(crate) struct Telemetry {
    pub(crate) sink: Arc<dyn Sink>,
    pub(crate) metrics: Arc<Metrics>,
}

impl Telemetry {
    /// Sets up the log, and takes what libraries say through `tracing` into it.
    pub(crate) fn new(node: &NodeName, clock: &Clock, settings: LogSettings) -> Self {
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
        let lines: Arc<Lines<Stderr>> = Arc::new(Lines::new(std::io::stderr(), format, level));
        let diagnostics = Diagnostics::new(node.clone(), Arc::clone(clock), Arc::clone(&lines));
        // A second subscriber in one process is refused, and the first one serves as well.
        tracing_subscriber::registry().with(diagnostics).try_init().ok();

        let metrics = Arc::new(Metrics::new(VERSION, COMMIT));
        let log: Arc<dyn Sink> =
            if level == Level::Debug { lines } else { Arc::new(ChangesOnly::new(lines)) };
        let sink = Arc::new(Fanout(vec![log, Arc::clone(&metrics) as Arc<dyn Sink>]));
        Self { sink, metrics }
    }
}
