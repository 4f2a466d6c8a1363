//! A release for tests: real packages by the real tools, of a small program that tells crates.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use xtask::{Step, Tool, Workspace, see_to};

use crate::build::Binary;
use crate::crates::Catalogue;
use crate::package::plan::{Order, Place, plan};
use crate::source::Source;
use crate::sums::Sums;
use crate::targets::{Arch, Libc};
use crate::version::PackageVersion;
use crate::{files, sign};

/// The crates that the program tells: ours, one that it uses, and one that only its build does.
const CRATES: [(&str, &str); 3] =
    [("clusterrebootd", "runtime"), ("serde", "runtime"), ("serde_derive", "build")];

/// A release in a directory of its own.
pub(crate) struct Release {
    dir: TempDir,
}

impl Release {
    /// A release for one processor.
    pub(crate) fn plain() -> Self {
        Self::make(&workspace())
    }

    /// The same with every file of it signed.
    pub(crate) fn signed() -> Self {
        let workspace = workspace();
        see_to(&workspace, &[Tool::Cosign]).unwrap();
        let this = Self::make(&workspace);
        key_pair(&workspace, this.dir.path());
        for name in this.names() {
            sign::step(&workspace, &this.dir.path().join("cosign.key"), &this.path(), &name)
                .env("COSIGN_PASSWORD", "")
                .ask()
                .unwrap();
        }
        this
    }

    /// The same once more, to be harmed.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self { dir: folder() };
        let all = self.dir.path().join(".");
        Step::new("cp").args(["-R".as_ref(), all.as_os_str(), copy.dir.path().as_os_str()]).ask().unwrap();
        copy
    }

    /// Makes the checksums fit what is there.
    pub(crate) fn sum_up(&self) {
        let is_summed = |name: &String| !name.ends_with(sign::SUFFIX) && !name.ends_with("SUMS");
        let names: Vec<_> = self.names().into_iter().filter(is_summed).collect();
        for sums in Sums::ALL {
            sums.write(&self.path(), &names).unwrap();
        }
    }

    fn make(workspace: &Workspace) -> Self {
        see_to(workspace, &[Tool::Nfpm, Tool::Dpkg, Tool::Rpm]).unwrap();
        let dir = folder();
        let binary = program(workspace, dir.path());
        let arch = Arch::X86_64;
        let binaries = vec![Binary { arch, triple: arch.triple(Libc::Musl), path: binary }];
        let source = Source { commit: "0123456789ab".into(), time: 1_800_000_000, changed: Vec::new() };
        let version = PackageVersion::choose(None, false).unwrap();
        let order = Order { binaries, version, key: None, source };
        let place = Place::of(&workspace.root, &dir.path().join("package"));
        plan(workspace, &order, &place, Vec::new()).run(workspace).unwrap();
        Self { dir }
    }

    /// Where the packages are.
    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("package")
    }

    /// The key that verifies it.
    pub(crate) fn key(&self) -> PathBuf {
        self.dir.path().join("cosign.pub")
    }

    /// The names of its files.
    pub(crate) fn names(&self) -> Vec<String> {
        files::list(&self.path()).unwrap().iter().map(|path| files::name(path)).collect()
    }
}

/// With blanks and more in its path, for packages may be made anywhere, and keys may stand anywhere.
fn folder() -> TempDir {
    tempfile::Builder::new().prefix("a release: #1 ").tempdir().unwrap()
}

/// The repository.
pub(crate) fn workspace() -> Workspace {
    Workspace::find().unwrap()
}

/// Makes `cosign.key`, without a password, and `cosign.pub`.
pub(crate) fn key_pair(workspace: &Workspace, dir: &Path) {
    let prefix = dir.join("cosign");
    workspace
        .tool("cosign")
        .args(["generate-key-pair".as_ref(), "--output-key-prefix".as_ref(), prefix.as_os_str()])
        .env("COSIGN_PASSWORD", "")
        .ask()
        .unwrap();
}

/// A program that tells crates, as `cargo auditable` lets it.
fn program(workspace: &Workspace, dir: &Path) -> PathBuf {
    let catalogue = Catalogue::of(workspace, &workspace.root).unwrap();
    let packages: Vec<_> = CRATES
        .iter()
        .map(|(name, kind)| {
            let source = if *name == "clusterrebootd" { "local" } else { "crates.io" };
            let dependencies: &[usize] = if *name == "clusterrebootd" { &[1] } else { &[] };
            serde_json::json!({
                "name": name, "version": catalogue.version(name), "source": source, "kind": kind,
                "dependencies": dependencies,
            })
        })
        .collect();
    let noted = serde_json::json!({ "packages": packages }).to_string();
    let section = dir.join("section");
    files::write(&section, miniz_oxide::deflate::compress_to_vec_zlib(noted.as_bytes(), 6)).unwrap();
    let program = dir.join("program");
    Step::new("objcopy")
        .args([format!("--add-section=.dep-v0={}", section.display()), "/bin/true".into()])
        .args([&program])
        .ask()
        .unwrap();
    program
}
