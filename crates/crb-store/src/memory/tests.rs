//! What the contract suite cannot see: the paused clock, the observers, the order of revisions.

use std::sync::mpsc;
use std::time::Duration;

use tokio::time::{Instant, advance};

use super::{Commit, MemoryStore};
use crate::{KeyRange, Op, Revision, Store, StoreError, Txn, WatchEvent};

const TTL: Duration = Duration::from_secs(60);
const JUST_BELOW: Duration = Duration::from_millis(59_999);

async fn write(store: &MemoryStore, ops: impl IntoIterator<Item = Op>) -> Revision {
    store.txn(Txn::default().then(ops)).await.unwrap().header.revision
}

fn keys(commit: &Commit) -> Vec<&str> {
    commit.changes.iter().map(|change| change.event.key()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_lease_ends_on_time_by_itself_and_wakes_the_watch() {
    let store = MemoryStore::new(1);
    let begin = Instant::now();
    let lease = store.grant(TTL).await.unwrap();
    let put = write(&store, [Op::put_leased("b", "1", lease), Op::put_leased("a", "2", lease)]).await;
    let mut watch = store.watch(&[KeyRange::prefix("")], put.next()).await.unwrap();

    let batch = watch.next().await.unwrap();

    assert_eq!(begin.elapsed(), TTL);
    let gone = |key: &str| WatchEvent::Delete { key: key.to_owned(), revision: put.next() };
    assert_eq!(batch.events, [gone("a"), gone("b")], "all at one revision, in key order");
}

#[tokio::test(start_paused = true)]
async fn a_renewed_lease_lives_on_and_no_longer() {
    let store = MemoryStore::new(1);
    let lease = store.grant(TTL).await.unwrap();
    write(&store, [Op::put_leased("a", "", lease)]).await;
    for _ in 0..3 {
        advance(JUST_BELOW).await;
        assert_eq!(store.keep_alive(lease).await, Ok(TTL));
    }
    advance(JUST_BELOW).await;
    assert_eq!(store.pairs().len(), 1);
    advance(Duration::from_millis(1)).await;
    assert_eq!(store.pairs().len(), 0);
    assert_eq!(store.keep_alive(lease).await, Err(StoreError::LeaseNotFound(lease)));
}

#[tokio::test(start_paused = true)]
async fn leases_overdue_together_end_in_the_order_of_their_ends() {
    let store = MemoryStore::new(1);
    let later = store.grant(Duration::from_secs(2)).await.unwrap();
    let sooner = store.grant(Duration::from_secs(1)).await.unwrap();
    write(&store, [Op::put_leased("later", "", later), Op::put_leased("sooner", "", sooner)]).await;

    advance(Duration::from_secs(5)).await;

    let history = store.history();
    let ends: Vec<_> = history.iter().skip(1).map(keys).collect();
    assert_eq!(ends, [["sooner"], ["later"]]);
}

#[tokio::test(start_paused = true)]
async fn a_ttl_is_rounded_up_to_whole_seconds_and_at_least_one() {
    let store = MemoryStore::new(1);
    for (asked_ms, granted) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (59_999, 60)] {
        let lease = store.grant(Duration::from_millis(asked_ms)).await.unwrap();
        assert_eq!(store.keep_alive(lease).await, Ok(Duration::from_secs(granted)), "{asked_ms} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn lease_ids_are_large_positive_and_the_same_from_the_same_seed() {
    let [one, again, other] = [7, 7, 8].map(MemoryStore::new);
    for _ in 0..100 {
        let id = one.grant(TTL).await.unwrap();
        assert!(id.0 > 1 << 32, "{id}");
        assert_eq!(again.grant(TTL).await, Ok(id));
        assert_ne!(other.grant(TTL).await, Ok(id));
    }
}

#[tokio::test(start_paused = true)]
async fn an_observer_sees_every_commit_with_old_values_and_the_state_after() {
    let store = MemoryStore::new(1);
    let (sender, seen) = mpsc::channel();
    store.on_commit(move |commit, pairs| sender.send((commit.clone(), pairs.clone())).unwrap());

    let lease = store.grant(TTL).await.unwrap();
    write(&store, [Op::put_leased("a", "old", lease)]).await;
    write(&store, [Op::put("a", "new"), Op::put("b", "")]).await;
    write(&store, [Op::delete("nothing")]).await;
    store.revoke(lease).await.unwrap();
    write(&store, [Op::delete("a")]).await;

    let seen: Vec<_> = seen.try_iter().collect();
    let commits: Vec<Commit> = seen.iter().map(|(commit, _)| commit.clone()).collect();
    assert_eq!(commits, store.history());
    assert_eq!(commits.iter().map(|commit| commit.revision.0).collect::<Vec<_>>(), [2, 3, 4]);
    let before = |at: usize| commits[at].changes[0].before.as_ref().map(|pair| pair.value.as_slice());
    assert_eq!([before(0), before(1), before(2)], [None, Some(&b"old"[..]), Some(&b"new"[..])]);
    assert_eq!(seen[1].1["a"].value, b"new");
    assert_eq!(seen[2].1.keys().collect::<Vec<_>>(), ["b"]);
}

#[tokio::test(start_paused = true)]
async fn the_last_clone_dropped_ends_the_watch() {
    let store = MemoryStore::new(1);
    let mut watch = store.watch(&[KeyRange::key("a")], Revision(1)).await.unwrap();
    drop(store);
    assert!(watch.next().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_restored_store_is_as_it_was_with_its_leases_anew_and_its_watches_broken() {
    let store = MemoryStore::new(1);
    let lease = store.grant(TTL).await.unwrap();
    write(&store, [Op::put_leased("a", "then", lease), Op::put("b", "then")]).await;
    let (backup, pairs) = (store.backup(), store.pairs());
    advance(JUST_BELOW).await;
    store.revoke(lease).await.unwrap();
    let later = store.grant(TTL).await.unwrap();
    write(&store, [Op::put("b", "now"), Op::put_leased("c", "now", later)]).await;
    let mut watch = store.watch(&[KeyRange::prefix("")], Revision::NEVER).await.unwrap();

    store.restore(&backup, 2);

    assert_eq!(store.pairs(), pairs);
    assert!(watch.next().await.is_err());
    let header = store.txn(Txn::default()).await.unwrap().header;
    assert_eq!((header.cluster_id, header.revision), (2, backup.revision()));
    assert_eq!(store.keep_alive(later).await, Err(StoreError::LeaseNotFound(later)));
    assert_ne!(store.grant(TTL).await, Ok(later));
    advance(JUST_BELOW).await;
    assert_eq!(store.pairs().len(), 2);
    let mut watch = store.watch(&[KeyRange::key("a")], Revision::NEVER).await.unwrap();
    assert_eq!(watch.next().await.unwrap().events[0].key(), "a", "the lease ends by itself");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_compacts_itself_tells_of_no_more_than_it_keeps() {
    let store = MemoryStore::new(1);
    store.keep_history(2);
    for value in ["1", "2", "3"] {
        write(&store, [Op::put("a", value)]).await;
    }
    let revisions: Vec<_> = store.history().iter().map(|commit| commit.revision.0).collect();
    assert_eq!(revisions, [3, 4]);
    let all = KeyRange::prefix("");
    let old = store.page(&all, None, 0, Some(Revision(2))).await;
    assert_eq!(old, Err(StoreError::Compacted(Revision(2))));
    let kept = store.page(&all, None, 0, Some(Revision(3))).await.unwrap();
    assert_eq!(kept.items[0].value, b"2");
}
