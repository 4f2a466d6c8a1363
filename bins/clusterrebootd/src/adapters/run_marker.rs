//! The marker of the last run of the reboot command: a file in the runtime directory.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use crb_decide::BootId;
use crb_orchestrate::{RunMarker, RunRecord};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::directory::{Directory, write};

/// The name of the file.
const MARKER: &str = "reboot-command.json";

/// One JSON document, which is replaced as a whole. It is not forced to the disk: what a crash of the kernel may
/// take ends with that boot anyway.
pub(crate) struct RunMarkerFile {
    file: PathBuf,
    draft: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Document {
    boot_id: BootId,
    claim: String,
    runs: u32,
    at: Timestamp,
}

impl RunMarkerFile {
    /// The marker in `directory`, which need not be there yet.
    pub(crate) fn within(directory: &Directory) -> Self {
        Self { file: directory.file(MARKER), draft: directory.file(&format!("{MARKER}.draft")) }
    }

    fn told(&self, error: &dyn std::fmt::Display, kind: ErrorKind) -> io::Error {
        io::Error::new(kind, format!("{}: {error}", self.file.display()))
    }
}

impl RunMarker for RunMarkerFile {
    fn read(&self) -> io::Result<Option<RunRecord>> {
        let text = match fs::read(&self.file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.told(&error, error.kind())),
        };
        let parsed = serde_json::from_slice(&text);
        let Document { boot_id, claim, runs, at } =
            parsed.map_err(|error| self.told(&error, ErrorKind::InvalidData))?;
        Ok(Some(RunRecord { boot_id, claim, runs, at }))
    }

    fn put(&self, record: &RunRecord) -> io::Result<()> {
        let RunRecord { boot_id, claim, runs, at } = record.clone();
        let text = serde_json::to_vec(&Document { boot_id, claim, runs, at })?;
        let put = write(&self.draft, &text).and_then(|()| fs::rename(&self.draft, &self.file));
        put.map_err(|error| self.told(&error, error.kind()))
    }

    fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.told(&error, error.kind())),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(runs: u32) -> RunRecord {
        RunRecord {
            boot_id: BootId("boot-1".to_owned()),
            claim: "/lock/1".to_owned(),
            runs,
            at: Timestamp::from_second(1_700_000_000).unwrap(),
        }
    }

    #[test]
    fn what_was_put_last_is_read_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::at(folder.path().to_owned());
        let marker = RunMarkerFile::within(&directory);
        assert_eq!(marker.read().unwrap(), None);
        marker.remove().unwrap();
        for runs in 1..=2 {
            marker.put(&run(runs)).unwrap();
            assert_eq!(RunMarkerFile::within(&directory).read().unwrap(), Some(run(runs)));
        }
        let names: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [MARKER], "no draft is left");
        marker.remove().unwrap();
        assert_eq!(marker.read().unwrap(), None);
    }

    #[test]
    fn what_cannot_be_understood_is_no_absence() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::at(folder.path().to_owned());
        let (marker, file) = (RunMarkerFile::within(&directory), directory.file(MARKER));
        for text in
            ["", "{", "null", "{}", r#"{"boot_id":"b","claim":"c","runs":-1,"at":"2026-01-01T00:00:00Z"}"#]
        {
            fs::write(&file, text).unwrap();
            let told = marker.read().unwrap_err().to_string();
            assert!(told.starts_with(&format!("{}: ", file.display())), "{text:?}: {told}");
        }
    }

    #[test]
    fn a_place_that_cannot_be_used_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let gone = Directory::at(folder.path().join("gone"));
        let marker = RunMarkerFile::within(&gone);
        assert_eq!(marker.read().unwrap(), None);
        let told = marker.put(&run(1)).unwrap_err().to_string();
        assert!(told.starts_with(&format!("{}: ", gone.file(MARKER).display())), "{told}");

        // A directory where the file should be can be neither read, nor replaced, nor removed.
        let directory = Directory::at(folder.path().to_owned());
        fs::create_dir(directory.file(MARKER)).unwrap();
        let marker = RunMarkerFile::within(&directory);
        for told in [marker.read().map(drop), marker.put(&run(1)), marker.remove()] {
            told.unwrap_err();
        }
    }
}
