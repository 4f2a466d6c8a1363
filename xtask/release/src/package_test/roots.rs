//! The systems that packages are installed into: a Debian of each release, fresh for every life of a package.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use xtask::{Failure, Step};

use crate::directory::{make, remove};
use crate::files;

/// A system to install into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct System {
    /// The release of Debian.
    pub(super) suite: &'static str,
    /// Whether it has systemd, which is not at work there: what packages do around their installation goes by it.
    pub(super) systemd: bool,
}

/// What holds in every step inside: no path but the system's, and nobody who could be asked.
const SURROUNDINGS: [&str; 4] = [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME=/root",
    "LC_ALL=C.UTF-8",
    "DEBIAN_FRONTEND=noninteractive",
];

/// Runs the rest of the words once the root `$1` has its /proc, if `$2` says so.
const BESIDE: &str = r#"root=$1 proc=$2; shift 2
if [ "$proc" = with ]; then mount -t proc proc "$root/proc"; fi
exec env --ignore-environment "$@""#;

impl System {
    pub(super) fn name(self) -> String {
        format!("{}{}", self.suite, if self.systemd { " with systemd" } else { "" })
    }

    fn archive(self, folder: &Path) -> PathBuf {
        folder.join(format!("{}{}.tar", self.suite, if self.systemd { "-systemd" } else { "" }))
    }

    /// The step that makes the archive of the system.
    fn recipe(self, archive: &Path) -> Step {
        let mut options = vec![
            "--variant=apt",
            "--format=tar",
            "--quiet",
            // A mirror may lag behind; what it has is signed all the same.
            "--aptopt=Acquire::Check-Valid-Until \"false\"",
            "--aptopt=APT::Install-Recommends \"false\"",
        ];
        if self.systemd {
            options.push("--include=systemd");
        }
        Step::new("mmdebstrap").args(options).args([self.suite]).args([archive])
    }

    /// Makes the archive below a folder, unless it is there and was made as it would be made now.
    pub(super) fn see_to(self, folder: &Path) -> Result<(), Failure> {
        let archive = self.archive(folder);
        let kept = archive.with_extension("recipe");
        let recipe = self.recipe(&archive).to_string();
        if archive.exists() && fs::read_to_string(&kept).is_ok_and(|kept| kept == recipe) {
            return Ok(());
        }
        make(folder)?;
        // One that was not finished is never taken for one that was.
        let new = archive.with_extension("new.tar");
        self.recipe(&new).run()?;
        files::rename(&new, &archive)?;
        files::write(&kept, recipe)
    }

    /// A fresh root of this system in a directory.
    pub(super) fn unpack(self, folder: &Path, directory: &Path) -> Result<Root, Failure> {
        remove(directory)?;
        make(directory)?;
        let archive = self.archive(folder);
        Step::of("tar --extract --numeric-owner --file")
            .args([&archive])
            .args(["--directory".as_ref(), directory.as_os_str()])
            .ask()?;
        Ok(Root { directory: directory.to_owned(), proc: self.systemd })
    }
}

/// A system in a directory.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) directory: PathBuf,
    proc: bool,
}

impl Root {
    /// A file by its path inside.
    pub(super) fn path(&self, inside: &str) -> PathBuf {
        self.directory.join(inside.trim_start_matches('/'))
    }

    /// A step inside, without a network and with processes of its own, which end with it.
    pub(super) fn inside<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Step {
        self.beside("chroot").args([&self.directory]).args(words.into_iter().map(OsString::from))
    }

    /// A program of this machine, which works on the root in the same surroundings.
    pub(super) fn beside(&self, program: &str) -> Step {
        Step::of("unshare --mount --net --pid --ipc --uts --fork --kill-child sh -euc")
            .args([BESIDE, "beside"])
            .args([&self.directory])
            .args([if self.proc { "with" } else { "without" }])
            .args(SURROUNDINGS)
            .args([program])
    }
}

/// A step inside or beside a root, as one would type it there.
pub(super) fn within(step: &Step) -> String {
    let line = step.to_string();
    line.split_once(SURROUNDINGS[3]).map_or(line.as_str(), |(_, rest)| rest.trim_start()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_made_anew_unless_it_was_made_in_the_very_same_way() {
        let folder = tempfile::tempdir().expect("a directory");
        let system = System { suite: "trixie", systemd: true };
        let archive = system.archive(folder.path());
        assert_eq!(files::name(&archive), "trixie-systemd.tar");
        let recipe = system.recipe(&archive).to_string();
        assert!(recipe.contains("--include=systemd"), "{recipe}");
        fs::write(&archive, "the archive").expect("a file");
        fs::write(archive.with_extension("recipe"), recipe).expect("a file");
        system.see_to(folder.path()).expect("nothing is to be done");
        assert_eq!(fs::read_to_string(&archive).expect("it is kept"), "the archive");
    }

    #[test]
    fn a_step_inside_has_no_network_and_nothing_of_our_surroundings() {
        let root = Root { directory: "/roots/trixie".into(), proc: false };
        let line = root.inside(["apt-get", "update"]).to_string();
        assert!(line.starts_with("unshare --mount --net --pid"), "{line}");
        assert!(BESIDE.contains("--ignore-environment"), "{BESIDE}");
        assert!(line.contains("beside /roots/trixie without PATH=/usr/local/sbin"), "{line}");
        assert!(
            line.ends_with("DEBIAN_FRONTEND=noninteractive chroot /roots/trixie apt-get update"),
            "{line}"
        );
    }
}
