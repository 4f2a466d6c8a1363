//! Machines that share a journal, and somebody who boots those that went down.

use std::fmt::Write;

use tempfile::TempDir;

use super::{Journal, PATIENCE, TestNode};
use crate::poll_until;

/// Several nodes, each with boots of its own.
#[derive(Debug)]
pub struct Fleet {
    /// The nodes.
    pub nodes: Vec<TestNode>,
    /// What the scripts of all of them did.
    pub journal: Journal,
    _directory: TempDir,
}

impl Fleet {
    /// So many nodes, named `node-0` and so on, as `make` makes them of their names.
    pub fn new(size: usize, mut make: impl FnMut(&str) -> TestNode) -> Self {
        let directory = TempDir::with_prefix("crb-fleet-").expect("a temporary directory");
        let journal = Journal::new(directory.path().join("journal"));
        let nodes = (0..size)
            .map(|index| make(&format!("node-{index}")).with_journal(&journal).with_boots())
            .collect();
        Self { nodes, journal, _directory: directory }
    }

    /// Gives every node a reason to reboot, and starts it.
    pub fn start_all(&mut self) {
        for node in &mut self.nodes {
            node.need_reboot();
            node.start();
        }
    }

    /// Boots every machine that goes down, until `done`. The time it may take begins anew with each start of the
    /// reboot command.
    pub fn run_until(&mut self, what: &str, mut done: impl FnMut(&Journal) -> bool) {
        loop {
            let before = self.journal.starts().len();
            let happened = poll_until(PATIENCE, || {
                self.boot_the_fallen();
                done(&self.journal)
                    .then_some(true)
                    .or_else(|| (self.journal.starts().len() > before).then_some(false))
            });
            match happened {
                Some(true) => return,
                Some(false) => {}
                None => panic!("waited in vain until {what}: {}", self.told()),
            }
        }
    }

    /// Boots every machine that went down.
    pub fn boot_the_fallen(&mut self) {
        self.boot_the_fallen_but("");
    }

    /// Boots every machine that went down but the one of this name.
    pub fn boot_the_fallen_but(&mut self, spared: &str) {
        for node in self.nodes.iter_mut().filter(|node| node.name() != spared) {
            if !node.has_ended() {
                continue;
            }
            assert_eq!(node.exit_code(), None, "{} ended by itself: {}", node.name(), node.log_tail());
            node.boot_anew();
            node.start();
        }
    }

    /// What there is to know of a fleet that does not do what it should.
    pub fn told(&self) -> String {
        let mut text = format!("{:#?}", self.journal.entries());
        for node in &self.nodes {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{}", node.log_tail());
        }
        text
    }
}
