//! One event to several sinks.

use std::sync::Arc;

use crate::event::{Event, Sink};

/// Hands every event to each of its sinks, in order. An empty one takes everything and does nothing.
#[derive(Clone, Default)]
pub struct Fanout(pub Vec<Arc<dyn Sink>>);

impl Sink for Fanout {
    fn take(&self, event: &Event) {
        for sink in &self.0 {
            sink.take(event);
        }
    }
}
