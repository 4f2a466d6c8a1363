//! `etcdctl lock`: somebody who knows nothing of us and asks for the same lock.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Stdio;

use rustix::process::Signal;

use super::eventually;
use super::process::Process;
use crate::{EtcdCluster, tools};

/// A run of `etcdctl lock`, which holds the lock from when it has it until it is told to let go.
#[derive(Debug)]
pub struct Rival {
    process: Process,
    output: PathBuf,
}

impl Rival {
    /// Asks for the lock at `key`.
    pub fn ask(cluster: &EtcdCluster, key: &str) -> Self {
        let output = cluster.directory().join("rival");
        let file = File::create(&output).expect("a file for what etcdctl prints");
        let mut command = tools::etcdctl();
        command.arg("--endpoints").arg(cluster.endpoints().join(",")).args(["lock", key]);
        command.stdin(Stdio::null()).stdout(file);
        Self { process: Process::start(&mut command), output }
    }

    /// The key under which it holds the lock, if it does.
    pub fn held(&self) -> Option<String> {
        let printed = fs::read_to_string(&self.output).expect("what etcdctl printed");
        printed.split_once('\n').map(|(key, _)| key.to_owned())
    }

    /// Waits until it holds the lock, and gives the key.
    pub fn wait_until_held(&self) -> String {
        eventually("etcdctl holds the lock", || self.held())
    }

    /// Lets the lock go.
    pub fn release(mut self) {
        self.process.signal(Signal::TERM);
        self.process.end();
    }
}
