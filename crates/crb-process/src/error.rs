//! Why a child did not begin.

use std::error::Error;
use std::io;

use rustix::io::Errno;

/// Why a child did not begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no word to take the program's name from, or it is blank.
    #[error("the command names no program")]
    Empty,
    /// The program is not there, or the interpreter that its first line names is not.
    #[error("{program} was not found, or its interpreter was not")]
    NotFound {
        /// The program, as it was given.
        program: String,
    },
    /// The program may not be executed by this user.
    #[error("{program} may not be executed")]
    NotPermitted {
        /// The program, as it was given.
        program: String,
    },
    /// Anything else, such as a script without an interpreter line, or too many processes.
    #[error("{program} could not be started")]
    Other {
        /// The program, as it was given.
        program: String,
        /// What the system said.
        source: io::Error,
    },
}

impl StartError {
    pub(crate) fn new(program: &str, source: io::Error) -> Self {
        let program = program.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound => Self::NotFound { program },
            io::ErrorKind::PermissionDenied => Self::NotPermitted { program },
            _ => Self::Other { program, source },
        }
    }

    /// Whether it is certain that the program did not run.
    ///
    /// A machine short of memory or descriptors may start a child and then fail to watch it, so what it
    /// says is no proof. The refusals of `execve(2)` are.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Empty | Self::NotFound { .. } | Self::NotPermitted { .. } => true,
            Self::Other { source, .. } => [Errno::NOEXEC, Errno::TXTBSY, Errno::TOOBIG]
                .map(Some)
                .contains(&Errno::from_io_error(source)),
        }
    }

    /// The error and its cause in one line, for records that hold text.
    pub fn to_line(&self) -> String {
        match self.source() {
            Some(source) => format!("{self}: {source}"),
            None => self.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_execve_refuses_is_certain_not_to_have_run() {
        let table = [
            (Errno::NOENT, "reboot was not found, or its interpreter was not", true),
            (Errno::ACCESS, "reboot may not be executed", true),
            (Errno::NOEXEC, "reboot could not be started: Exec format error (os error 8)", true),
            (Errno::MFILE, "reboot could not be started: Too many open files (os error 24)", false),
            (Errno::NOMEM, "reboot could not be started: Cannot allocate memory (os error 12)", false),
        ];
        for (errno, line, refusal) in table {
            let error = StartError::new("reboot", errno.into());
            assert_eq!((error.to_line().as_str(), error.is_refusal()), (line, refusal));
        }
    }
}
