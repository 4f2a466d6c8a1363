//! What the node remembers of etcd: a file in the state directory.

use std::io::{self, ErrorKind};

use async_trait::async_trait;
use crb_lock::{Memory, Remembered};

use super::kept_file::KeptFile;
use crate::directory::{Directory, DirectoryError};

/// The name of the file.
const MEMORY: &str = "etcd.json";

/// What it remembers, kept over the boot.
pub(crate) struct MemoryFile(KeptFile);

impl MemoryFile {
    /// The memory in `directory`, which is made if it is not there.
    ///
    /// # Errors
    /// Nothing can be kept there.
    pub(crate) fn try_new(directory: Directory) -> Result<Self, DirectoryError> {
        directory.make()?;
        let tried = KeptFile::try_out(&directory, MEMORY);
        tried.map_err(|error| directory.refused(error))?;
        Ok(Self(KeptFile::new(directory, MEMORY)))
    }
}

#[async_trait]
impl Memory for MemoryFile {
    fn load(&self) -> io::Result<Option<Remembered>> {
        self.0.load()
    }

    async fn save(&self, remembered: &Remembered) -> io::Result<()> {
        self.0.save(remembered).await
    }
}

/// The same memory, for who only looks. What is not there, or not this user's to read, is no memory.
pub(crate) struct MemoryReader(KeptFile);

impl MemoryReader {
    pub(crate) fn new(directory: Directory) -> Self {
        Self(KeptFile::new(directory, MEMORY))
    }
}

#[async_trait]
impl Memory for MemoryReader {
    fn load(&self) -> io::Result<Option<Remembered>> {
        match self.0.load() {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(None),
            loaded => loaded,
        }
    }

    async fn save(&self, _: &Remembered) -> io::Result<()> {
        Err(io::Error::new(ErrorKind::Unsupported, "this command remembers nothing"))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
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
            let memory = MemoryFile::try_new(directory.clone()).unwrap();
            for loaded in [memory.load(), MemoryReader::new(directory.clone()).load()] {
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
