//! What a refused transaction read in its other branch.

use crb_store::{KeyValue, OpReply, TxnReply};

/// The first pair that each of the branch's reads found.
pub(crate) fn found<const N: usize>(reply: TxnReply) -> [Option<KeyValue>; N] {
    let mut replies = reply.replies.into_iter();
    [(); N].map(|()| match replies.next() {
        Some(OpReply::Get { items, .. }) => items.into_iter().next(),
        Some(OpReply::Put | OpReply::Delete(_)) | None => None,
    })
}
