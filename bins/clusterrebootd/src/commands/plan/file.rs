//! Writes a file as a whole, or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The picture could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}", .path.display())]
pub(super) struct Unwritten {
    path: PathBuf,
    #[source]
    error: io::Error,
}

/// Puts `text` into the file at `path`, in the place of whatever stands there. Until all of it is on the disk, that stays.
pub(super) fn put(path: &Path, text: &str) -> Result<(), Unwritten> {
    let unwritten = |error| Unwritten { path: path.to_owned(), error };
    let name = path.file_name().ok_or_else(|| unwritten(io::Error::other("it names no file")))?;
    if path.is_dir() {
        return Err(unwritten(io::ErrorKind::IsADirectory.into()));
    }
    let mut draft_name = std::ffi::OsString::from(".");
    draft_name.push(name);
    draft_name.push(format!(".{}.draft", std::process::id()));
    let draft = path.with_file_name(draft_name);
    let written = write(&draft, text).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // It may never have been there.
        fs::remove_file(&draft).ok();
    }
    written.map_err(unwritten)
}

fn write(draft: &Path, text: &str) -> io::Result<()> {
    let mut file: File = OpenOptions::new().write(true).create_new(true).open(draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_no_draft_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.svg");
        for text in ["first", "second"] {
            put(&path, text).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_written_is_named_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let cases = [
            (folder.path().join("no/such/plan.svg"), "No such file or directory"),
            (folder.path().to_owned(), "is a directory"),
            (PathBuf::from("/"), "it names no file"),
        ];
        for (path, expected) in cases {
            let error = put(&path, "text").unwrap_err();
            let cause = std::error::Error::source(&error).unwrap().to_string();
            assert_eq!(error.to_string(), format!("cannot write {}", path.display()));
            assert!(cause.contains(expected), "{cause}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
