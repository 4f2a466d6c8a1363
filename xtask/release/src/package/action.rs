//! The single steps on the way to packages, as data.

use std::cell::OnceCell;
use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use xtask::{Failure, Step, Workspace, maintainer};

use crate::changelog::Changelog;
use crate::crates::{self, Catalogue};
use crate::nfpm::{CONFIG, Package};
use crate::sums::Sums;
use crate::targets::Libc;
use crate::version::PackageVersion;
use crate::{directory, files, licences, sbom};

/// Something to do.
#[derive(Clone, Debug)]
pub(super) enum Action {
    /// Make a directory anew, empty.
    Empty(PathBuf),
    /// Remove a directory with what it holds.
    Remove(PathBuf),
    /// Run a program.
    Run(Step),
    /// Run a program and write down what it says.
    Capture { step: Step, file: PathBuf },
    /// Write CHANGELOG.md as Debian and RPM have it.
    Changelog { version: PackageVersion, time: Timestamp, dir: PathBuf },
    /// Write the licences of the C library and the crates in a binary.
    Licences { libc: Libc, binary: PathBuf, file: PathBuf },
    /// Describe a package.
    Describe { package: Package, binary: PathBuf, time: Timestamp, dir: PathBuf },
    /// Sum up files of a directory.
    Sum { sums: Sums, dir: PathBuf, names: Vec<String> },
    /// Put a directory in the place of another.
    Replace { with: PathBuf, target: PathBuf },
}

/// What the steps are taken with.
#[derive(Debug)]
pub(super) struct Means<'a> {
    pub(super) workspace: &'a Workspace,
    /// A checkout of the repository.
    pub(super) source: &'a Path,
    /// What cargo knows of the crates, asked when it first matters.
    pub(super) catalogue: OnceCell<Catalogue>,
}

impl Means<'_> {
    fn catalogue(&self) -> Result<&Catalogue, Failure> {
        if let Some(known) = self.catalogue.get() {
            return Ok(known);
        }
        let known = Catalogue::of(self.workspace, self.source)?;
        Ok(self.catalogue.get_or_init(|| known))
    }
}

impl Action {
    /// Does it.
    pub(super) fn run(&self, means: &Means) -> Result<(), Failure> {
        match self {
            Self::Empty(dir) => {
                directory::remove(dir)?;
                directory::make(dir)
            }
            Self::Remove(dir) => directory::remove(dir),
            Self::Run(step) => step.run(),
            Self::Capture { step, file } => files::write(file, step.capture()?),
            Self::Changelog { version, time, dir } => changelog(means.source, version, *time, dir),
            Self::Licences { libc, binary, file } => {
                files::write(file, licences::text(*libc, &crates::of_file(binary)?, means.catalogue()?)?)
            }
            Self::Describe { package, binary, time, dir } => {
                let content = files::read(&dir.join(package.file()))?;
                let crates = crates::of_file(binary)?;
                let subject = sbom::Subject { package, content: &content, crates: &crates, time: *time };
                files::write(&dir.join(package.sbom()), sbom::describe(&subject, means.catalogue()?)?)
            }
            Self::Sum { sums, dir, names } => sums.write(dir, names),
            Self::Replace { with, target } => replace(with, target),
        }
    }
}

/// Puts both changelogs, and nfpm's configuration with that for RPM: of this path alone, nfpm expands no variables.
fn changelog(source: &Path, version: &PackageVersion, time: Timestamp, dir: &Path) -> Result<(), Failure> {
    let config = files::read_text(&source.join(CONFIG))?;
    let maintainer = maintainer::of(source)?;
    let changelog = Changelog::read(&files::read_text(&source.join("CHANGELOG.md"))?, version, time)?;
    let for_rpm = dir.join("changelog.json");
    files::write(&dir.join("changelog.Debian"), changelog.debian(&maintainer))?;
    files::write(&for_rpm, changelog.rpm(&maintainer))?;
    // In quotes, as JSON and YAML both write them: a path may have a colon or a hash.
    let quoted = serde_json::Value::from(for_rpm.to_string_lossy());
    files::write(&dir.join("rpm.yaml"), format!("{config}\nchangelog: {quoted}\n"))
}

/// What stood there stands aside until the other is in its place.
fn replace(with: &Path, target: &Path) -> Result<(), Failure> {
    let before = target.with_extension("before");
    directory::remove(&before)?;
    if target.exists() {
        files::rename(target, &before)?;
    }
    files::rename(with, target)?;
    directory::remove(&before)
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty(dir) => write!(f, "empty {}", dir.display()),
            Self::Remove(dir) => write!(f, "remove {}", dir.display()),
            Self::Run(step) => write!(f, "$ {step}"),
            Self::Capture { step, file } => write!(f, "$ {step} > {}", file.display()),
            Self::Changelog { version, dir, .. } => {
                write!(f, "write the changelogs of {} into {}", version.full(), dir.display())
            }
            Self::Licences { binary, file, .. } => {
                write!(f, "write the licences of the crates in {} into {}", binary.display(), file.display())
            }
            Self::Describe { package, dir, .. } => {
                write!(f, "describe {} in {}", package.file(), dir.join(package.sbom()).display())
            }
            Self::Sum { sums, dir, names } => {
                write!(f, "sum up {} files in {}", names.len(), dir.join(sums.file()).display())
            }
            Self::Replace { with, target } => {
                write!(f, "put {} in the place of {}", with.display(), target.display())
            }
        }
    }
}
