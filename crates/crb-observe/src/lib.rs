//! Events as plain data; JSON lines, metrics and de-duplication as sinks of them.
//!
//! Every part of a node tells an [`Emitter`] [`What`] happened; the emitter stamps it and hands the [`Event`]
//! to a [`Sink`]. [`Lines`] writes the log, through a [`Background`] where the reader may stall; [`Metrics`]
//! counts for the [`Listener`] that Prometheus scrapes; [`Standing`] knows since when a reason has held; [`ChangesOnly`] drops repeats; [`Recorder`] keeps
//! everything for tests and simulators; [`Fanout`] serves several. [`Diagnostics`] brings what libraries
//! say through `tracing` into the same log.
//!
//! **Invariant:** a sink never blocks and never fails the daemon: a line or a count is lost, and no more.

mod background;
mod changes;
mod diagnostics;
mod emitter;
mod event;
mod fanout;
mod format;
mod gist;
mod labels;
mod level;
mod lines;
mod listener;
mod metrics;
mod names;
mod project;
mod record;
mod recorder;
#[cfg(test)]
mod samples;
mod standing;

pub use background::Background;
pub use changes::{Changes, ChangesOnly};
pub use diagnostics::Diagnostics;
pub use emitter::{Clock, Emitter};
pub use event::{ConfigFault, DetectorReport, Event, Sink, What};
pub use fanout::Fanout;
pub use format::Format;
pub use level::Level;
pub use lines::Lines;
pub use listener::Listener;
pub use metrics::{METRICS, MetricInfo, MetricKind, Metrics};
pub use names::EVENTS;
pub use project::record;
pub use record::{Fields, Record};
pub use recorder::Recorder;
pub use standing::Standing;
