//! Leases: how they end, and what ends with them.

use std::time::Duration;

use crb_store::{KeyRange, LeaseId, Op, Revision, StoreError, WatchEvent};
use tokio::time::{Instant, timeout};

use crate::bed::Bed;

const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_secs(1);

/// A store may end a lease late; this late is too late.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits for the next revision in which a key goes, and gives it with the keys that went.
async fn next_end(bed: &Bed, from: Revision) -> (Revision, Vec<String>) {
    let mut watch = bed.watch(&[KeyRange::prefix("")], from).await.unwrap();
    loop {
        let batch = timeout(PATIENCE, watch.next()).await.expect("the lease ends").unwrap();
        let is_delete = |event: &WatchEvent| matches!(event, WatchEvent::Delete { .. });
        if batch.events.iter().all(is_delete) {
            return (batch.revision, batch.events.iter().map(|event| event.key().to_owned()).collect());
        }
    }
}

pub(crate) async fn ids_are_positive_and_differ(bed: &Bed) {
    let [one, other] = [bed.grant(LONG).await.unwrap(), bed.grant(LONG).await.unwrap()];
    assert!(one.0 > 0 && other.0 > 0 && one != other, "{one}, {other}");
    assert_eq!(bed.revision().await, Revision(1), "a grant is no revision");
}

pub(crate) async fn a_time_to_live_is_rounded_up_to_seconds(bed: &Bed) {
    for (asked_ms, seconds) in [(10_000, 10), (10_001, 11), (59_999, 60)] {
        let lease = bed.grant(Duration::from_millis(asked_ms)).await.unwrap();
        for renewal in 0..2 {
            let ttl = bed.keep_alive(lease).await;
            assert_eq!(ttl, Ok(Duration::from_secs(seconds)), "{asked_ms} ms, {renewal}");
        }
    }
}

pub(crate) async fn a_lease_that_ends_takes_its_keys_at_one_revision(bed: &Bed) {
    let begin = Instant::now();
    let lease = bed.grant(SHORT).await.unwrap();
    let puts = ["z", "a", "m"].map(|key| Op::put_leased(key, "", lease));
    let put = bed.apply(puts).await.header.revision;

    let (revision, keys) = next_end(bed, put.next()).await;

    assert!(begin.elapsed() >= SHORT, "it ended after {:?}", begin.elapsed());
    assert_eq!((revision, &keys[..]), (put.next(), &["a", "m", "z"].map(str::to_owned)[..]));
    assert_eq!(bed.keep_alive(lease).await, Err(StoreError::LeaseNotFound(lease)));
    let refused = bed.try_apply([Op::put_leased("a", "", lease)]).await;
    assert_eq!(refused, Err(StoreError::LeaseNotFound(lease)));
}

pub(crate) async fn a_renewed_lease_outlives_its_first_end(bed: &Bed) {
    let two_seconds = Duration::from_secs(2);
    let (renewed, idle) = (bed.grant(two_seconds).await.unwrap(), bed.grant(two_seconds).await.unwrap());
    bed.put_leased("renewed", renewed).await;
    let put = bed.put_leased("idle", idle).await;
    // Until the idle one has ended, which is when the other would have, too.
    let end = next_end(bed, put.next());
    tokio::pin!(end);
    let (_, keys) = loop {
        tokio::select! {
            ended = &mut end => break ended,
            () = tokio::time::sleep(Duration::from_millis(500)) => {
                assert_eq!(bed.keep_alive(renewed).await, Ok(two_seconds));
            }
        }
    };
    assert_eq!(keys, ["idle"]);
    assert_eq!(bed.keys().await, ["renewed"]);
}

pub(crate) async fn an_unknown_lease_cannot_be_renewed(bed: &Bed) {
    let unknown = LeaseId(0x1234);
    assert_eq!(bed.keep_alive(unknown).await, Err(StoreError::LeaseNotFound(unknown)));
}

pub(crate) async fn a_revoked_lease_takes_its_keys_at_one_revision(bed: &Bed) {
    let lease = bed.grant(LONG).await.unwrap();
    let put = bed.apply(["b", "a"].map(|key| Op::put_leased(key, "", lease))).await.header.revision;
    bed.put("kept", "").await;
    bed.keep_alive(lease).await.unwrap();
    bed.revoke(lease).await.unwrap();

    assert_eq!(bed.keys().await, ["kept"]);
    assert_eq!(bed.revision().await, Revision(put.0 + 2));
    assert_eq!(next_end(bed, put).await.1, ["a", "b"]);
    assert_eq!(bed.keep_alive(lease).await, Err(StoreError::LeaseNotFound(lease)));
}

pub(crate) async fn a_revoked_lease_may_be_revoked_again(bed: &Bed) {
    let lease = bed.grant(LONG).await.unwrap();
    for _ in 0..2 {
        assert_eq!(bed.revoke(lease).await, Ok(()));
    }
}

pub(crate) async fn a_put_without_lease_takes_the_key_off_its_lease(bed: &Bed) {
    let lease = bed.grant(LONG).await.unwrap();
    let created = bed.put_leased("claim", lease).await;
    assert_eq!(bed.get("claim").await.unwrap().lease, Some(lease));
    bed.put("claim", "kept").await;
    bed.revoke(lease).await.unwrap();

    let pair = bed.get("claim").await.unwrap();
    assert_eq!((pair.create_revision, pair.lease, pair.version), (created, None, 2));
}

pub(crate) async fn a_put_with_another_lease_moves_the_key(bed: &Bed) {
    let (old, new) = (bed.grant(LONG).await.unwrap(), bed.grant(LONG).await.unwrap());
    bed.put_leased("a", old).await;
    bed.put_leased("a", new).await;
    bed.revoke(old).await.unwrap();
    assert_eq!(bed.get("a").await.unwrap().lease, Some(new));
    bed.revoke(new).await.unwrap();
    assert_eq!(bed.get("a").await, None);
}

pub(crate) async fn a_deleted_key_is_off_its_lease(bed: &Bed) {
    let lease = bed.grant(LONG).await.unwrap();
    bed.put_leased("a", lease).await;
    bed.delete("a").await;
    bed.put("a", "anew").await;
    bed.revoke(lease).await.unwrap();
    assert_eq!(bed.get("a").await.unwrap().value, b"anew");
}
