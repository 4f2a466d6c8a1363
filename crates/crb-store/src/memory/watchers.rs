//! Who follows which ranges.

use super::history::{Commit, History};
use crate::{KeyRange, Revision, Watch, WatchBatch, WatchEvent, WatchSender, watch_channel};

/// The running watches.
#[derive(Debug, Default)]
pub(super) struct Watchers(Vec<Watcher>);

#[derive(Debug)]
struct Watcher {
    ranges: Vec<KeyRange>,
    from: Revision,
    sender: WatchSender,
}

impl Watchers {
    /// Starts a watch, which begins with what `history` already holds of it.
    pub(super) fn add(&mut self, ranges: &[KeyRange], from: Revision, history: &History) -> Watch {
        let (sender, watch) = watch_channel();
        let watcher = Watcher { ranges: ranges.to_vec(), from, sender };
        if let Err(compacted) = history.check(from) {
            // The receiver is in our hands, so this arrives.
            let _ = watcher.sender.send(Err(compacted));
        } else if history.commits().all(|commit| watcher.tell(commit)) {
            self.0.push(watcher);
        }
        watch
    }

    /// Tells everybody, and drops the watches that nobody reads any more.
    pub(super) fn tell(&mut self, commit: &Commit) {
        self.0.retain(|watcher| watcher.tell(commit));
    }
}

impl Watcher {
    /// Passes on what concerns this watch; false when nobody listens any more.
    fn tell(&self, commit: &Commit) -> bool {
        if commit.revision < self.from {
            return !self.sender.is_closed();
        }
        let events: Vec<WatchEvent> = commit
            .changes
            .iter()
            .map(|change| &change.event)
            .filter(|event| self.ranges.iter().any(|range| range.contains(event.key())))
            .cloned()
            .collect();
        if events.is_empty() {
            return !self.sender.is_closed();
        }
        self.sender.send(Ok(WatchBatch { revision: commit.revision, events })).is_ok()
    }
}
