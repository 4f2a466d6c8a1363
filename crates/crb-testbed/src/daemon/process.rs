//! A child process that ends with the test at the latest.
#![allow(clippy::disallowed_methods, reason = "this file alone starts what tests run beside etcd")]

use std::ffi::OsStr;
use std::process::{Child, Command, ExitStatus};

use rustix::process::{Pid, Signal, kill_process};

use super::eventually;

/// A command that is still to be started.
pub(super) fn program(path: impl AsRef<OsStr>) -> Command {
    Command::new(path)
}

/// A process of ours. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Process(Child);

impl Process {
    pub(super) fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}")))
    }

    pub(super) fn has_ended(&mut self) -> bool {
        self.status().is_some()
    }

    fn status(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().expect("the state of our own child")
    }

    /// Waits for its end.
    pub(super) fn end(&mut self) -> ExitStatus {
        let what = format!("process {} ends", self.0.id());
        eventually(&what, || self.status())
    }

    pub(super) fn signal(&mut self, signal: Signal) {
        // A child that was waited for has no process any more, and its number may be another's.
        if self.has_ended() {
            return;
        }
        let pid = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(pid, signal).expect("a signal to our own child");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
