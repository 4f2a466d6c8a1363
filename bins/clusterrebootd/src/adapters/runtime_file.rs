//! One JSON document in the runtime directory, which ends with the boot.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use serde::de::DeserializeOwned;

use super::kept_file::{about, load, remove};
use crate::directory::{Directory, FILE_MODE};

/// It is replaced as a whole. It is not forced to the disk: what a crash of the kernel may take ends with that boot
/// anyway.
pub(super) struct RuntimeFile {
    file: PathBuf,
    draft: PathBuf,
}

impl RuntimeFile {
    /// The file `name` in `directory`, which need not be there yet.
    pub(super) fn within(directory: &Directory, name: &str) -> Self {
        Self { file: directory.file(name), draft: directory.file(&format!("{name}.draft")) }
    }

    /// What was put last; `None`: nothing, or it was removed since.
    pub(super) fn load<T: DeserializeOwned>(&self) -> io::Result<Option<T>> {
        load(&self.file)
    }

    /// Puts `text` in the place of the last one.
    pub(super) fn replace(&self, text: &[u8]) -> io::Result<()> {
        let opened =
            OpenOptions::new().write(true).create(true).truncate(true).mode(FILE_MODE).open(&self.draft);
        let put = opened
            .and_then(|mut draft| draft.write_all(text))
            .and_then(|()| fs::rename(&self.draft, &self.file));
        put.map_err(|error| about(&self.file, &error, error.kind()))
    }

    /// Takes it away; nothing is a success.
    pub(super) fn remove(&self) -> io::Result<()> {
        remove(&self.file).map_err(|error| about(&self.file, &error, error.kind()))
    }
}
