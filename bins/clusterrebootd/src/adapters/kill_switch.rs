//! The kill-switch file.

use std::io::ErrorKind;
use std::path::PathBuf;

use crb_decide::KillSwitchSeen;
use crb_orchestrate::KillSwitch;

/// On while a file exists, whatever is in it; a dangling link counts as one.
pub(crate) struct KillSwitchFile(pub(crate) PathBuf);

impl KillSwitch for KillSwitchFile {
    fn look(&self) -> KillSwitchSeen {
        let path = self.0.display().to_string();
        match self.0.symlink_metadata() {
            Ok(_) => KillSwitchSeen::Present { path },
            Err(error) if error.kind() == ErrorKind::NotFound => KillSwitchSeen::Absent,
            Err(error) => KillSwitchSeen::Unreadable { path, error: error.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_on_what_is_not_is_off_and_what_cannot_be_told_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("disable");
        assert_eq!(KillSwitchFile(file.clone()).look(), KillSwitchSeen::Absent);
        std::os::unix::fs::symlink("/nowhere", &file).unwrap();
        assert!(matches!(KillSwitchFile(file.clone()).look(), KillSwitchSeen::Present { .. }));
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, "").unwrap();
        assert!(matches!(KillSwitchFile(file.clone()).look(), KillSwitchSeen::Present { .. }));
        let beyond = KillSwitchFile(file.join("below-a-file"));
        assert!(matches!(beyond.look(), KillSwitchSeen::Unreadable { .. }));
    }
}
