//! One JSON document in the state directory, which outlives the boot.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::directory::Directory;

/// A disk that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(10);

/// It is replaced as a whole, and forced to the disk before a save counts.
pub(super) struct KeptFile {
    directory: Arc<Directory>,
    name: &'static str,
    /// Held by a change until it has really ended, so that one given up cannot undo a later one.
    turn: Arc<Mutex<()>>,
}

impl KeptFile {
    /// The file `name` in `directory`.
    pub(super) fn new(directory: Directory, name: &'static str) -> Self {
        Self { directory: Arc::new(directory), name, turn: Arc::default() }
    }

    /// Whether such a file can be kept in `directory`: keeps one, and takes it away.
    pub(super) fn try_out(directory: &Directory, name: &str) -> io::Result<()> {
        let trial = directory.file(&format!("{name}.trial"));
        write(&trial, b"").and_then(|()| fs::remove_file(&trial))
    }

    /// What was saved last; `None`: nothing, or it was removed since.
    pub(super) fn load<T: DeserializeOwned>(&self) -> io::Result<Option<T>> {
        load(&self.directory.file(self.name))
    }

    /// Puts `document` in the place of the last one.
    pub(super) async fn save<T: Serialize>(&self, document: &T) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(document)?;
        self.change(move |directory, name| {
            let draft = directory.file(&format!("{name}.draft"));
            write(&draft, &text)?;
            fs::rename(&draft, directory.file(name))
        })
        .await
    }

    /// Takes it away; nothing is a success.
    pub(super) async fn remove(&self) -> io::Result<()> {
        // Looked at first, for mostly there is none.
        if !self.directory.file(self.name).try_exists().unwrap_or(true) {
            return Ok(());
        }
        self.change(|directory, name| remove(&directory.file(name))).await
    }

    async fn change(
        &self,
        act: impl FnOnce(&Directory, &str) -> io::Result<()> + Send + 'static,
    ) -> io::Result<()> {
        let file = self.directory.file(self.name);
        let (directory, name, turn) = (Arc::clone(&self.directory), self.name, Arc::clone(&self.turn));
        let changing = async move {
            let turn = turn.lock_owned().await;
            let acting = spawn_blocking(move || {
                let _turn = turn;
                act(&directory, name)?;
                File::open(directory.path())?.sync_all()
            });
            acting.await.map_err(io::Error::other)?
        };
        let changed = timeout(LIMIT, changing).await.unwrap_or_else(|_| {
            let told = format!("the disk did not answer in {} s", LIMIT.as_secs());
            Err(io::Error::new(ErrorKind::TimedOut, told))
        });
        changed.map_err(|error| about(&file, &error, error.kind()))
    }
}

/// The document in `file`; `None`: there is none.
pub(super) fn load<T: DeserializeOwned>(file: &Path) -> io::Result<Option<T>> {
    match fs::read(file) {
        Ok(text) => {
            let parsed = serde_json::from_slice(&text);
            parsed.map(Some).map_err(|error| about(file, &error, ErrorKind::InvalidData))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(about(file, &error, error.kind())),
    }
}

/// Takes `file` away; nothing is a success.
pub(super) fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The error, with the file that it is about.
pub(super) fn about(file: &Path, error: &dyn std::fmt::Display, kind: ErrorKind) -> io::Error {
    io::Error::new(kind, format!("{}: {error}", file.display()))
}

fn write(file: &Path, text: &[u8]) -> io::Result<()> {
    let mut opened = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    opened.write_all(text)?;
    opened.sync_all()
}
