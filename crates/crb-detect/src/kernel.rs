//! `kernel`: a reboot is needed when a newer kernel is installed than the one that runs.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use async_trait::async_trait;
use crb_decide::DetectorVerdict;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::release::Release;
use crate::{Detector, Look};

/// How long the file system may take to answer; one on a network may hang.
const LIMIT: Duration = Duration::from_secs(10);

/// Where the modules of installed kernels are, a directory a release. Where `/usr` is merged both are the same.
const MODULES: [&str; 2] = ["usr/lib/modules", "lib/modules"];

/// The kernel among its modules, as the packages of Fedora, RHEL, SUSE and Arch bring it (systemd's
/// `kernel-install` expects it there).
const BESIDE_MODULES: &str = "vmlinuz";

/// The kernel in `/boot`, before its release: Debian, Ubuntu and older SUSE, by architecture. Debian's
/// `linux-version list` looks for `vmlinuz` and `vmlinux`, SUSE has `Image` on arm64 and `image` on s390x.
const IN_BOOT: [&str; 5] = ["vmlinuz-", "vmlinux-", "Image-", "image-", "zImage-"];

/// Compares the running kernel with the newest installed one of the same flavour.
///
/// A kernel is installed when both it and its modules are there: modules that a removed package left behind do not
/// count, nor does a rescue image. If the running one is no longer installed, as after an upgrade of Arch, which
/// keeps one kernel, a reboot is needed when another one of its flavour is. A kernel that was built anew under the
/// same release is the same here; needrestart, which also reads the build out of the images, tells the two apart.
/// Where no kernel is to be found, as in a container, and whenever something cannot be read, the answer is unknown.
#[derive(Debug, Clone)]
pub struct KernelDetector {
    name: String,
    running: Result<String, String>,
    root: PathBuf,
}

impl KernelDetector {
    /// A detector for the machine below `root` that runs the release `running`, or could not tell it and why.
    pub fn new(name: impl Into<String>, running: Result<String, String>, root: impl Into<PathBuf>) -> Self {
        Self { name: name.into(), running, root: root.into() }
    }
}

#[async_trait]
impl Detector for KernelDetector {
    fn name(&self) -> &str {
        &self.name
    }

    async fn look(&self) -> Look {
        let running = match &self.running {
            Ok(running) => running.clone(),
            Err(error) => return unknown(format!("which kernel runs cannot be told: {error}")),
        };
        let root = self.root.clone();
        match timeout(LIMIT, spawn_blocking(move || compare(&running, &root))).await {
            Ok(Ok(Ok(look))) => look,
            Ok(Ok(Err(why))) => unknown(why),
            Ok(Err(error)) => unknown(format!("the look at installed kernels failed: {error}")),
            Err(_) => unknown(format!("the installed kernels could not be listed within {LIMIT:?}")),
        }
    }
}

fn unknown(why: String) -> Look {
    Look::bare(DetectorVerdict::Unknown(why))
}

fn compare(running: &str, root: &Path) -> Result<Look, String> {
    let release = Release::parse(running)
        .ok_or_else(|| format!("the running kernel's release {running} begins with no version"))?;
    let installed = installed(root)?;
    let is_installed = installed.contains(running);
    let newest = installed
        .into_iter()
        .filter_map(|name| Some((Release::parse(&name)?, name)))
        .filter(|(other, _)| other.flavour() == release.flavour())
        .max_by(|(one, _), (other, _)| one.compare(other));
    let Some((newest, newest_name)) = newest else {
        return Err(format!(
            "the running kernel {running} is not installed, nor is another one of its flavour"
        ));
    };
    let (verdict, output) = match newest.compare(&release) {
        _ if !is_installed => {
            (DetectorVerdict::Needed, format!("{running} runs and is no longer installed; {newest_name} is"))
        }
        Ordering::Greater => {
            (DetectorVerdict::Needed, format!("{running} runs, and {newest_name} is installed"))
        }
        Ordering::Equal | Ordering::Less => {
            (DetectorVerdict::NotNeeded, format!("{running} runs, the newest of its flavour"))
        }
    };
    Ok(Look { verdict, exit_code: None, output })
}

/// The releases of which kernel and modules are there; at least one.
fn installed(root: &Path) -> Result<BTreeSet<String>, String> {
    let mut releases = BTreeSet::new();
    for directory in MODULES {
        let directory = root.join(directory);
        let cannot = |error| format!("{} cannot be read: {error}", directory.display());
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(cannot(error)),
        };
        for entry in entries {
            let entry = entry.map_err(cannot)?;
            // A name that is no text is no release.
            let Ok(name) = entry.file_name().into_string() else { continue };
            if Release::parse(&name).is_some() && has_kernel(root, &entry.path(), &name)? {
                releases.insert(name);
            }
        }
    }
    if releases.is_empty() {
        return Err("no kernel is installed here, as in a container, or /boot is not mounted: \
                    neither /lib/modules nor /boot has one"
            .to_owned());
    }
    Ok(releases)
}

fn has_kernel(root: &Path, modules: &Path, release: &str) -> Result<bool, String> {
    let boot = root.join("boot");
    let places = IN_BOOT.map(|prefix| boot.join(format!("{prefix}{release}")));
    for place in [modules.join(BESIDE_MODULES)].iter().chain(&places) {
        match fs::metadata(place) {
            Ok(metadata) if metadata.is_file() => return Ok(true),
            Ok(_) => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(error) => return Err(format!("{} cannot be looked at: {error}", place.display())),
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests;
