//! An operator reads the history, the newest first.

use crb_decide::NodeName;
use crb_health::encode;
use crb_lock::{History, HistoryEntry, HistoryRecord};
use crb_store::Op;
use jiff::{SignedDuration, Timestamp};

use crate::support::{Fleet, now};

behaviours! {
    an_empty_history_has_no_entries,
    the_newest_come_first_however_long_ago_they_are,
    no_more_are_given_than_were_asked_for_and_it_is_said_that_there_are_more,
    those_of_one_node_are_found_among_all,
    what_cannot_be_read_is_shown_by_its_key,
    more_than_a_page_is_read_page_by_page,
}

fn name(text: &str) -> NodeName {
    NodeName::try_new(text).unwrap()
}

fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

fn record(node: &str, ended_at: Timestamp) -> HistoryRecord {
    HistoryRecord {
        node: node.to_owned(),
        outcome: "released".to_owned(),
        reason: "booted anew and healthy".to_owned(),
        by: node.to_owned(),
        committed_at: None,
        ended_at,
        attempts: 1,
        boot_before: None,
        boot_after: None,
    }
}

fn put(fleet: &Fleet, node: &str, ended_at: Timestamp) -> Op {
    Op::put(fleet.keys.history(ended_at, &name(node)), encode(&record(node, ended_at)))
}

async fn read(fleet: &Fleet, node: Option<&str>, limit: usize) -> History {
    let (alice, _) = fleet.operator();
    alice.history(node.map(name).as_ref(), limit, now()).await.unwrap()
}

fn nodes(history: &History) -> Vec<&str> {
    history.entries.iter().map(HistoryEntry::about).collect()
}

async fn an_empty_history_has_no_entries(fleet: Fleet) {
    assert_eq!(read(&fleet, None, 20).await, History { entries: vec![], more: false });
}

async fn the_newest_come_first_however_long_ago_they_are(fleet: Fleet) {
    const DAY: i64 = 86_400;
    // The clock of the first is ahead; two are at the very ends of looks.
    let times = [-3_600, 5, DAY, DAY + 1, 3 * DAY, 16 * DAY, 100 * DAY, 3_000 * DAY];
    for (number, seconds) in times.into_iter().enumerate() {
        fleet.write([put(&fleet, &format!("node-{number}"), ago(seconds))]).await;
    }
    let history = read(&fleet, None, 20).await;
    let expected: Vec<String> = (0..times.len()).map(|number| format!("node-{number}")).collect();
    assert_eq!((nodes(&history), history.more), (expected.iter().map(String::as_str).collect(), false));
    assert_eq!(history.entries[1].at, Some(ago(5)));
    assert_eq!(history.entries[1].record, Some(record("node-1", ago(5))));
}

async fn no_more_are_given_than_were_asked_for_and_it_is_said_that_there_are_more(fleet: Fleet) {
    for number in 0..5 {
        fleet.write([put(&fleet, &format!("node-{number}"), ago(number * 100_000))]).await;
    }
    for (limit, expected, more) in [
        (1, &["node-0"][..], true),
        (4, &["node-0", "node-1", "node-2", "node-3"], true),
        (5, &["node-0", "node-1", "node-2", "node-3", "node-4"], false),
        (6, &["node-0", "node-1", "node-2", "node-3", "node-4"], false),
    ] {
        let history = read(&fleet, None, limit).await;
        assert_eq!((nodes(&history), history.more), (expected.to_vec(), more), "{limit}");
    }
}

async fn those_of_one_node_are_found_among_all(fleet: Fleet) {
    for number in 0..30 {
        fleet.write([put(&fleet, if number % 10 == 7 { "b" } else { "a" }, ago(number * 40_000))]).await;
    }
    let history = read(&fleet, Some("b"), 2).await;
    assert_eq!((nodes(&history), history.more), (vec!["b", "b"], true));
    assert_eq!(
        history.entries.iter().map(|entry| entry.at.unwrap()).collect::<Vec<_>>(),
        [7, 17].map(|n| ago(n * 40_000))
    );
    assert_eq!(nodes(&read(&fleet, Some("c"), 2).await), [""; 0]);
}

async fn what_cannot_be_read_is_shown_by_its_key(fleet: Fleet) {
    fleet.put(fleet.keys.history(ago(60), &name("node-Z-1")), "{").await;
    let crb_store::KeyRange::Prefix(prefix) = fleet.keys.history_records() else { panic!("a prefix") };
    fleet.put(format!("{prefix}nonsense"), "nonsense").await;
    let history = read(&fleet, None, 20).await;
    let seen: Vec<_> = history.entries.iter().map(|entry| (entry.about(), entry.at)).collect();
    assert_eq!(seen, [("nonsense", None), ("node-Z-1", Some(ago(60)))]);
    assert!(history.entries.iter().all(|entry| entry.record.is_none()));
    assert_eq!(nodes(&read(&fleet, Some("node-Z-1"), 20).await), ["node-Z-1"]);
}

async fn more_than_a_page_is_read_page_by_page(fleet: Fleet) {
    for batch in 0..25 {
        fleet.write((0..100).map(|number| put(&fleet, "a", ago(batch * 100 + number)))).await;
    }
    let history = read(&fleet, None, 2_400).await;
    let expected: Vec<_> = (0..2_400).map(|seconds| Some(ago(seconds))).collect();
    assert_eq!(history.entries.iter().map(|entry| entry.at).collect::<Vec<_>>(), expected);
    assert!(history.more);

    let (alice, _) = fleet.operator();
    let mut all = vec![];
    alice.each_entry(|entry| all.push(entry.at)).await.unwrap();
    let oldest_first: Vec<_> = (0..2_500).rev().map(|seconds| Some(ago(seconds))).collect();
    assert_eq!(all, oldest_first);
}
