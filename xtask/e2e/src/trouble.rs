//! What keeps a scenario from holding.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use xtask::Failure;

/// Why a machine or a scenario did not do as it must.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// What must come did not.
    #[error("waited {limit:?} in vain until {what}")]
    InVain {
        /// What was waited for, as in "node-a is up".
        what: String,
        /// For how long.
        limit: Duration,
    },
    /// A script in a machine failed that must not.
    #[error("on {node} `{script}` ended with {code}: {output}")]
    Script {
        /// On which machine.
        node: String,
        /// Its text.
        script: String,
        /// Its exit code.
        code: i32,
        /// What it printed.
        output: String,
    },
    /// A machine was asked while it was down, or went down before it answered.
    #[error("{node} is down, and was asked `{script}`")]
    Down {
        /// Which machine.
        node: String,
        /// What it was asked.
        script: String,
    },
    /// QEMU refused, or is gone.
    #[error("the emulator of {node} did not take `{command}`: {why}")]
    Emulator {
        /// Of which machine.
        node: String,
        /// What it was told.
        command: String,
        /// Its answer.
        why: String,
    },
    /// What was seen is not what must be.
    #[error("{0}")]
    Unmet(String),
    /// A file, a port or a process could not be had.
    #[error("{what}")]
    System {
        /// Which.
        what: String,
        /// What the system says.
        source: io::Error,
    },
    /// A step of the preparations failed.
    #[error(transparent)]
    Step(#[from] Failure),
}

impl Trouble {
    /// Makes an error of the system ours, with what was to be had.
    pub(crate) fn at(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::System { what, source }
    }

    /// The same of a file.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        Self::at(path.into().display().to_string())
    }

    /// The whole story, sources included.
    pub(crate) fn told(&self) -> String {
        match self {
            Self::System { what, source } => format!("{what}: {source}"),
            other => other.to_string(),
        }
    }
}

/// What is done in a scenario.
pub(crate) type Outcome<T = ()> = Result<T, Trouble>;

/// Fails unless it is so.
pub(crate) fn require(so: bool, otherwise: impl fmt::Display) -> Outcome {
    if so { Ok(()) } else { Err(Trouble::Unmet(otherwise.to_string())) }
}
