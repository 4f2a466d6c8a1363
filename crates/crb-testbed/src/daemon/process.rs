//! A child process that ends with the test at the latest.
#![allow(clippy::disallowed_methods, reason = "this file alone starts what tests run beside etcd")]

use std::ffi::OsStr;
use std::process::{Child, ChildStdout, Command, ExitStatus};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use super::eventually;

/// A command that is still to be started.
pub(crate) fn program(path: impl AsRef<OsStr>) -> Command {
    Command::new(path)
}

/// A process of ours. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?} does not start: {error}")))
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.status().is_some()
    }

    fn status(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().expect("the state of our own child")
    }

    /// Waits for its end.
    pub(crate) fn end(&mut self) -> ExitStatus {
        let what = format!("process {} ends", self.0.id());
        eventually(&what, || self.status())
    }

    pub(crate) fn signal(&mut self, signal: Signal) {
        // A child that was waited for has no process any more, and its number may be another's.
        if self.has_ended() {
            return;
        }
        kill_process(self.pid(), signal).expect("a signal to our own child");
    }

    /// Freezes it, and waits until it stands still, down to its last thread.
    pub(crate) fn freeze(&mut self) {
        self.signal(Signal::STOP);
        let look = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG;
        let what = format!("process {} stops", self.0.id());
        eventually(&what, || {
            self.has_ended().then_some(()).or_else(|| waitid(WaitId::Pid(self.pid()), look).ok()?.map(drop))
        });
    }

    /// What it prints, if that was asked for at its start, and was not taken before.
    pub(crate) fn take_stdout(&mut self) -> ChildStdout {
        self.0.stdout.take().expect("a process whose output is ours")
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    fn pid(&self) -> Pid {
        i32::try_from(self.0.id()).ok().and_then(Pid::from_raw).expect("a process id")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself. One that is frozen ends, too.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
