//! A disk that can be full: a small file system in memory.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::daemon::program;

/// A file system of a few megabytes, mounted on a directory. Dropping it unmounts it.
#[derive(Debug)]
pub struct SmallDisk {
    directory: PathBuf,
}

impl SmallDisk {
    /// Mounts one of `bytes` on `directory`, which is created.
    ///
    /// # Errors
    /// Why it cannot be had here, as when this is not root.
    pub fn mount(directory: &Path, bytes: u64) -> Result<Self, String> {
        fs::create_dir_all(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        let mut mount = program("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs"]).arg(directory);
        let output = mount.stdin(Stdio::null()).output().map_err(|error| format!("mount: {error}"))?;
        if output.status.success() {
            Ok(Self { directory: directory.to_owned() })
        } else {
            Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        }
    }

    /// Leaves no byte free.
    pub fn fill(&self) {
        let mut ballast = File::create(self.ballast()).expect("a file on the small disk");
        // The last pieces are small, so that nothing is left between them.
        for piece in [1 << 20, 1 << 12, 1] {
            while ballast.write_all(&vec![0; piece]).is_ok() {}
        }
    }

    /// Frees what [`fill`](Self::fill) took.
    pub fn free(&self) {
        fs::remove_file(self.ballast()).expect("a disk that was filled");
    }

    fn ballast(&self) -> PathBuf {
        self.directory.join("ballast")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Whoever still has a file open there keeps it until it closes it.
        program("umount").arg("--lazy").arg(&self.directory).status().ok();
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn a_small_disk_is_full_and_freed() {
        let directory = TempDir::new().unwrap();
        let disk = match SmallDisk::mount(&directory.path().join("disk"), 1 << 20) {
            Ok(disk) => disk,
            Err(why) => return eprintln!("SKIPPED: a small disk needs root: {why}"),
        };
        let file = directory.path().join("disk/file");
        disk.fill();
        assert!(fs::write(&file, "x").is_err());
        disk.free();
        assert!(fs::write(&file, "x").is_ok());
    }
}
