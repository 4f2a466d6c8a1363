//! Since when this node's reboot is held back: a file in the runtime directory, kept by the daemon, for `status` and for
//! the next daemon of this boot.

use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crb_decide::BootId;
use crb_observe::{Background, Event, Sink, Standing, What};
use serde::{Deserialize, Serialize};

use super::runtime_file::RuntimeFile;
use crate::directory::Directory;

/// The name of the file.
const FILE: &str = "standing.json";

/// What stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    boot_id: BootId,
    pid: u32,
    standing: Standing,
}

impl Kept {
    /// What a daemon of the boot `here` has kept in `directory`. What is not there, or not this user's to read, or of
    /// another boot, tells nothing.
    pub(crate) fn read(directory: &Directory, here: &BootId) -> io::Result<Option<Self>> {
        match RuntimeFile::within(directory, FILE).load::<Self>() {
            Ok(found) => Ok(found.filter(|kept| kept.boot_id == *here)),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What the daemon knows that keeps it, if that daemon still runs: of one that has ended nobody can tell whether
    /// it is still so.
    pub(crate) fn of_a_running_daemon(self) -> Option<Standing> {
        Path::new("/proc").join(self.pid.to_string()).exists().then_some(self.standing)
    }
}

/// Keeps the file as passes end. It is replaced as a whole, by a thread of its own, and only when something changes.
pub(crate) struct StandingFile {
    boot_id: BootId,
    standing: Mutex<Standing>,
    writer: Mutex<Background>,
}

impl StandingFile {
    /// Goes on from what an earlier daemon of this boot has kept in `directory`, where that can be read.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub(crate) fn start(directory: &Directory, boot_id: BootId) -> io::Result<Self> {
        let before = Kept::read(directory, &boot_id).unwrap_or_else(|error| {
            tracing::warn!(%error, "since when something blocks is counted anew");
            None
        });
        let replacing = Replacing(RuntimeFile::within(directory, FILE));
        let file = Self {
            boot_id,
            standing: Mutex::new(before.map(|kept| kept.standing).unwrap_or_default()),
            writer: Mutex::new(Background::start(replacing)?),
        };
        file.put(&file.standing());
        Ok(file)
    }

    /// What is known by now.
    pub(crate) fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, standing: &Standing) {
        let kept =
            Kept { boot_id: self.boot_id.clone(), pid: std::process::id(), standing: standing.clone() };
        let text = serde_json::to_vec(&kept).map_err(io::Error::from);
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = text.and_then(|text| writer.write_all(&text)) {
            tracing::warn!(%error, "since when something blocks is not kept");
        }
    }
}

impl Sink for StandingFile {
    fn take(&self, event: &Event) {
        let What::RunOutcome { decision, reboot_required, .. } = &event.what else { return };
        let mut standing = self.standing();
        let before = standing.clone();
        standing.take(event.at, decision, *reboot_required);
        if *standing != before {
            self.put(&standing);
        }
    }
}

/// A writer to which every write is a whole file.
struct Replacing(RuntimeFile);

impl Write for Replacing {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let put = self.0.replace(text);
        if let Err(error) = &put {
            tracing::warn!(%error, "since when something blocks is not kept");
        }
        put.map(|()| text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use crb_decide::{Decision, NodeName, Reason};
    use jiff::Timestamp;

    use super::*;

    fn boot(id: &str) -> BootId {
        BootId(id.to_owned())
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn blocked() -> Reason {
        Reason::ScriptFailed { exit_code: 1 }
    }

    fn pass(file: &StandingFile, second: i64) {
        let what = What::RunOutcome {
            decision: Decision::for_one(blocked()),
            dry_run: false,
            reboot_required: None,
        };
        file.take(&Event { at: at(second), node: NodeName::try_new("a").unwrap(), what });
        assert!(file.writer.lock().unwrap().settle(Duration::from_secs(60)));
    }

    #[test]
    fn the_next_daemon_of_a_boot_goes_on_and_one_of_the_next_boot_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::at(folder.path().to_owned());
        assert_eq!(Kept::read(&directory, &boot("1")).unwrap(), None);
        for (id, second, since) in [("1", 10, 10), ("1", 20, 10), ("2", 30, 30)] {
            pass(&StandingFile::start(&directory, boot(id)).unwrap(), second);
            let kept = Kept::read(&directory, &boot(id)).unwrap().unwrap();
            assert_eq!(kept.of_a_running_daemon().unwrap().since(&blocked()), Some(at(since)), "at {second}");
        }
        assert_eq!(Kept::read(&directory, &boot("1")).unwrap(), None, "it is of another boot");
    }

    #[test]
    fn what_a_daemon_kept_that_has_ended_tells_nothing_and_what_cannot_be_read_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::at(folder.path().to_owned());
        // No process has the id 0.
        let gone = Kept { boot_id: boot("1"), pid: 0, standing: Standing::default() };
        fs::write(directory.file(FILE), serde_json::to_vec(&gone).unwrap()).unwrap();
        assert_eq!(Kept::read(&directory, &boot("1")).unwrap().unwrap().of_a_running_daemon(), None);
        fs::write(directory.file(FILE), "{").unwrap();
        let error = Kept::read(&directory, &boot("1")).unwrap_err().to_string();
        assert!(error.starts_with(&directory.file(FILE).display().to_string()), "{error}");
        assert_eq!(*StandingFile::start(&directory, boot("1")).unwrap().standing(), Standing::default());
    }
}
