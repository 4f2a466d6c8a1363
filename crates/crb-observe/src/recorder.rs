//! A sink that keeps everything, for tests and simulators.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::event::{Event, Sink};

/// Keeps every event in order.
#[derive(Debug, Default)]
pub struct Recorder(Mutex<Vec<Event>>);

impl Recorder {
    /// All events so far.
    pub fn events(&self) -> Vec<Event> {
        self.lock().clone()
    }

    /// All events since the last call of this.
    pub fn drain(&self) -> Vec<Event> {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Event>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Recorder {
    fn take(&self, event: &Event) {
        self.lock().push(event.clone());
    }
}
