//! Reads of several ranges at one revision.

use crate::Store;
use crate::error::StoreError;
use crate::kv::{Header, KeyRange, KeyValue};
use crate::txn::{Op, OpReply, Txn};

/// How many pairs one read asks for.
pub const PAGE_SIZE: usize = 1_000;

/// What several ranges held at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Cluster, and the revision all ranges were read at.
    pub header: Header,
    /// One list a range asked for, in the order asked, each in key order.
    pub ranges: Vec<Vec<KeyValue>>,
}

/// Reads `ranges` at one revision: one linearizable transaction, and further pages at its revision.
pub async fn snapshot(store: &dyn Store, ranges: &[KeyRange]) -> Result<Snapshot, StoreError> {
    let mut found = vec![vec![]; ranges.len()];
    let header = snapshot_pages(store, ranges, |index, page| found[index].extend(page)).await?;
    Ok(Snapshot { header, ranges: found })
}

/// The same, page by page: each is handed to `take` with the index of its range, and no more than one a range is
/// held at a time.
pub async fn snapshot_pages(
    store: &dyn Store,
    ranges: &[KeyRange],
    mut take: impl FnMut(usize, Vec<KeyValue>),
) -> Result<Header, StoreError> {
    let reply = store.txn(Txn::default().then(ranges.iter().cloned().map(Op::get))).await?;
    let header = reply.header;
    for (index, (range, answer)) in ranges.iter().zip(reply.replies).enumerate() {
        let OpReply::Get { mut items, mut more } = answer else {
            return Err(StoreError::Refused("a read was answered as a write".to_owned()));
        };
        while more {
            let after = items.last().map(|pair| pair.key.clone());
            take(index, items);
            let page = store.page(range, after.as_deref(), PAGE_SIZE, Some(header.revision)).await?;
            (items, more) = (page.items, page.more);
        }
        take(index, items);
    }
    Ok(header)
}
