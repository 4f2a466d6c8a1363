//! Keeps what a daemon tells, and wakes who waits for it.

use std::sync::Mutex;
use std::time::Duration;

use crb_observe::{Event, Sink, What};
use tokio::sync::Notify;
use tokio::time::timeout;

/// What was not told after so long never will be.
const PATIENCE: Duration = Duration::from_secs(48 * 3600);

/// Everything that was told.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    events: Mutex<Vec<Event>>,
    more: Notify,
}

impl Sink for Tape {
    fn take(&self, event: &Event) {
        self.events.lock().unwrap().push(event.clone());
        self.more.notify_waiters();
    }
}

impl Tape {
    /// Everything so far.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }

    /// Forgets everything so far.
    pub(crate) fn forget(&self) {
        self.events.lock().unwrap().clear();
    }

    /// How often this was told.
    pub(crate) fn count(&self, what: impl Fn(&What) -> bool) -> usize {
        self.events.lock().unwrap().iter().filter(|event| what(&event.what)).count()
    }

    /// Returns the first event of this kind as soon as there is one.
    pub(crate) async fn told(&self, what: impl Fn(&What) -> bool) -> Event {
        let search = async {
            loop {
                let more = self.more.notified();
                let found = self.events.lock().unwrap().iter().find(|event| what(&event.what)).cloned();
                if let Some(event) = found {
                    return event;
                }
                more.await;
            }
        };
        let found = timeout(PATIENCE, search).await;
        found.unwrap_or_else(|_| panic!("it was never told; what was: {:#?}", self.events()))
    }
}
