//! Events as plain data; JSON lines, metrics and de-duplication as sinks of them.

mod event;

pub use event::{DetectorReport, Event, Sink, What};
