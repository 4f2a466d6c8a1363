//! The directories that are this service's own.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::system::own_directory;

/// Others have no business in it, and its group may look.
const MODE: u32 = 0o750;

/// The mode of a file in it.
pub(crate) const FILE_MODE: u32 = 0o640;

/// A directory of the service. systemd makes and names it; without systemd it is where such a one usually is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directory {
    path: PathBuf,
    named_by: &'static str,
}

/// A directory of the service that it cannot use.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot use the directory {}: {error}; run as root, or set {named_by} to a directory of your own",
    .path.display()
)]
pub(crate) struct DirectoryError {
    path: PathBuf,
    named_by: &'static str,
    error: io::Error,
}

impl Directory {
    /// For what ends with the boot: `RUNTIME_DIRECTORY`, or `/run/clusterrebootd`.
    pub(crate) fn runtime() -> Self {
        Self::new("RUNTIME_DIRECTORY", "/run/clusterrebootd")
    }

    /// For what outlives the boot: `STATE_DIRECTORY`, or `/var/lib/clusterrebootd`.
    pub(crate) fn state() -> Self {
        Self::new("STATE_DIRECTORY", "/var/lib/clusterrebootd")
    }

    fn new(named_by: &'static str, usual: &str) -> Self {
        Self { path: own_directory(named_by, usual), named_by }
    }

    /// A runtime directory at `path`.
    #[cfg(test)]
    pub(crate) fn at(path: PathBuf) -> Self {
        Self { path, ..Self::runtime() }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Makes it, unless it is there already.
    pub(crate) fn make(&self) -> Result<(), DirectoryError> {
        let made = DirBuilder::new().recursive(true).mode(MODE).create(&self.path);
        made.map_err(|error| self.refused(error))
    }

    /// The error of whoever could not use it.
    pub(crate) fn refused(&self, error: io::Error) -> DirectoryError {
        DirectoryError { path: self.path.clone(), named_by: self.named_by, error }
    }
}
