//! Random histories, told to both stores: every answer must be the same.
//!
//! Thousands of short ones share an etcd, many at a time and each under a prefix of its own; a few long ones have an
//! etcd of their own, which is also compacted. A history says its seed when it fails, and
//! `CONFORMANCE_SEEDS=17..18 cargo nextest run -p crb-store short_histories` tells that one again, and
//! `CONFORMANCE_SEEDS=5000..50000` such as nobody has heard yet.

mod history;
mod side;
mod tally;

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use tokio::task::{JoinSet, LocalSet};

use crate::bed::Bed;
use history::{History, Kind};
use side::Side;
use tally::Tally;

/// The short histories, by their seeds.
const SHORT: Range<u64> = 0..5_000;

/// How many of them are told at a time: etcd takes what comes together in one write to its disk.
const AT_ONCE: usize = 32;

const LONG: Range<u64> = 0..3;

#[tokio::test]
async fn short_histories_are_the_same_in_memory_and_on_etcd() {
    let etcd = Rc::new(Bed::etcd());
    let seeds = chosen_seeds().unwrap_or(SHORT);
    let (rest, all) = (Rc::new(RefCell::new(seeds.clone())), Rc::new(RefCell::new(Tally::default())));
    let worker = || {
        let (etcd, rest, all) = (Rc::clone(&etcd), Rc::clone(&rest), Rc::clone(&all));
        async move {
            loop {
                let Some(seed) = rest.borrow_mut().next() else { return };
                let tally = tell(seed, Kind::Short, Rc::clone(&etcd)).await;
                all.borrow_mut().add(&tally);
            }
        }
    };
    let local = LocalSet::new();
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        workers.spawn_local_on(worker(), &local);
    }
    local
        .run_until(async {
            while let Some(end) = workers.join_next().await {
                end.unwrap();
            }
        })
        .await;
    let all = all.borrow();
    println!("{} histories: {all:?}", seeds.end - seeds.start);
    assert!(seeds != SHORT || all.is_broad(), "{all:?}");
}

#[tokio::test]
async fn long_histories_are_the_same_in_memory_and_on_etcd() {
    for seed in LONG {
        let tally = tell(seed, Kind::Long, Rc::new(Bed::etcd())).await;
        println!("history {seed}: {tally:?}");
    }
}

/// Such as `17..18`.
#[expect(clippy::disallowed_methods, reason = "who replays a history has no other way to say which")]
fn chosen_seeds() -> Option<Range<u64>> {
    let chosen = std::env::var("CONFORMANCE_SEEDS").ok()?;
    let (first, end) = chosen.split_once("..").expect("seeds are written as FIRST..END");
    Some(first.parse().unwrap()..end.parse().unwrap())
}

/// Tells a history to a fresh store in memory and to etcd.
async fn tell(seed: u64, kind: Kind, etcd: Rc<Bed>) -> Tally {
    let mut history = History::new(seed, kind);
    let prefix = history.prefix().to_owned();
    let mut memory = Side::begin(Rc::new(Bed::memory()), &prefix).await;
    let mut etcd = Side::begin(etcd, &prefix).await;
    let mut tally = Tally::default();
    while let Some(step) = history.next() {
        let before = memory.bed.revision().await;
        let answers = [memory.take(&step).await, etcd.take(&step).await];
        let wrote = memory.bed.revision().await > before;
        tally.note(&step, &answers[0], wrote);
        let mut told = [None, None];
        if wrote {
            history.noted_write();
            told = [memory.learn().await, etcd.learn().await];
        }
        assert_eq!(
            memory.numbered(&answers[0], told[0].as_ref()),
            etcd.numbered(&answers[1], told[1].as_ref()),
            "{kind:?} history {seed}, step {}: {step:?}, to which was said {answers:?}",
            tally.steps()
        );
    }
    assert_eq!(memory.end().await, etcd.end().await, "{kind:?} history {seed}: what the watches told");
    tally
}
