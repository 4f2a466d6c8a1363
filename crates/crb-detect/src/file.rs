//! `file`: a reboot is needed when a marker file is there.

use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use crb_decide::DetectorVerdict;
use tokio::time::timeout;

use crate::watch::PathWatch;
use crate::{Detector, Look, WatchError};

/// How long the file system may take to answer; one on a network may hang.
const LIMIT: Duration = Duration::from_secs(10);

/// Looks for a marker such as `/var/run/reboot-required`.
///
/// Anything at the path counts, a directory too. Symbolic links are followed, so one that leads nowhere does
/// not count. A path that cannot be looked at is unknown.
///
/// What comes to the path or goes is noticed at once. Where a link leads is not followed for that, nor is a file
/// system of other machines; there the next look finds it.
#[derive(Debug)]
pub struct FileDetector {
    name: String,
    path: PathBuf,
    said: Mutex<Option<DetectorVerdict>>,
}

impl FileDetector {
    /// A detector that looks for `path`.
    pub fn new(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self { name: name.into(), path: path.into(), said: Mutex::default() }
    }

    async fn verdict(&self) -> DetectorVerdict {
        let path = self.path.display();
        match timeout(LIMIT, tokio::fs::metadata(&self.path)).await {
            Ok(Ok(_)) => DetectorVerdict::Needed,
            Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => DetectorVerdict::NotNeeded,
            Ok(Err(error)) => DetectorVerdict::Unknown(format!("{path} cannot be looked at: {error}")),
            Err(_) => DetectorVerdict::Unknown(format!("{path} gave no answer within {LIMIT:?}")),
        }
    }

    fn said(&self) -> std::sync::MutexGuard<'_, Option<DetectorVerdict>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Detector for FileDetector {
    fn name(&self) -> &str {
        &self.name
    }

    async fn look(&self) -> Look {
        let verdict = self.verdict().await;
        *self.said() = Some(verdict.clone());
        Look::bare(verdict)
    }

    async fn changed(&self) -> Result<(), WatchError> {
        loop {
            let watch = PathWatch::begin(&self.path).await?;
            // What came between the last look and the watch is seen here, and what comes later by the watch.
            let now = self.verdict().await;
            if self.said().as_ref() != Some(&now) {
                return Ok(());
            }
            watch.stirred().await?;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[tokio::test]
    async fn what_is_there_is_needed_and_what_cannot_be_told_is_unknown() {
        let dir = tempfile::TempDir::new().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("marker"), "").unwrap();
        symlink(at("marker"), at("link")).unwrap();
        symlink(at("nowhere"), at("dangling")).unwrap();
        symlink(at("loop"), at("loop")).unwrap();

        let cannot = |name: &str, error: &str| {
            DetectorVerdict::Unknown(format!("{} cannot be looked at: {error}", at(name).display()))
        };
        let table = [
            ("marker", DetectorVerdict::Needed),
            ("link", DetectorVerdict::Needed),
            (".", DetectorVerdict::Needed),
            ("missing", DetectorVerdict::NotNeeded),
            ("missing/marker", DetectorVerdict::NotNeeded),
            ("dangling", DetectorVerdict::NotNeeded),
            ("marker/below", cannot("marker/below", "Not a directory (os error 20)")),
            ("loop", cannot("loop", "Too many levels of symbolic links (os error 40)")),
        ];
        for (name, expected) in table {
            let look = FileDetector::new("marker", at(name)).look().await;
            assert_eq!(look, Look::bare(expected), "{name}");
        }
    }
    /// So long that only a fault takes longer.
    const AMPLE: Duration = Duration::from_secs(30);

    #[tokio::test]
    async fn what_came_or_went_since_the_last_look_is_a_change_at_once() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("marker");
        let detector = FileDetector::new("marker", &path);
        detector.look().await;
        fs::write(&path, "").unwrap();
        assert_eq!(timeout(AMPLE, detector.changed()).await, Ok(Ok(())));
        assert_eq!(detector.look().await.verdict, DetectorVerdict::Needed);
        fs::remove_file(&path).unwrap();
        assert_eq!(timeout(AMPLE, detector.changed()).await, Ok(Ok(())));
        assert_eq!(detector.look().await.verdict, DetectorVerdict::NotNeeded);
    }

    #[tokio::test]
    async fn a_marker_is_noticed_while_its_directories_are_made() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("run/own/marker");
        let detector = FileDetector::new("marker", &path);
        detector.look().await;
        let make = async {
            for directory in ["run", "run/own"] {
                tokio::fs::create_dir(dir.path().join(directory)).await.unwrap();
                tokio::fs::write(dir.path().join(directory).join("other"), "").await.unwrap();
            }
            tokio::fs::write(&path, "").await.unwrap();
        };
        let (changed, ()) = tokio::join!(timeout(AMPLE, detector.changed()), make);
        assert_eq!(changed, Ok(Ok(())));
        assert_eq!(detector.look().await.verdict, DetectorVerdict::Needed);
    }
}
