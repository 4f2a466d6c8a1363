//! Events as plain data; JSON lines, metrics and de-duplication as sinks of them.

mod emitter;
mod event;
mod fanout;
mod recorder;

pub use emitter::{Clock, Emitter};
pub use event::{DetectorReport, Event, Sink, What};
pub use fanout::Fanout;
pub use recorder::Recorder;
