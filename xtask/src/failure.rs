//! What can go wrong, and the exit code that says so.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::tools::Missing;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// The command line makes no sense.
    Usage(String),
    /// Tools are missing that could not be got.
    Missing(Vec<Missing>),
    /// A program could not be started, or ended badly.
    Step {
        /// As one would type it.
        line: String,
        /// How it ended, and what it said.
        outcome: String,
    },
    /// A file or directory could not be had.
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What was looked at is not as it must be.
    Verdict(String),
    /// Stages of `ci` failed; each has told its own story.
    Stages(Vec<&'static str>),
}

impl Failure {
    /// No command of ours has this name.
    pub fn unknown_command(name: &str) -> Self {
        Self::Usage(format!("unknown command `{name}`"))
    }

    /// 64 for a usage error, as everywhere in this repository, and 1 for the rest.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 64,
            Self::Missing(_) | Self::Step { .. } | Self::File { .. } | Self::Verdict(_) | Self::Stages(_) => {
                1
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Verdict(text) => f.write_str(text),
            Self::Missing(all) => {
                f.write_str("tools are missing")?;
                all.iter().try_for_each(|missing| write!(f, "\n{missing}"))
            }
            Self::Step { line, outcome } => write!(f, "`{line}` {outcome}"),
            Self::File { path, source } => write!(f, "{}: {source}", path.display()),
            Self::Stages(names) => write!(f, "failed: {}", names.join(", ")),
        }
    }
}

impl std::error::Error for Failure {}
