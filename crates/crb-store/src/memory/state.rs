//! Everything the store knows, and the one way to change it: a commit.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::time::Duration;

use tokio::time::Instant;

use super::history::{Change, Commit, History};
use super::leases::Leases;
use super::watchers::Watchers;
use crate::{Header, KeyRange, KeyValue, LeaseId, Page, Revision, StoreError, Watch, WatchEvent};

/// Who looks on at every commit.
pub(super) type Observer = Box<dyn FnMut(&Commit, &BTreeMap<String, KeyValue>) + Send>;

pub(super) struct State {
    pub(super) cluster_id: u64,
    pub(super) revision: Revision,
    pub(super) pairs: BTreeMap<String, KeyValue>,
    pub(super) history: History,
    pub(super) leases: Leases,
    pub(super) watchers: Watchers,
    observers: Vec<Observer>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("header", &self.header()).finish_non_exhaustive()
    }
}

impl State {
    pub(super) fn new(cluster_id: u64) -> Self {
        Self {
            cluster_id,
            revision: Revision(1),
            pairs: BTreeMap::new(),
            history: History::default(),
            leases: Leases::new(cluster_id),
            watchers: Watchers::default(),
            observers: Vec::new(),
        }
    }

    pub(super) fn header(&self) -> Header {
        Header { cluster_id: self.cluster_id, revision: self.revision }
    }

    pub(super) fn observe(&mut self, observer: Observer) {
        self.observers.push(observer);
    }

    pub(super) fn history(&self) -> impl Iterator<Item = &Commit> {
        self.history.commits()
    }

    pub(super) fn pairs(&self) -> &BTreeMap<String, KeyValue> {
        &self.pairs
    }

    pub(super) fn compact(&mut self, revision: Revision) -> Result<(), StoreError> {
        self.check_not_future(revision)?;
        self.history.compact(revision)
    }

    pub(super) fn keep_history(&mut self, commits: usize) {
        self.history.keep(commits);
    }

    pub(super) fn page(
        &self,
        range: &KeyRange,
        after: Option<&str>,
        limit: usize,
        at: Option<Revision>,
    ) -> Result<Page, StoreError> {
        check_key(range)?;
        let at = at.filter(|at| *at > Revision::NEVER).unwrap_or(self.revision);
        self.check_not_future(at)?;
        self.history.check(at)?;
        let (items, more) = if at == self.revision {
            cut(within(&self.pairs, range, after), limit)
        } else {
            let now = within(&self.pairs, range, None).map(|pair| (pair.key.clone(), pair.clone())).collect();
            cut(within(&self.history.rewind(range, now, at), range, after), limit)
        };
        Ok(Page { header: self.header(), items, more })
    }

    pub(super) fn watch(&mut self, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError> {
        if ranges.is_empty() {
            return Err(StoreError::Refused("a watch needs a range".to_owned()));
        }
        let from = if from == Revision::NEVER { self.revision.next() } else { from };
        Ok(self.watchers.add(ranges, from, &self.history))
    }

    pub(super) fn grant(&mut self, ttl: Duration, now: Instant) -> Result<LeaseId, StoreError> {
        self.leases.grant(ttl, now)
    }

    pub(super) fn renew(&mut self, lease: LeaseId, now: Instant) -> Result<Duration, StoreError> {
        self.leases.renew(lease, now)
    }

    pub(super) fn lease_end(&self, lease: LeaseId) -> Option<Instant> {
        self.leases.end(lease)
    }

    pub(super) fn has_lease(&self, lease: LeaseId) -> bool {
        self.leases.contains(lease)
    }

    /// Ends a lease: its keys go at one revision.
    pub(super) fn end_lease(&mut self, lease: LeaseId) {
        let keys = self.leases.remove(lease);
        let changes = keys.iter().filter_map(|key| self.remove(key)).collect();
        self.commit(changes);
    }

    pub(super) fn end_leases_due(&mut self, now: Instant) {
        while let Some(lease) = self.leases.due(now) {
            self.end_lease(lease);
        }
    }

    /// Writes a pair as part of the commit to come.
    pub(super) fn put(&mut self, key: String, value: Vec<u8>, lease: Option<LeaseId>) -> Change {
        let before = self.pairs.get(&key).cloned();
        let revision = self.revision.next();
        self.leases.attach(&key, before.as_ref().and_then(|pair| pair.lease), lease);
        let pair = KeyValue {
            key: key.clone(),
            value,
            create_revision: before.as_ref().map_or(revision, |pair| pair.create_revision),
            mod_revision: revision,
            version: before.as_ref().map_or(0, |pair| pair.version) + 1,
            lease,
        };
        self.pairs.insert(key, pair.clone());
        Change { event: WatchEvent::Put(pair), before }
    }

    /// Deletes a pair as part of the commit to come.
    pub(super) fn remove(&mut self, key: &str) -> Option<Change> {
        let before = self.pairs.remove(key)?;
        self.leases.attach(key, before.lease, None);
        let event = WatchEvent::Delete { key: key.to_owned(), revision: self.revision.next() };
        Some(Change { event, before: Some(before) })
    }

    /// Makes `changes` the next revision, if there are any, and tells everybody.
    pub(super) fn commit(&mut self, changes: Vec<Change>) {
        if changes.is_empty() {
            return;
        }
        self.revision = self.revision.next();
        let commit = Commit { revision: self.revision, changes };
        for observer in &mut self.observers {
            observer(&commit, &self.pairs);
        }
        self.watchers.tell(&commit);
        self.history.push(commit);
    }

    fn check_not_future(&self, revision: Revision) -> Result<(), StoreError> {
        if revision > self.revision {
            return Err(StoreError::Refused("required revision is a future revision".to_owned()));
        }
        Ok(())
    }
}

/// The pairs of `range` after the key `after`, in key order.
pub(super) fn within<'a>(
    pairs: &'a BTreeMap<String, KeyValue>,
    range: &'a KeyRange,
    after: Option<&'a str>,
) -> impl Iterator<Item = &'a KeyValue> {
    let (KeyRange::Key(first) | KeyRange::Prefix(first)) = range;
    let start = match after {
        Some(after) if after >= first.as_str() => Bound::Excluded(after),
        _ => Bound::Included(first.as_str()),
    };
    pairs
        .range::<str, _>((start, Bound::Unbounded))
        .map(|(_, pair)| pair)
        .take_while(|pair| range.contains(&pair.key))
}

/// The first `limit` pairs (0: all of them), and whether there were more.
pub(super) fn cut<'a>(mut pairs: impl Iterator<Item = &'a KeyValue>, limit: usize) -> (Vec<KeyValue>, bool) {
    if limit == 0 {
        return (pairs.cloned().collect(), false);
    }
    let items = pairs.by_ref().take(limit).cloned().collect();
    (items, pairs.next().is_some())
}

/// A range must name something: etcd refuses the empty key, but not the empty prefix.
pub(super) fn check_key(range: &KeyRange) -> Result<(), StoreError> {
    match range {
        KeyRange::Key(key) if key.is_empty() => Err(StoreError::Refused("key is not provided".to_owned())),
        _ => Ok(()),
    }
}
