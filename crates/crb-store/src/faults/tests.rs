//! Every fate, seen from both ends of the line.

use std::collections::VecDeque;
use std::sync::Mutex;

use tokio::time::Instant;

use super::*;
use crate::memory::MemoryStore;

const PATIENCE: Duration = Duration::from_secs(5);

/// Deals out fates in order; what comes after them is answered.
#[derive(Default)]
struct Dealt {
    fates: Mutex<VecDeque<Fate>>,
    passing: Mutex<VecDeque<Passing>>,
}

impl Decider for Dealt {
    fn fate(&self, _: Call<'_>) -> Fate {
        self.fates.lock().unwrap().pop_front().unwrap_or(Fate::Answered)
    }

    fn passing(&self) -> Passing {
        self.passing.lock().unwrap().pop_front().unwrap_or(Passing::Tells)
    }
}

fn bed(fate: Fate) -> (MemoryStore, Faulty<Dealt>) {
    let store = MemoryStore::new(1);
    let decider = Dealt { fates: Mutex::new([fate].into()), ..Dealt::default() };
    (store.clone(), Faulty::new(Arc::new(store), Arc::new(decider), PATIENCE))
}

fn put(value: &str) -> Txn {
    Txn::default().then([Op::put("a", value)])
}

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[tokio::test(start_paused = true)]
async fn a_write_meets_its_fate() {
    let travels = |there, back| Fate::Travels { there: seconds(there), back: seconds(back) };
    // (fate, answered as, after seconds, applied by then, applied in the end)
    let table = [
        (Fate::Answered, "ok", 0, true, true),
        (travels(1, 1), "ok", 2, true, true),
        (travels(1, 60), "unanswered", 5, true, true),
        (travels(60, 1), "unanswered", 5, false, true),
        (Fate::Unheard(seconds(1)), "unanswered", 5, true, true),
        (Fate::Unheard(seconds(60)), "unanswered", 5, false, true),
        (Fate::Lost, "unanswered", 5, false, false),
        (Fate::Unreachable, "unreachable", 0, false, false),
        (Fate::Refused, "refused", 0, false, false),
        (Fate::Stale(1), "ok", 0, true, true),
    ];
    for (fate, answer, after, applied, in_the_end) in table {
        let (store, line) = bed(fate.clone());
        let sent = Instant::now();
        let answered = line.txn(put("1")).await;
        assert_eq!(answered.as_ref().map_or_else(StoreError::kind, |_| "ok"), answer, "{fate:?}");
        assert_eq!(sent.elapsed().as_secs(), after, "{fate:?}");
        assert_eq!(store.pairs().len() == 1, applied, "{fate:?}");
        sleep(seconds(300)).await;
        assert_eq!(store.pairs().len() == 1, in_the_end, "{fate:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_on_its_way_arrives_though_its_sender_is_gone() {
    let (store, line) = bed(Fate::Travels { there: seconds(1), back: Duration::ZERO });
    assert!(timeout(Duration::from_millis(1), line.txn(put("1"))).await.is_err());
    sleep(seconds(2)).await;
    assert_eq!(store.pairs().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stale_read_shows_the_past_at_its_revision() {
    let (store, line) = bed(Fate::Stale(1));
    for value in ["1", "2"] {
        store.txn(put(value)).await.unwrap();
    }
    let read = || Txn::default().then([Op::get(KeyRange::prefix(""))]);
    let value = |reply: TxnReply| match &reply.replies[..] {
        [OpReply::Get { items, more: false }] => (items[0].value.clone(), reply.header.revision.0),
        other => panic!("{other:?}"),
    };
    assert_eq!(value(line.txn(read()).await.unwrap()), (b"1".to_vec(), 2));
    assert_eq!(value(line.txn(read()).await.unwrap()), (b"2".to_vec(), 3));
}

#[tokio::test(start_paused = true)]
async fn a_watch_keeps_to_itself_what_it_is_told_to_and_breaks_when_told() {
    let (store, line) = bed(Fate::Answered);
    *line.decider.passing.lock().unwrap() = [Passing::Keeps, Passing::Tells, Passing::Breaks].into();
    let mut watch = line.watch(&[KeyRange::key("a")], Revision::NEVER).await.unwrap();
    for value in ["1", "2", "3"] {
        store.txn(put(value)).await.unwrap();
    }
    assert_eq!(watch.next().await.unwrap().revision, Revision(3));
    assert!(watch.next().await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_keeps_to_itself_that_it_has_ended_hangs() {
    let (store, line) = bed(Fate::Answered);
    *line.decider.passing.lock().unwrap() = [Passing::Keeps].into();
    let mut watch = line.watch(&[KeyRange::key("a")], Revision::NEVER).await.unwrap();
    store.restore(&store.backup(), 2);
    assert!(timeout(seconds(60), watch.next()).await.is_err());
}
