//! `file`: a reboot is needed when a marker file is there.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use crb_decide::DetectorVerdict;
use tokio::time::timeout;

use crate::{Detector, Look};

/// How long the file system may take to answer; one on a network may hang.
const LIMIT: Duration = Duration::from_secs(10);

/// Looks for a marker such as `/var/run/reboot-required`.
///
/// Anything at the path counts, a directory too. Symbolic links are followed, so one that leads nowhere does
/// not count. A path that cannot be looked at is unknown.
#[derive(Debug, Clone)]
pub struct FileDetector {
    name: String,
    path: PathBuf,
}

impl FileDetector {
    /// A detector that looks for `path`.
    pub fn new(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self { name: name.into(), path: path.into() }
    }
}

#[async_trait]
impl Detector for FileDetector {
    fn name(&self) -> &str {
        &self.name
    }

    async fn look(&self) -> Look {
        let path = self.path.display();
        Look::bare(match timeout(LIMIT, tokio::fs::metadata(&self.path)).await {
            Ok(Ok(_)) => DetectorVerdict::Needed,
            Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => DetectorVerdict::NotNeeded,
            Ok(Err(error)) => DetectorVerdict::Unknown(format!("{path} cannot be looked at: {error}")),
            Err(_) => DetectorVerdict::Unknown(format!("{path} gave no answer within {LIMIT:?}")),
        })
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
}
