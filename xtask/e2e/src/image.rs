//! The disk that machines are made of: Debian with its own kernel, made once and kept until the recipe changes.

use std::fs;
use std::path::{Path, PathBuf};

use xtask::{Rights, Step, System, Workspace};

use crate::trouble::{Outcome, Trouble, require};

/// The release of Debian.
const SUITE: &str = "trixie";

/// What is in it beside what apt itself needs.
const PACKAGES: &str = "systemd,systemd-sysv,dbus,kmod,iproute2,linux-image-cloud-amd64";

/// A disk and the kernel that boots it.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    pub(crate) kernel: PathBuf,
    pub(crate) disk: PathBuf,
}

impl Image {
    /// The image of `directory`, if one was finished there.
    pub(crate) fn in_directory(directory: &Path) -> Option<Self> {
        let (kernel, disk) = (directory.join("vmlinuz"), directory.join("base.img"));
        (kernel.is_file() && disk.is_file()).then_some(Self { kernel, disk })
    }

    /// The image of this recipe below `cache`, made if it is not there yet.
    pub(crate) fn see_to(workspace: &Workspace, cache: &Path) -> Outcome<Self> {
        let recipe = workspace.root.join("xtask/e2e/image");
        let directory = cache.join(format!("image-{:016x}", fingerprint(&recipe)?));
        if let Some(image) = Self::in_directory(&directory) {
            return Ok(image);
        }
        require(
            System::detect().rights == Rights::Root,
            "the image of the machines can only be made by root: run this once as root, or with sudo; what is made is \
             kept in target/e2e",
        )?;
        eprintln!(
            "making the image of the machines with mmdebstrap; the first time this takes a minute or two"
        );
        let unfinished = cache.join("unfinished");
        fs::remove_dir_all(&unfinished).ok();
        fs::create_dir_all(&unfinished).map_err(Trouble::file(&unfinished))?;
        make(&recipe, &unfinished).run()?;
        fs::rename(&unfinished, &directory).map_err(Trouble::file(&directory))?;
        let missing = || Trouble::Unmet(format!("mmdebstrap left no image in {}", directory.display()));
        Self::in_directory(&directory).ok_or_else(missing)
    }
}

/// No initrd is made, for this kernel finds such a disk without one. A mirror's index may have expired; its signature
/// is checked all the same.
fn make(recipe: &Path, out: &Path) -> Step {
    let hook = recipe.join("customize.sh");
    Step::of("mmdebstrap --quiet --mode=root --variant=apt --format=null")
        .args([format!("--include={PACKAGES}")])
        .args(["man", "locale", "doc"].map(|what| format!("--dpkgopt=path-exclude=/usr/share/{what}/*")))
        .args(["--aptopt=Acquire::Check-Valid-Until \"false\""])
        .args([format!("--customize-hook={}", hook.display()), SUITE.into()])
        .env("E2E_OUT", out)
        .env("INITRD", "No")
}

/// Differs when any file of the recipe does, or the step that follows it, whatever directories that works in.
fn fingerprint(recipe: &Path) -> Outcome<u64> {
    let mut files = Vec::new();
    collect(recipe, &mut files)?;
    files.sort();
    let mut bytes = make(Path::new("recipe"), Path::new("out")).to_string().into_bytes();
    for file in files {
        bytes.extend(file.strip_prefix(recipe).unwrap_or(&file).as_os_str().as_encoded_bytes());
        bytes.extend(fs::read(&file).map_err(Trouble::file(&file))?);
    }
    Ok(digest(&bytes))
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Outcome {
    for entry in fs::read_dir(directory).map_err(Trouble::file(directory))? {
        let path = entry.map_err(Trouble::file(directory))?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

/// Fowler, Noll and Vo's: names a cache, and guards nothing.
pub(crate) fn digest(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
