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
    /// The words after a command make no sense; what they may be.
    Misused {
        /// What is wrong.
        what: String,
        /// How the command is used.
        usage: &'static str,
    },
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

    /// Tells of a usage error how this one command is used.
    #[must_use]
    pub fn of_command(self, usage: &'static str) -> Self {
        match self {
            Self::Usage(what) => Self::Misused { what, usage },
            other => other,
        }
    }

    /// 64 for a usage error, as everywhere in this repository, and 1 for the rest.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Misused { .. } => 64,
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
            Self::Misused { what, usage } => write!(f, "{what}\n\n{}", usage.trim_end()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usage_error_tells_how_the_very_command_is_used_and_others_do_not() {
        let failure = Failure::Usage("--key wants a value".into()).of_command("Usage: verify DIR\n");
        assert_eq!(failure.to_string(), "--key wants a value\n\nUsage: verify DIR");
        assert_eq!(failure.exit_code(), 64);
        let failure = Failure::Verdict("it is broken".into()).of_command("Usage: verify DIR\n");
        assert_eq!((failure.to_string().as_str(), failure.exit_code()), ("it is broken", 1));
    }
}
