//! The last reboot of every node, out of the history.

use std::collections::{BTreeMap, BTreeSet};

use crb_decide::NodeName;
use crb_store::{KeyValue, PAGE_SIZE, Revision, Store, StoreError};
use jiff::Timestamp;

use super::LastReboot;
use crate::keys::Keys;
use crate::operator::history::starts;
use crate::records::HistoryRecord;

/// The outcome of a claim whose node came back from its reboot and was well.
const REBOOTED: &str = "released";

/// Notes a reboot of which an entry of the history tells, if none is known that is newer.
pub(super) fn note(reboots: &mut BTreeMap<NodeName, LastReboot>, pair: &KeyValue) {
    let Ok(HistoryRecord { node, outcome, committed_at, ended_at, .. }) = serde_json::from_slice(&pair.value)
    else {
        return;
    };
    let Ok(node) = NodeName::try_new(node) else { return };
    if outcome == REBOOTED && reboots.get(&node).is_none_or(|known| known.released_at <= ended_at) {
        reboots.insert(node, LastReboot { committed_at, released_at: ended_at });
    }
}

/// The last reboot of everyone who is `known`, as the history stood at revision `at`. What is newer is read first, and
/// nothing further once a reboot of everyone was found; however long the history is, a page of it is held at a time.
pub(super) async fn last(
    store: &dyn Store,
    keys: &Keys,
    known: &BTreeSet<NodeName>,
    at: Revision,
    now: Timestamp,
) -> Result<BTreeMap<NodeName, LastReboot>, StoreError> {
    let mut reboots = BTreeMap::new();
    let mut end: Option<String> = None;
    for start in starts(now).map(|start| start.map(|start| keys.history_from(start))) {
        if known.iter().all(|node| reboots.contains_key(node)) {
            break;
        }
        let is_read = |pair: &KeyValue| end.as_ref().is_some_and(|end| pair.key >= *end);
        let mut after = start.clone();
        loop {
            let page = store.page(&keys.history_records(), after.as_deref(), PAGE_SIZE, Some(at)).await?;
            page.items.iter().take_while(|pair| !is_read(pair)).for_each(|pair| note(&mut reboots, pair));
            after = page.items.last().map(|pair| pair.key.clone());
            if !page.more || page.items.last().is_none_or(is_read) {
                break;
            }
        }
        end = start;
    }
    // An entry outlives its node's place on the roster.
    reboots.retain(|node, _| known.contains(node));
    Ok(reboots)
}
