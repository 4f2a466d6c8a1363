//! The package under test: found or built, and installed with apt on a disk of its own.

use std::fs;
use std::path::{Path, PathBuf};

use xtask::Workspace;

use crate::emulator::Plan;
use crate::image::{Image, digest};
use crate::log::Log;
use crate::machine::Machine;
use crate::trouble::{Outcome, Trouble};

/// A sector of a disk, to whose multiple a parcel is filled up.
const SECTOR: usize = 512;

/// The package as a machine sees it: its second disk.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    pub(crate) file: PathBuf,
    size: usize,
    digest: u64,
}

impl Parcel {
    /// Makes a parcel of the package.
    pub(crate) fn of(deb: &Path, directory: &Path) -> Outcome<Self> {
        let mut bytes = fs::read(deb).map_err(Trouble::file(deb))?;
        let (size, digest) = (bytes.len(), digest(&bytes));
        bytes.resize(size.next_multiple_of(SECTOR), 0);
        let file = directory.join("parcel");
        fs::write(&file, bytes).map_err(Trouble::file(&file))?;
        Ok(Self { file, size, digest })
    }

    /// The script that takes it out, to a file of this name.
    pub(crate) fn unpack(&self, name: &str) -> String {
        format!("head -c {} /dev/nvme1n1 >{name}", self.size)
    }

    /// The image with the package installed, by apt in a machine that runs; kept until either changes.
    pub(crate) fn install(&self, image: &Image, cache: &Path, scratch: &Path, log: &Log) -> Outcome<Image> {
        let of_image = digest(image.disk.as_os_str().as_encoded_bytes());
        let directory = cache.join(format!("installed-{:016x}", self.digest ^ of_image));
        if let Some(installed) = Image::in_directory(&directory) {
            return Ok(installed);
        }
        eprintln!("installing the package with apt in a machine");
        let unfinished = cache.join("unfinished");
        fs::remove_dir_all(&unfinished).ok();
        fs::create_dir_all(&unfinished).map_err(Trouble::file(&unfinished))?;
        for stale in stale(cache)? {
            fs::remove_dir_all(&stale).map_err(Trouble::file(&stale))?;
        }
        let disk = unfinished.join("base.img");
        fs::copy(&image.disk, &disk).map_err(Trouble::file(&disk))?;
        let kernel = unfinished.join("vmlinuz");
        fs::copy(&image.kernel, &kernel).map_err(Trouble::file(&kernel))?;
        let plan = Plan {
            name: "installer".into(),
            machine_id: format!("{:032x}", 0x1157),
            kernel,
            disk,
            forgets: false,
            parcel: Some(self.file.clone()),
            scratch: scratch.to_owned(),
        };
        let mut machine = Machine::start(&plan, &scratch.join("installer-console.log"), log)?;
        machine.await_up(None)?;
        let deb = "/root/clusterrebootd.deb";
        machine.sh(&self.unpack(deb))?;
        let apt = "DEBIAN_FRONTEND=noninteractive apt-get install --yes";
        let told = machine.sh(&format!("{apt} {deb}"))?;
        let report = scratch.join("apt.log");
        fs::write(&report, told).map_err(Trouble::file(&report))?;
        // The nodes are told what they are by each scenario, and started by it the first time.
        machine.sh("systemctl disable --now clusterrebootd; rm -rf /var/lib/clusterrebootd/*; sync")?;
        machine.power_off()?;
        fs::rename(&unfinished, &directory).map_err(Trouble::file(&directory))?;
        Image::in_directory(&directory).ok_or_else(|| Trouble::Unmet("the installed image is gone".into()))
    }
}

/// Disks with earlier packages.
fn stale(cache: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(cache).map_err(Trouble::file(cache))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(paths.filter(|path| path.file_name().is_some_and(is_installed)).collect())
}

fn is_installed(name: &std::ffi::OsStr) -> bool {
    name.to_string_lossy().starts_with("installed-")
}

/// The .deb of this very tree, changes included: always made anew, which takes moments when nothing has changed. It has
/// a directory of its own, for `target/package` may hold packages of a release.
pub(crate) fn of_this_tree(workspace: &Workspace, cache: &Path) -> Outcome<PathBuf> {
    let directory = cache.join("package");
    // Machines are of one architecture, whatever we run on.
    let package = workspace.cargo("xtask package --target x86_64 --allow-dirty --into");
    package.args([&directory]).run()?;
    let entries = fs::read_dir(&directory).map_err(Trouble::file(&directory))?;
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let missing = || Trouble::Unmet(format!("`cargo xtask package` left no .deb in {}", directory.display()));
    paths.find(|path| path.extension().is_some_and(|name| name == "deb")).ok_or_else(missing)
}
