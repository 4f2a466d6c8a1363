//! The notes of reboots: the one under way in the state directory, the last one in the runtime directory.

use std::io;

use async_trait::async_trait;
use crb_orchestrate::{LastReboot, RebootNote, RebootNotes};

use super::kept_file::KeptFile;
use super::runtime_file::RuntimeFile;
use crate::directory::Directory;

/// The note of the reboot under way.
const NOTE: &str = "reboot.json";

/// The word of the last one.
const LAST: &str = "last-reboot.json";

/// A file that outlives the boot, and one that ends with it.
pub(crate) struct RebootNotesFile {
    note: KeptFile,
    last: RuntimeFile,
}

impl RebootNotesFile {
    /// The notes in these directories, which need not be there yet.
    pub(crate) fn within(state: Directory, runtime: &Directory) -> Self {
        Self { note: KeptFile::new(state, NOTE), last: RuntimeFile::within(runtime, LAST) }
    }
}

/// Word of the last reboot that was proven good, in the runtime directory.
///
/// # Errors
/// There is one, and it cannot be read or understood.
pub(crate) fn last_reboot(runtime: &Directory) -> io::Result<Option<LastReboot>> {
    RuntimeFile::within(runtime, LAST).load()
}

#[async_trait]
impl RebootNotes for RebootNotesFile {
    fn read(&self) -> io::Result<Option<RebootNote>> {
        self.note.load()
    }

    async fn put(&self, note: &RebootNote) -> io::Result<()> {
        self.note.save(note).await
    }

    async fn remove(&self) -> io::Result<()> {
        self.note.remove().await
    }

    fn publish(&self, reboot: &LastReboot) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(reboot)?;
        text.push(b'\n');
        self.last.replace(&text)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crb_decide::{BootId, HookPhase, NodeName};
    use crb_orchestrate::HookRun;
    use jiff::Timestamp;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    fn drained() -> HookRun {
        let (hook, result) = ("drain".to_owned(), "success".to_owned());
        HookRun { phase: HookPhase::PreReboot, hook, result, duration_ms: 1500 }
    }

    fn note(back_at: Option<Timestamp>) -> RebootNote {
        RebootNote {
            claim: "/lock/1".to_owned(),
            boot_id: BootId("boot-1".to_owned()),
            committed_at: at(0),
            detectors: vec!["kernel".to_owned()],
            hooks_began: true,
            hooks: vec![drained()],
            back_at,
        }
    }

    #[tokio::test]
    async fn the_note_that_was_put_last_is_read_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::at(folder.path().to_owned());
        let notes = RebootNotesFile::within(directory.clone(), &directory);
        assert_eq!(notes.read().unwrap(), None);
        notes.remove().await.unwrap();
        for back_at in [None, Some(at(90))] {
            notes.put(&note(back_at)).await.unwrap();
            let read = RebootNotesFile::within(directory.clone(), &directory).read().unwrap();
            assert_eq!(read, Some(note(back_at)));
        }
        notes.remove().await.unwrap();
        assert_eq!(notes.read().unwrap(), None);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no draft is left");
    }

    #[test]
    fn what_is_published_is_there_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::at(folder.path().to_owned());
        let notes = RebootNotesFile::within(directory.clone(), &directory);
        assert_eq!(last_reboot(&directory).unwrap(), None);
        let last = LastReboot {
            node: NodeName::try_new("web-1").unwrap(),
            boot_id: BootId("boot-2".to_owned()),
            boot_before: Some(BootId("boot-1".to_owned())),
            committed_at: Some(at(0)),
            back_at: at(90),
            verified_at: at(95),
            detectors: vec!["kernel".to_owned()],
            attempts: 1,
            history: Some("/crb/history/2023-11-14T22:14:55.000Z-web-1".to_owned()),
            hooks: vec![drained()],
        };
        notes.publish(&last).unwrap();
        assert_eq!(last_reboot(&directory).unwrap(), Some(last));
        let entries: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(entries, [LAST]);
        expect_test::expect![[r#"
            {
              "node": "web-1",
              "boot_id": "boot-2",
              "boot_before": "boot-1",
              "committed_at": "2023-11-14T22:13:20Z",
              "back_at": "2023-11-14T22:14:50Z",
              "verified_at": "2023-11-14T22:14:55Z",
              "detectors": [
                "kernel"
              ],
              "attempts": 1,
              "history": "/crb/history/2023-11-14T22:14:55.000Z-web-1",
              "hooks": [
                {
                  "phase": "pre-reboot",
                  "hook": "drain",
                  "result": "success",
                  "duration_ms": 1500
                }
              ]
            }
        "#]]
        .assert_eq(&fs::read_to_string(directory.file(LAST)).unwrap());

        fs::write(directory.file(LAST), "{").unwrap();
        let told = last_reboot(&directory).unwrap_err().to_string();
        assert!(told.starts_with(&directory.file(LAST).display().to_string()), "{told}");
    }
}
