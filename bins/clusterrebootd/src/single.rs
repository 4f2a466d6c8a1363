//! One daemon a machine: a lock on a file, which the kernel lets go of when the daemon ends, however it ends.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::directory::{Directory, DirectoryError, FILE_MODE};

/// The name of the file in the runtime directory.
const LOCK: &str = "daemon.lock";

/// The right to be the daemon of this machine, until it is dropped. What the daemon starts does not inherit it.
#[derive(Debug)]
pub(crate) struct SingleDaemon {
    _locked: File,
}

/// Why this process may not be the daemon.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSingle {
    /// There is one already.
    #[error(
        "another daemon runs on this machine: {holder} holds {}; stop it first, or ask it with `status`",
        .file.display()
    )]
    Taken {
        /// The locked file.
        file: PathBuf,
        /// Its process, as far as the file tells.
        holder: String,
    },
    /// It cannot be told.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

impl SingleDaemon {
    /// Takes the lock in the runtime `directory`, and writes this process's id into its file.
    ///
    /// # Errors
    /// Another process has it, or the directory cannot be used.
    pub(crate) fn of(directory: &Directory) -> Result<Self, NotSingle> {
        directory.make()?;
        let file = directory.file(LOCK);
        let refused = |error| NotSingle::from(directory.refused(error));
        // Not emptied by whoever does not have it yet: the first one's process id stands in it.
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE)
            .open(&file);
        let mut locked = opened.map_err(refused)?;
        match flock(&locked, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Err(NotSingle::Taken { holder: holder(&mut locked), file }),
            Err(error) => return Err(refused(error.into())),
        }
        sign(&mut locked).map_err(refused)?;
        Ok(Self { _locked: locked })
    }
}

fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn holder(file: &mut File) -> String {
    let mut pid = String::new();
    match file.read_to_string(&mut pid) {
        Ok(_) if !pid.trim().is_empty() => format!("process {}", pid.trim()),
        // It has the lock, and has not said yet who it is.
        Ok(_) | Err(_) => "a process that does not tell its id".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_until_it_ends_and_the_other_learns_who() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::at(folder.path().join("below/run"));
        let first = SingleDaemon::of(&directory).unwrap();
        let lock = folder.path().join("below/run/daemon.lock");
        let told = SingleDaemon::of(&directory).unwrap_err().to_string();
        let expected = format!(
            "another daemon runs on this machine: process {} holds {}; stop it first, or ask it with `status`",
            std::process::id(),
            lock.display()
        );
        assert_eq!(told, expected);
        std::fs::write(&lock, "").unwrap();
        let told = SingleDaemon::of(&directory).unwrap_err().to_string();
        assert!(told.contains("a process that does not tell its id"), "{told}");
        drop(first);
        SingleDaemon::of(&directory).unwrap();
    }

    #[test]
    fn a_longer_process_id_of_an_earlier_life_does_not_shine_through() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::at(folder.path().to_owned());
        std::fs::write(directory.file(LOCK), "12345678901234567890\n").unwrap();
        let _first = SingleDaemon::of(&directory).unwrap();
        let written = std::fs::read_to_string(directory.file(LOCK)).unwrap();
        assert_eq!(written, format!("{}\n", std::process::id()));
    }

    #[test]
    fn a_directory_that_cannot_be_used_is_named_with_the_reason_and_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        for path in [file.clone(), file.join("below")] {
            let told = SingleDaemon::of(&Directory::at(path.clone())).unwrap_err().to_string();
            assert!(told.starts_with(&format!("cannot use the directory {}: ", path.display())), "{told}");
            assert!(
                told.ends_with("; run as root, or set RUNTIME_DIRECTORY to a directory of your own"),
                "{told}"
            );
        }
    }
}
