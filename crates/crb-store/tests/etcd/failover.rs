//! Members that hang, die and come back.

use std::time::Duration;

use crb_store::etcd::EtcdSettings;
use crb_store::{KeyRange, LeaseId, Op, Revision, Store, StoreError, Txn};
use crb_testbed::EtcdCluster;
use tokio::join;
use tokio::time::{Instant, timeout};

use crate::{get, put, store};

/// What any call may take: its own deadline, and some slack for a busy machine.
const DEADLINE: Duration = Duration::from_secs(7);

async fn in_time<T>(call: impl Future<Output = T>) -> T {
    timeout(DEADLINE, call).await.expect("the call ends by its deadline")
}

#[tokio::test]
async fn writes_go_on_when_the_leader_that_we_talk_to_hangs() {
    writes_go_on(|leader| leader).await;
}

#[tokio::test]
async fn writes_go_on_when_the_leader_behind_our_member_hangs() {
    writes_go_on(|leader| (leader + 1) % 3).await;
}

async fn writes_go_on(choose: impl FnOnce(usize) -> usize) {
    let mut cluster = EtcdCluster::start(3);
    let leader = cluster.leader();
    let mut settings = EtcdSettings::new(cluster.endpoints());
    settings.first = choose(leader);
    let store = store(&settings);
    put(&store, "before").await.unwrap();
    cluster.stop(leader);

    let mut unanswered = 0;
    for number in 0..30 {
        let key = format!("key/{number}");
        while let Err(error) = in_time(put(&store, &key)).await {
            assert!(error.is_unanswered(), "{error}");
            unanswered += 1;
            // As the protocol does: what became of it is read, and never guessed.
            if in_time(get(&store, &key)).await.unwrap().is_some() {
                break;
            }
        }
    }
    assert!(unanswered <= 3, "only what was in flight is lost, not {unanswered}");
    let keys = in_time(store.page(&KeyRange::prefix("key/"), None, 0, None)).await.unwrap().items;
    assert_eq!(keys.len(), 30);
    assert!(keys.iter().all(|pair| pair.version == 1), "{keys:?}");
}

#[tokio::test]
async fn a_write_that_was_not_answered_is_not_sent_again() {
    let mut cluster = EtcdCluster::start(1);
    let store = store(&EtcdSettings::new(cluster.endpoints()));
    let before = put(&store, "before").await.unwrap();
    cluster.stop(0);

    let error = in_time(put(&store, "late")).await.unwrap_err();
    assert!(error.is_unanswered(), "{error}");
    assert!(error.to_string().contains(&cluster.endpoints()[0]), "{error}");

    // Whether it is applied late is for etcd to say; but never twice.
    cluster.cont(0);
    in_time(put(&store, "after")).await.unwrap();
    let now = in_time(store.page(&KeyRange::prefix(""), None, 0, None)).await.unwrap();
    let puts: i64 = now.items.iter().map(|pair| pair.version).sum();
    assert_eq!(now.header.revision.0 - before.0, puts - 1);
    assert!(now.items.iter().all(|pair| pair.version == 1), "{now:?}");
}

#[tokio::test]
async fn every_call_ends_when_all_members_hang() {
    let mut cluster = EtcdCluster::start(3);
    let store = store(&EtcdSettings::new(cluster.endpoints()));
    let lease = store.grant(Duration::from_secs(60)).await.unwrap();
    (0..3).for_each(|member| cluster.stop(member));
    let all = [KeyRange::prefix("")];
    let reading = Txn::default().then([Op::get(KeyRange::key("a"))]);

    let begin = Instant::now();
    let (write, read, page, grant, renewal, end, watch) = join!(
        put(&store, "a"),
        store.txn(reading),
        store.page(&all[0], None, 1, None),
        store.grant(Duration::from_secs(60)),
        store.keep_alive(lease),
        store.revoke(lease),
        store.watch(&all, Revision(1)),
    );
    assert!(begin.elapsed() < DEADLINE, "{:?}", begin.elapsed());
    let errors = [
        write.map(drop),
        read.map(drop),
        page.map(drop),
        grant.map(drop),
        renewal.map(drop),
        end.map(drop),
        watch.map(drop),
    ]
    .map(Result::unwrap_err);
    // The write may have been sent, since the grant was answered a moment before.
    assert_eq!(
        errors.each_ref().map(StoreError::kind),
        ["unanswered", "unreachable", "unreachable", "unanswered", "unanswered", "unanswered", "unreachable"]
    );
    let text = errors[2].to_string();
    assert!(cluster.endpoints().iter().all(|endpoint| text.contains(endpoint)), "{text}");

    // By now it is known that nobody answers, so a write is not sent at all.
    let unsent = in_time(put(&store, "b")).await.unwrap_err();
    assert_eq!(unsent.kind(), "unreachable", "{unsent}");
    (0..3).for_each(|member| cluster.cont(member));
    (0..3).for_each(|member| cluster.wait_until_member_is_healthy(member));
    assert_eq!(get(&store, "b").await, Ok(None));
}

#[tokio::test]
async fn without_an_etcd_calls_end_and_say_who_refuses() {
    let cluster = EtcdCluster::start(1);
    let endpoint = cluster.endpoints().remove(0);
    drop(cluster);
    let mut settings = EtcdSettings::new([&endpoint]);
    settings.call_timeout = Duration::from_secs(1);
    let store = store(&settings);

    let begin = Instant::now();
    let error = put(&store, "a").await.unwrap_err();
    assert!(begin.elapsed() < Duration::from_secs(4));
    let StoreError::Unreachable { detail } = &error else { panic!("{error}") };
    assert!(detail.starts_with(&endpoint) && detail.contains("Connection refused"), "{error}");
}

#[tokio::test]
async fn a_member_that_restarts_is_found_again() {
    let mut cluster = EtcdCluster::start(1);
    let store = store(&EtcdSettings::new(cluster.endpoints()));
    let before = put(&store, "a").await.unwrap();
    let lease = store.grant(Duration::from_secs(60)).await.unwrap();
    cluster.restart(0);

    // The connection broke, and the first write on it may be lost.
    assert_eq!(in_time(store.keep_alive(lease)).await, Ok(Duration::from_secs(60)));
    assert_eq!(in_time(put(&store, "b")).await, Ok(before.next()));
    let unknown = LeaseId(1);
    assert_eq!(store.keep_alive(unknown).await, Err(StoreError::LeaseNotFound(unknown)));
}
