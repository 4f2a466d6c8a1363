//! How a child ended.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use crate::output::Captured;

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum End {
    /// By itself, with this exit code.
    Exited(i32),
    /// By a signal that we did not send, of this number.
    Signalled(i32),
    /// It ran past its time-out, and its process group was ended.
    TimedOut,
    /// It ended, and its exit status was lost: something else in this process had waited for it.
    Unseen,
}

impl From<ExitStatus> for End {
    fn from(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Exited(code),
            (None, Some(signal)) => Self::Signalled(signal),
            (None, None) => Self::Unseen,
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exit code {code}"),
            Self::Signalled(signal) => write!(f, "ended by signal {signal}"),
            Self::TimedOut => f.write_str("ran past its time-out"),
            Self::Unseen => f.write_str("exit status lost"),
        }
    }
}

/// A run that began and is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How the child ended.
    pub end: End,
    /// What it wrote to its standard output.
    pub stdout: Captured,
    /// What it wrote to its standard error.
    pub stderr: Captured,
    /// From its start until its end was seen.
    pub took: Duration,
}
