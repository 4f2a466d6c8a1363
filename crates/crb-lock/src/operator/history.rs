//! History: what became of claims, and what operators did, the newest first.

use std::collections::VecDeque;

use crb_decide::NodeName;
use crb_store::{KeyValue, PAGE_SIZE};
use jiff::{SignedDuration, Timestamp};

use super::{Operator, OperatorError};
use crate::keys::Keys;
use crate::records::HistoryRecord;

/// How far the first look goes back. Each further one goes back so many times as far, for most ask for few
/// entries, and those are near; after the last one comes everything that is older.
const FIRST_LOOK: SignedDuration = SignedDuration::from_hours(24);
const WIDER: i32 = 4;
const LOOKS: u32 = 5;

/// An entry of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// When, by the key; `None` where that tells no time.
    pub at: Option<Timestamp>,
    /// Which node it is about, by the key.
    pub node: String,
    /// What it says; `None` where that cannot be read.
    pub record: Option<HistoryRecord>,
}

/// Some of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The newest entries, the newest first.
    pub entries: Vec<HistoryEntry>,
    /// Whether there are older ones.
    pub more: bool,
}

impl Operator {
    /// The newest `limit` entries, of `node` if one is named. However long the history is, no more of it is held
    /// at a time than a page, and what is asked for.
    ///
    /// # Errors
    /// A refusal or the silence of the store.
    pub async fn history(
        &self,
        node: Option<&NodeName>,
        limit: usize,
        now: Timestamp,
    ) -> Result<History, OperatorError> {
        let mut entries = vec![];
        let mut before: Option<String> = None;
        for start in starts(now) {
            let start = start.map(|start| self.keys.history_from(start));
            let room = limit.saturating_add(1).saturating_sub(entries.len());
            let newest = self.newest(node, start.as_deref(), before.as_deref(), room).await?;
            entries.extend(newest.into_iter().rev());
            if entries.len() > limit {
                break;
            }
            before = start;
        }
        let more = entries.len() > limit;
        entries.truncate(limit);
        Ok(History { entries, more })
    }

    /// Shows every entry to `take`, the oldest first. No more than a page of them is held at a time.
    ///
    /// # Errors
    /// A refusal or the silence of the store.
    pub async fn each_entry(&self, mut take: impl FnMut(HistoryEntry)) -> Result<(), OperatorError> {
        let mut after: Option<String> = None;
        loop {
            let page =
                self.store.page(&self.keys.history_records(), after.as_deref(), PAGE_SIZE, None).await?;
            page.items.iter().map(entry).for_each(&mut take);
            match page.items.last() {
                Some(last) if page.more => after = Some(last.key.clone()),
                _ => return Ok(()),
            }
        }
    }

    /// The newest entries after the key `after` and before the key `before`, no more than there is `room` for, the
    /// newest last. What is put meanwhile is newer than all of them, and needs no single revision to be read at.
    async fn newest(
        &self,
        node: Option<&NodeName>,
        after: Option<&str>,
        before: Option<&str>,
        room: usize,
    ) -> Result<VecDeque<HistoryEntry>, OperatorError> {
        let mut newest = VecDeque::new();
        let mut after = after.map(str::to_owned);
        loop {
            let page =
                self.store.page(&self.keys.history_records(), after.as_deref(), PAGE_SIZE, None).await?;
            after = page.items.last().map(|pair| pair.key.clone());
            let is_over = |pair: &KeyValue| before.is_some_and(|before| pair.key.as_str() >= before);
            let done = !page.more || page.items.last().is_none_or(is_over);
            for pair in page.items.iter().take_while(|pair| !is_over(pair)) {
                let entry = entry(pair);
                if node.is_some_and(|node| entry.about() != node.as_str()) {
                    continue;
                }
                newest.push_back(entry);
                if newest.len() > room {
                    newest.pop_front();
                }
            }
            if done {
                return Ok(newest);
            }
        }
    }
}

impl HistoryEntry {
    /// Which node it is about.
    pub fn about(&self) -> &str {
        self.record.as_ref().map_or(&self.node, |record| &record.node)
    }
}

/// From when on to look; at last from the beginning.
pub(crate) fn starts(now: Timestamp) -> impl Iterator<Item = Option<Timestamp>> {
    (0..LOOKS)
        .filter_map(move |look| now.checked_sub(FIRST_LOOK * WIDER.pow(look)).ok())
        .map(Some)
        .chain([None])
}

fn entry(pair: &KeyValue) -> HistoryEntry {
    let leaf = Keys::leaf(&pair.key);
    // The time ends with the Z of UTC.
    let (at, node) = match leaf.split_once("Z-") {
        Some((time, node)) => (format!("{time}Z").parse().ok(), node),
        None => (None, leaf),
    };
    HistoryEntry { at, node: node.to_owned(), record: serde_json::from_slice(&pair.value).ok() }
}
