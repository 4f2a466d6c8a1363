//! Watches: which changes are told, and how they are bundled.

use std::time::Duration;

use crb_store::{KeyRange, Op, Revision, StoreError, Watch, WatchBatch, WatchEvent};
use tokio::time::timeout;

use crate::bed::Bed;

const PATIENCE: Duration = Duration::from_secs(10);

async fn next(watch: &mut Watch) -> Result<WatchBatch, StoreError> {
    timeout(PATIENCE, watch.next()).await.expect("the watch tells something")
}

async fn watch(bed: &Bed, range: KeyRange, from: Revision) -> Watch {
    bed.watch(&[range], from).await.unwrap()
}

/// The changes of a batch in short: `+put -deleted`.
fn told(batch: &WatchBatch) -> String {
    let change = |event: &WatchEvent| match event {
        WatchEvent::Put(pair) => {
            assert_eq!(pair.mod_revision, batch.revision);
            format!("+{}", pair.key)
        }
        WatchEvent::Delete { key, revision } => {
            assert_eq!(*revision, batch.revision);
            format!("-{key}")
        }
    };
    batch.events.iter().map(change).collect::<Vec<_>>().join(" ")
}

pub(crate) async fn a_watch_from_the_past_tells_a_batch_a_revision(bed: &Bed) {
    bed.put("k/0", "").await;
    let from = bed.put("k/1", "one").await;
    bed.put("k/1", "two").await;
    bed.apply([Op::put("k/2", ""), Op::delete("k/1")]).await;
    let mut watch = watch(bed, KeyRange::prefix("k/"), from).await;
    bed.delete("k/2").await;

    let batches =
        [next(&mut watch).await, next(&mut watch).await, next(&mut watch).await, next(&mut watch).await];
    let batches = batches.map(Result::unwrap);
    assert_eq!(batches.each_ref().map(|batch| batch.revision.0 - from.0), [0, 1, 2, 3]);
    assert_eq!(batches.each_ref().map(told), ["+k/1", "+k/1", "+k/2 -k/1", "-k/2"]);
    let WatchEvent::Put(pair) = &batches[1].events[0] else { panic!("{batches:?}") };
    assert_eq!((&pair.value[..], pair.create_revision, pair.version), (&b"two"[..], from, 2));
}

pub(crate) async fn a_watch_from_the_future_is_silent_until_then(bed: &Bed) {
    let now = bed.put("a", "").await;
    let mut watch = watch(bed, KeyRange::key("a"), Revision(now.0 + 3)).await;
    for _ in 0..3 {
        bed.put("a", "").await;
    }
    assert_eq!(next(&mut watch).await.unwrap().revision, Revision(now.0 + 3));
}

pub(crate) async fn a_watch_from_now_tells_nothing_old(bed: &Bed) {
    bed.put("a", "").await;
    let mut watch = watch(bed, KeyRange::key("a"), Revision::NEVER).await;
    let put = bed.put("a", "").await;
    assert_eq!(next(&mut watch).await.unwrap().revision, put);
}

pub(crate) async fn a_watch_tells_only_its_range(bed: &Bed) {
    let first = bed.put("k", "").await;
    let mut prefix = watch(bed, KeyRange::prefix("k/"), first).await;
    let mut key = watch(bed, KeyRange::key("k/1"), first).await;
    for key in ["j", "k", "k0", "l", "k/2"] {
        bed.put(key, "").await;
    }
    bed.apply([Op::put("k/3", ""), Op::put("k/1", ""), Op::put("m", "")]).await;

    assert_eq!(told(&next(&mut prefix).await.unwrap()), "+k/2");
    assert_eq!(told(&next(&mut prefix).await.unwrap()), "+k/3 +k/1");
    assert_eq!(told(&next(&mut key).await.unwrap()), "+k/1");
}

pub(crate) async fn a_batch_keeps_the_order_of_the_transaction(bed: &Bed) {
    let first = bed.apply(["d/2", "d/1", "z"].map(|key| Op::put(key, ""))).await.header.revision;
    let mut live = watch(bed, KeyRange::prefix(""), first.next()).await;
    bed.apply([Op::put("m", ""), Op::Delete { range: KeyRange::prefix("d/") }, Op::put("a", "")]).await;
    let expected = "+m -d/1 -d/2 +a";
    assert_eq!(told(&next(&mut live).await.unwrap()), expected);
    let mut late = watch(bed, KeyRange::prefix(""), first).await;
    assert_eq!(told(&next(&mut late).await.unwrap()), "+d/2 +d/1 +z");
    assert_eq!(told(&next(&mut late).await.unwrap()), expected);
}

pub(crate) async fn several_ranges_are_told_in_one_watch(bed: &Bed) {
    let first = bed.put("a/1", "").await;
    let ranges = [KeyRange::prefix("a/"), KeyRange::key("b"), KeyRange::prefix("c/")];
    let mut watch = bed.watch(&ranges, first.next()).await.unwrap();
    bed.apply(["a/2", "b", "b/1", "c/1"].map(|key| Op::put(key, ""))).await;
    let mut all = changes(&mut watch, 3).await;
    all.sort();
    assert_eq!(all, ["+a/2", "+b", "+c/1"]);
}

pub(crate) async fn overlapping_ranges_tell_a_change_once(bed: &Bed) {
    let ranges =
        [KeyRange::key("a/1"), KeyRange::prefix("a/"), KeyRange::prefix("a/1"), KeyRange::key("a/1")];
    let mut watch = bed.watch(&ranges, Revision(1)).await.unwrap();
    for key in ["a/1", "a/2", "b", "a/3"] {
        bed.put(key, "").await;
    }
    assert_eq!(changes(&mut watch, 3).await, ["+a/1", "+a/2", "+a/3"]);
}

/// The next `count` changes, however they are bundled.
async fn changes(watch: &mut Watch, count: usize) -> Vec<String> {
    let mut all = Vec::new();
    while all.len() < count {
        all.extend(told(&next(watch).await.unwrap()).split(' ').map(str::to_owned));
    }
    all
}

pub(crate) async fn a_watch_of_nothing_is_refused(bed: &Bed) {
    let refused = bed.watch(&[], Revision(1)).await.map(drop);
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
}

pub(crate) async fn a_watch_from_a_compacted_revision_says_so(bed: &Bed) {
    let old = bed.put("a", "").await;
    let kept = bed.put("a", "").await;
    bed.compact(kept);
    let mut watch = watch(bed, KeyRange::key("a"), old).await;
    assert_eq!(next(&mut watch).await, Err(StoreError::Compacted(old)));
    assert!(next(&mut watch).await.is_err(), "and has ended");
}

pub(crate) async fn a_watch_from_the_compaction_on_is_told_what_was_put(bed: &Bed) {
    bed.put("a", "").await;
    let kept = bed.put("a", "").await;
    bed.compact(kept);
    let mut watch = watch(bed, KeyRange::key("a"), kept).await;
    assert_eq!(next(&mut watch).await.unwrap().revision, kept);
}
