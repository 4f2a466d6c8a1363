//! Tables of answers, in the order in which they come in.

use std::io;

use super::*;
use crate::memory::RamMemory;
use async_trait::async_trait;

const OURS: u64 = 1;
const OTHER: u64 = 2;

fn at(cluster_id: u64, revision: i64) -> Header {
    Header { cluster_id, revision: Revision(revision) }
}

fn fresh() -> Lineage {
    Lineage::recall(Arc::new(RamMemory::default()))
}

/// Takes the answer to a read.
fn saw(lineage: &Lineage, mark: Mark, found: Header) -> Sight {
    lineage.saw(mark, found, found.revision)
}

/// One that has seen this.
fn that_saw(header: Header) -> Lineage {
    let lineage = fresh();
    assert_eq!(saw(&lineage, lineage.mark(), header), Sight::GoesOn);
    lineage
}

/// A memory that cannot be read, or not be written.
struct Broken;

#[async_trait]
impl Memory for Broken {
    fn load(&self) -> io::Result<Option<Remembered>> {
        Err(io::Error::other("not JSON"))
    }

    async fn save(&self, _: &Remembered) -> io::Result<()> {
        Err(io::Error::other("disk full"))
    }
}

#[test]
fn an_answer_falls_back_if_it_is_of_another_cluster_or_of_an_earlier_revision() {
    let table = [
        (at(OURS, 9), Sight::FallsBack),
        (at(OURS, 10), Sight::GoesOn),
        (at(OURS, 11), Sight::GoesOn),
        (at(OTHER, 9), Sight::FallsBack),
        (at(OTHER, 11), Sight::FallsBack),
    ];
    for (found, expected) in table {
        let lineage = that_saw(at(OURS, 10));
        assert_eq!(saw(&lineage, lineage.mark(), found), expected, "{found:?}");
        assert_eq!(lineage.regression(), None, "to suspect is not to know");
    }
}

#[test]
fn a_write_that_makes_a_revision_which_there_was_already_falls_back() {
    for (made, expected) in [(10, Sight::FallsBack), (11, Sight::GoesOn)] {
        let lineage = that_saw(at(OURS, 10));
        assert_eq!(lineage.saw(lineage.mark(), at(OURS, made), Revision(made - 1)), expected, "{made}");
    }
}

#[test]
fn an_answer_that_another_has_overtaken_is_no_step_back() {
    let lineage = that_saw(at(OURS, 10));
    let slow = lineage.mark();
    assert_eq!(saw(&lineage, lineage.mark(), at(OURS, 20)), Sight::GoesOn);
    assert_eq!(saw(&lineage, slow, at(OURS, 15)), Sight::GoesOn);
    assert_eq!(saw(&lineage, lineage.mark(), at(OURS, 19)), Sight::FallsBack);
}

#[test]
fn the_first_answers_may_overtake_each_other() {
    let lineage = fresh();
    let marks = [lineage.mark(), lineage.mark()];
    assert_eq!(saw(&lineage, marks[0], at(OURS, 20)), Sight::GoesOn);
    assert_eq!(saw(&lineage, marks[1], at(OURS, 15)), Sight::GoesOn);
    assert_eq!(lineage.mark().seen, Some(at(OURS, 20)));
}

#[test]
fn after_a_step_back_the_store_that_answers_is_the_one_that_counts() {
    let lineage = that_saw(at(OURS, 20));
    let (late, mark) = (lineage.mark(), lineage.mark());
    lineage.regress(mark, at(OTHER, 5), None);
    lineage.regress(mark, at(OTHER, 6), None);
    assert_eq!(lineage.epoch(), 1, "two answers to one step back");
    assert_eq!(saw(&lineage, late, at(OURS, 21)), Sight::GoesOn);
    assert_eq!(lineage.mark().seen, Some(at(OTHER, 5)), "a late answer of the lost one tells nothing");
    assert_eq!(saw(&lineage, lineage.mark(), at(OTHER, 7)), Sight::GoesOn);
    assert_eq!(saw(&lineage, lineage.mark(), at(OTHER, 6)), Sight::FallsBack);
    let regression = lineage.regression().unwrap();
    assert_eq!(regression.remembered, Some(at(OURS, 20).into()));
    assert_eq!(regression.found, Some(at(OTHER, 5).into()));
}

#[test]
fn a_second_step_back_asks_for_the_hold_again_and_tells_of_the_first() {
    let lineage = that_saw(at(OURS, 20));
    lineage.regress(lineage.mark(), at(OURS, 10), None);
    assert!(lineage.regression_at(Timestamp::UNIX_EPOCH).is_some());
    lineage.held(lineage.mark(), at(OURS, 11));
    assert!(lineage.regression().unwrap().held_at.is_some());
    lineage.regress(lineage.mark(), at(OURS, 3), None);
    let regression = lineage.regression().unwrap();
    assert_eq!((regression.held_at, regression.since), (None, Some(Timestamp::UNIX_EPOCH)));
    assert_eq!(regression.remembered, Some(at(OURS, 20).into()));
    assert_eq!(regression.found, Some(at(OURS, 3).into()));
}

#[tokio::test]
async fn the_next_life_goes_on_from_what_was_saved() {
    let memory = Arc::new(RamMemory::default());
    let lineage = Lineage::recall(memory.clone());
    lineage.save().await.unwrap();
    assert_eq!(memory.content(), None, "there is nothing to remember");
    assert_eq!(saw(&lineage, lineage.mark(), at(OURS, 10)), Sight::GoesOn);
    lineage.save().await.unwrap();
    let next = Lineage::recall(memory.clone());
    assert_eq!(saw(&next, next.mark(), at(OURS, 9)), Sight::FallsBack);
    next.regress(next.mark(), at(OURS, 9), None);
    next.save().await.unwrap();
    assert!(Lineage::recall(memory.clone()).regression().is_some());
    next.adopt();
    next.save().await.unwrap();
    assert_eq!(Lineage::recall(memory).regression(), None);
}

#[tokio::test]
async fn a_memory_that_cannot_be_read_holds_and_one_that_cannot_be_written_says_so() {
    let lineage = Lineage::recall(Arc::new(Broken));
    let regression = lineage.regression().unwrap();
    assert_eq!(regression.to_string(), "what it remembers of etcd cannot be read: not JSON");
    assert_eq!(saw(&lineage, lineage.mark(), at(OURS, 10)), Sight::GoesOn);
    assert_eq!(lineage.regression().unwrap().found, Some(at(OURS, 10).into()));
    let refused = LockError::NotSaved { detail: "disk full".to_owned() };
    assert_eq!(lineage.save().await, Err(refused.clone()));
    assert_eq!(lineage.save().await, Err(refused), "what was not saved is not taken for saved");
}
