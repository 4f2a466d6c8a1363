//! What can go wrong, and the exit code that says so.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::tools::Missing;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line makes no sense.
    Usage(String),
    /// Tools are missing that could not be got.
    Missing(Vec<Missing>),
    /// A program could not be started, or ended badly.
    Step { line: String, outcome: String },
    /// A file or directory could not be had.
    File { path: PathBuf, source: io::Error },
    /// Stages of `ci` failed; each has told its own story.
    Stages(Vec<&'static str>),
}

impl Failure {
    /// 64 for a usage error, as everywhere in this repository, and 1 for the rest.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 64,
            Self::Missing(_) | Self::Step { .. } | Self::File { .. } | Self::Stages(_) => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) => f.write_str(text),
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
