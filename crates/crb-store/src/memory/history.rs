//! What every revision changed, and by it how things stood at an older one.

use std::collections::{BTreeMap, VecDeque};

use crate::{KeyRange, KeyValue, Revision, StoreError, WatchEvent};

/// One change of one key, with what it replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What a watch is told.
    pub event: WatchEvent,
    /// The pair before the change; `None` where the key was created.
    pub before: Option<KeyValue>,
}

/// All changes of one revision. No key changes twice in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The revision.
    pub revision: Revision,
    /// Its changes, in the order in which the transaction made them; never empty.
    pub changes: Vec<Change>,
}

/// The commits since the last compaction.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    commits: VecDeque<Commit>,
    compacted: Revision,
    /// How many commits are kept; `None`: all.
    kept: Option<usize>,
}

impl History {
    pub(super) fn push(&mut self, commit: Commit) {
        self.commits.push_back(commit);
        self.cut();
    }

    /// From now on keeps the last `kept` commits alone.
    pub(super) fn keep(&mut self, kept: usize) {
        self.kept = Some(kept);
        self.cut();
    }

    fn cut(&mut self) {
        let Some(kept) = self.kept else { return };
        while self.commits.len() > kept
            && let Some(oldest) = self.commits.pop_front()
        {
            self.compacted = oldest.revision.next();
        }
    }

    pub(super) fn commits(&self) -> impl DoubleEndedIterator<Item = &Commit> {
        self.commits.iter()
    }

    /// Whether the events of `revision` are still told.
    pub(super) fn check(&self, revision: Revision) -> Result<(), StoreError> {
        if revision < self.compacted { Err(StoreError::Compacted(revision)) } else { Ok(()) }
    }

    /// Forgets the commits before `revision`. A compaction that was done before is refused, as etcd does.
    pub(super) fn compact(&mut self, revision: Revision) -> Result<(), StoreError> {
        if revision <= self.compacted {
            return Err(StoreError::Compacted(revision));
        }
        self.compacted = revision;
        while self.commits.front().is_some_and(|commit| commit.revision < revision) {
            self.commits.pop_front();
        }
        Ok(())
    }

    /// Turns `pairs` of `range`, as they are now, into what they were at `revision`.
    pub(super) fn rewind(
        &self,
        range: &KeyRange,
        mut pairs: BTreeMap<String, KeyValue>,
        revision: Revision,
    ) -> BTreeMap<String, KeyValue> {
        let newer = self.commits.iter().rev().take_while(|commit| commit.revision > revision);
        for change in newer.flat_map(|commit| &commit.changes) {
            let key = change.event.key();
            if range.contains(key) {
                match &change.before {
                    Some(pair) => pairs.insert(key.to_owned(), pair.clone()),
                    None => pairs.remove(key),
                };
            }
        }
        pairs
    }
}
