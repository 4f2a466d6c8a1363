//! The marker of the last run of the reboot command: a file in the runtime directory.

use std::io;

use crb_orchestrate::{RunMarker, RunRecord};

use super::runtime_file::RuntimeFile;
use crate::directory::Directory;

/// The name of the file.
const MARKER: &str = "reboot-command.json";

/// The record as one JSON document.
pub(crate) struct RunMarkerFile(RuntimeFile);

impl RunMarkerFile {
    /// The marker in `directory`, which need not be there yet.
    pub(crate) fn within(directory: &Directory) -> Self {
        Self(RuntimeFile::within(directory, MARKER))
    }
}

impl RunMarker for RunMarkerFile {
    fn read(&self) -> io::Result<Option<RunRecord>> {
        self.0.load()
    }

    fn put(&self, record: &RunRecord) -> io::Result<()> {
        self.0.replace(&serde_json::to_vec(record)?)
    }

    fn remove(&self) -> io::Result<()> {
        self.0.remove()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crb_decide::BootId;
    use jiff::Timestamp;

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
