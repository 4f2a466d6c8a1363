//! Reads: ranges, pages, and the past.

use crb_store::{KeyRange, Op, PAGE_SIZE, Revision, StoreError, snapshot};

use crate::bed::{Bed, keys};

pub(crate) async fn an_empty_store_is_at_revision_1(bed: &Bed) {
    let page = bed.page(&KeyRange::prefix(""), None, 10, None).await.unwrap();
    assert_eq!(page.header.revision, Revision(1));
    assert_eq!((page.items, page.more), (vec![], false));
}

pub(crate) async fn every_answer_names_the_same_cluster(bed: &Bed) {
    let written = bed.apply([Op::put("a", "")]).await.header;
    let read = bed.page(&KeyRange::key("a"), None, 1, None).await.unwrap().header;
    assert_eq!(written, read);
    assert_ne!(read.cluster_id, 0);
}

pub(crate) async fn a_prefix_is_read_in_key_order(bed: &Bed) {
    for key in ["a/z", "a0", "a/", "a", "a/é", "a/b/c", "b"] {
        bed.put(key, "").await;
    }
    let page = bed.page(&KeyRange::prefix("a/"), None, 0, None).await.unwrap();
    assert_eq!(keys(&page.items), ["a/", "a/b/c", "a/z", "a/é"]);
}

pub(crate) async fn the_empty_prefix_is_everything(bed: &Bed) {
    for key in ["\u{1}", "/a", "z", "\u{10ffff}"] {
        bed.put(key, "").await;
    }
    assert_eq!(bed.keys().await, ["\u{1}", "/a", "z", "\u{10ffff}"]);
    let behind = bed.page(&KeyRange::prefix(""), Some("/a"), 0, None).await.unwrap();
    assert_eq!(keys(&behind.items), ["z", "\u{10ffff}"]);
}

pub(crate) async fn pages_follow_one_another(bed: &Bed) {
    bed.apply(["p/1", "p/2", "p/3", "p/4", "q"].map(|key| Op::put(key, ""))).await;
    let range = KeyRange::prefix("p/");
    let cases: [(Option<&str>, usize, &[&str], bool); 7] = [
        (None, 3, &["p/1", "p/2", "p/3"], true),
        (Some("p/3"), 3, &["p/4"], false),
        (Some("p/2"), 2, &["p/3", "p/4"], false),
        (Some("p/25"), 1, &["p/3"], true),
        (Some("a"), 1, &["p/1"], true),
        (Some("p/4"), 3, &[], false),
        (Some("z"), 3, &[], false),
    ];
    for (after, limit, expected, more) in cases {
        let page = bed.page(&range, after, limit, None).await.unwrap();
        assert_eq!(
            (keys(&page.items), page.more),
            (expected.iter().map(ToString::to_string).collect(), more)
        );
    }
}

pub(crate) async fn a_single_key_is_paged_too(bed: &Bed) {
    bed.apply(["k", "k1", "l"].map(|key| Op::put(key, ""))).await;
    for (after, expected) in [(None, 1), (Some("a"), 1), (Some("k"), 0), (Some("k0"), 0), (Some("z"), 0)] {
        let page = bed.page(&KeyRange::key("k"), after, 5, None).await.unwrap();
        assert_eq!((page.items.len(), page.more), (expected, false), "after {after:?}");
    }
}

pub(crate) async fn no_limit_reads_all(bed: &Bed) {
    bed.apply((0..20).map(|number| Op::put(format!("k/{number:02}"), ""))).await;
    let page = bed.page(&KeyRange::prefix("k/"), None, 0, None).await.unwrap();
    assert_eq!((page.items.len(), page.more), (20, false));
}

pub(crate) async fn a_read_at_an_older_revision_sees_the_past(bed: &Bed) {
    let first = bed.apply([Op::put("a", "1"), Op::put("b", "1")]).await.header.revision;
    let before = bed.page(&KeyRange::prefix(""), None, 0, None).await.unwrap().items;
    bed.put("a", "2").await;
    bed.delete("b").await;
    let now = bed.put("c", "1").await;

    let past = bed.page(&KeyRange::prefix(""), None, 0, Some(first)).await.unwrap();
    assert_eq!(past.items, before);
    assert_eq!(past.header.revision, now, "the header is of now");
    let behind = bed.page(&KeyRange::prefix(""), Some("a"), 1, Some(first)).await.unwrap();
    assert_eq!((keys(&behind.items), behind.more), (vec!["b".to_owned()], false));
    let current = bed.page(&KeyRange::prefix(""), None, 0, Some(now)).await.unwrap();
    assert_eq!(keys(&current.items), ["a", "c"]);
}

pub(crate) async fn a_future_revision_is_refused(bed: &Bed) {
    let next = bed.put("a", "").await.next();
    let refused = bed.page(&KeyRange::key("a"), None, 1, Some(next)).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
}

pub(crate) async fn what_was_compacted_away_is_told_as_such(bed: &Bed) {
    let old = bed.put("a", "old").await;
    let kept = bed.put("a", "kept").await;
    bed.put("a", "new").await;
    bed.compact(kept);

    let read = |at| async move { bed.page(&KeyRange::key("a"), None, 1, Some(at)).await };
    assert_eq!(read(old).await, Err(StoreError::Compacted(old)));
    assert_eq!(read(kept).await.unwrap().items[0].value, b"kept");
    assert_eq!(bed.get("a").await.unwrap().value, b"new");
}

pub(crate) async fn the_empty_key_is_refused(bed: &Bed) {
    let nameless = KeyRange::key("");
    let refused = |error| matches!(error, Err(StoreError::Refused(_)));
    assert!(refused(bed.page(&nameless, None, 1, None).await.map(drop)));
    for op in [Op::get(nameless.clone()), Op::put("", ""), Op::delete("")] {
        assert!(refused(bed.try_apply([op]).await.map(drop)));
    }
    assert_eq!(bed.revision().await, Revision(1));
}

pub(crate) async fn a_snapshot_is_of_one_revision_however_long(bed: &Bed) {
    let count = PAGE_SIZE + 20;
    for chunk in (0..count).collect::<Vec<_>>().chunks(100) {
        bed.apply(chunk.iter().map(|number| Op::put(format!("many/{number:04}"), ""))).await;
    }
    let last = bed.put("one", "").await;
    let ranges = [KeyRange::prefix("many/"), KeyRange::key("none"), KeyRange::key("one")];

    let snapshot = snapshot(&**bed, &ranges).await.unwrap();

    assert_eq!(snapshot.header.revision, last);
    assert_eq!(snapshot.ranges.iter().map(Vec::len).collect::<Vec<_>>(), [count, 0, 1]);
    let many = keys(&snapshot.ranges[0]);
    assert!(many.is_sorted());
}
