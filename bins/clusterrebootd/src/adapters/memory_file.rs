//! What the node remembers of etcd: a file in the state directory.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use crb_lock::{Memory, Remembered};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::directory::{Directory, DirectoryError};

/// The name of the file.
const MEMORY: &str = "etcd.json";

/// A disk that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(10);

/// One JSON document, which is replaced as a whole, and forced to the disk before a save counts.
pub(crate) struct MemoryFile {
    directory: Arc<Directory>,
    /// Held by a save until it has really ended, so that one given up cannot undo a later one.
    turn: Arc<Mutex<()>>,
}

impl MemoryFile {
    /// The memory in `directory`, which is made if it is not there.
    ///
    /// # Errors
    /// Nothing can be kept there.
    pub(crate) fn try_new(directory: Directory) -> Result<Self, DirectoryError> {
        directory.make()?;
        let trial = directory.file(&format!("{MEMORY}.trial"));
        let tried = write(&trial, b"").and_then(|()| fs::remove_file(&trial));
        tried.map_err(|error| directory.refused(error))?;
        Ok(Self { directory: Arc::new(directory), turn: Arc::default() })
    }
}

#[async_trait]
impl Memory for MemoryFile {
    fn load(&self) -> io::Result<Option<Remembered>> {
        load(&self.directory)
    }

    async fn save(&self, remembered: &Remembered) -> io::Result<()> {
        let told = |error: io::Error| {
            let file = self.directory.file(MEMORY);
            io::Error::new(error.kind(), format!("{}: {error}", file.display()))
        };
        let text = serde_json::to_vec_pretty(remembered)?;
        let (directory, turn) = (Arc::clone(&self.directory), Arc::clone(&self.turn));
        let saving = async move {
            let turn = turn.lock_owned().await;
            let replacing = spawn_blocking(move || {
                let _turn = turn;
                replace(&directory, &text)
            });
            replacing.await.map_err(io::Error::other)?
        };
        match timeout(LIMIT, saving).await {
            Ok(saved) => saved.map_err(told),
            Err(_) => Err(told(io::Error::new(
                ErrorKind::TimedOut,
                format!("the disk did not answer in {} s", LIMIT.as_secs()),
            ))),
        }
    }
}

/// The same memory, for who only looks. What is not there, or not this user's to read, is no memory.
pub(crate) struct MemoryReader(Directory);

impl MemoryReader {
    pub(crate) const fn new(directory: Directory) -> Self {
        Self(directory)
    }
}

#[async_trait]
impl Memory for MemoryReader {
    fn load(&self) -> io::Result<Option<Remembered>> {
        match load(&self.0) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(None),
            loaded => loaded,
        }
    }

    async fn save(&self, _: &Remembered) -> io::Result<()> {
        Err(io::Error::new(ErrorKind::Unsupported, "this command remembers nothing"))
    }
}

fn load(directory: &Directory) -> io::Result<Option<Remembered>> {
    let file = directory.file(MEMORY);
    let told =
        |error: &dyn std::fmt::Display, kind| io::Error::new(kind, format!("{}: {error}", file.display()));
    match fs::read(&file) {
        Ok(text) => {
            let parsed = serde_json::from_slice(&text);
            parsed.map(Some).map_err(|error| told(&error, ErrorKind::InvalidData))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(told(&error, error.kind())),
    }
}

fn replace(directory: &Directory, text: &[u8]) -> io::Result<()> {
    let draft = directory.file(&format!("{MEMORY}.draft"));
    write(&draft, text)?;
    fs::rename(&draft, directory.file(MEMORY))?;
    File::open(directory.path())?.sync_all()
}

fn write(file: &std::path::Path, text: &[u8]) -> io::Result<()> {
    let mut opened = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    opened.write_all(text)?;
    opened.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use crb_lock::StorePoint;

    use super::*;

    fn at(revision: i64) -> Remembered {
        Remembered { seen: StorePoint { cluster_id: 7, revision }, claim: None, regression: None }
    }

    #[tokio::test]
    async fn what_was_saved_last_is_read_and_nobody_else_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::at(folder.path().to_owned());
        let memory = MemoryFile::try_new(directory.clone()).unwrap();
        assert_eq!(memory.load().unwrap(), None);
        for revision in [5, 9, 3] {
            memory.save(&at(revision)).await.unwrap();
            assert_eq!(MemoryReader::new(directory.clone()).load().unwrap(), Some(at(revision)));
        }
        let entries: Vec<_> = fs::read_dir(folder.path()).unwrap().map(Result::unwrap).collect();
        assert_eq!(entries.len(), 1, "no draft is left: {entries:?}");
        assert_eq!(entries[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn what_cannot_be_understood_is_no_absence() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::at(folder.path().to_owned());
        for text in ["", "{", "{}", "null"] {
            fs::write(directory.file(MEMORY), text).unwrap();
            for loaded in [load(&directory), MemoryReader::new(directory.clone()).load()] {
                let told = loaded.unwrap_err().to_string();
                assert!(told.starts_with(&directory.file(MEMORY).display().to_string()), "{text:?}: {told}");
            }
        }
    }

    #[tokio::test]
    async fn a_place_where_nothing_can_be_kept_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let refused = MemoryFile::try_new(Directory::at(file.clone())).err().unwrap().to_string();
        assert!(refused.contains(&file.display().to_string()), "{refused}");
        let directory = Directory::at(folder.path().join("gone"));
        let memory = MemoryFile::try_new(directory.clone()).unwrap();
        fs::remove_dir(directory.path()).unwrap();
        let told = memory.save(&at(1)).await.unwrap_err().to_string();
        assert!(told.starts_with(&directory.file(MEMORY).display().to_string()), "{told}");
    }

    #[tokio::test]
    async fn who_only_looks_saves_nothing_and_misses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let reader = MemoryReader::new(Directory::at(folder.path().join("gone")));
        assert_eq!(reader.load().unwrap(), None);
        reader.save(&at(1)).await.unwrap_err();
        assert!(!folder.path().join("gone").exists());
    }
}
