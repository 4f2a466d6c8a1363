//! Directories of our own below `target`.

use std::fs;
use std::io;
use std::path::Path;

use xtask::Failure;

/// Makes a directory with all above it, unless it is there.
pub(crate) fn make(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|source| Failure::File { path: path.into(), source })
}

/// Removes a directory with all that is in it, if it is there.
pub(crate) fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Failure::File { path: path.into(), source })
        }
        _ => Ok(()),
    }
}
