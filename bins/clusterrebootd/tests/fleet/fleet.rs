//! Machines that all want to reboot, and somebody who boots those that went down.

use std::fmt::Write;
use std::time::Duration;

use crb_testbed::{EtcdCluster, Journal, TestNode, poll_until};
use tempfile::TempDir;

use crate::PROGRAM;

/// How long the next thing may take that must happen in a fleet.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Fleet {
    pub(crate) nodes: Vec<TestNode>,
    pub(crate) journal: Journal,
    _directory: TempDir,
}

impl Fleet {
    /// So many nodes with a reason to reboot, all started.
    pub(crate) fn start(size: usize, cluster: &EtcdCluster) -> Self {
        let directory = TempDir::with_prefix("crb-fleet-").unwrap();
        let journal = Journal::new(directory.path().join("journal"));
        let nodes = (0..size).map(|index| {
            let mut node = TestNode::new(PROGRAM, &format!("node-{index}"), &cluster.endpoints())
                .with_journal(&journal)
                .with_boots();
            node.need_reboot();
            node.start();
            node
        });
        Self { nodes: nodes.collect(), journal, _directory: directory }
    }

    /// Boots every machine that goes down, until `done`.
    pub(crate) fn run_until(&mut self, what: &str, mut done: impl FnMut(&Journal) -> bool) {
        let happened = poll_until(PATIENCE, || {
            self.boot_the_fallen();
            done(&self.journal).then_some(())
        });
        assert!(happened.is_some(), "waited in vain until {what}: {}", self.told());
    }

    fn boot_the_fallen(&mut self) {
        for node in &mut self.nodes {
            if !node.has_ended() {
                continue;
            }
            assert_eq!(node.exit_code(), None, "{} ended by itself: {}", node.name(), node.log_tail());
            node.boot_anew();
            node.start();
        }
    }

    /// What there is to know of a fleet that does not do what it should.
    fn told(&self) -> String {
        let mut text = format!("{:#?}", self.journal.entries());
        for node in &self.nodes {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n{}", node.log_tail());
        }
        text
    }
}
