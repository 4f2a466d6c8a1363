//! What nfpm packs, in which formats, and how the packages are called.

use std::path::{Path, PathBuf};

use xtask::{Failure, Step, Workspace};

use crate::build::{Binary, PROGRAM};
use crate::files;
use crate::targets::Arch;
use crate::version::PackageVersion;

/// A format of packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Deb,
    Rpm,
}

/// One package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) format: Format,
    pub(crate) arch: Arch,
    pub(crate) version: PackageVersion,
}

impl Format {
    pub(crate) const ALL: [Self; 2] = [Self::Deb, Self::Rpm];

    /// As nfpm calls it, and as its files end.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Rpm => "rpm",
        }
    }
}

impl Package {
    /// The package that has this name, if any could.
    pub(crate) fn of_file(name: &str) -> Option<Self> {
        let rest = name.strip_prefix(PROGRAM)?;
        let (format, version, arch) = if let Some(rest) = rest.strip_suffix(".deb") {
            let (version, arch) = rest.strip_prefix('_')?.split_once('_')?;
            (Format::Deb, version, arch)
        } else {
            let (version, arch) = rest.strip_suffix(".rpm")?.strip_prefix('-')?.rsplit_once('.')?;
            (Format::Rpm, version, arch)
        };
        let version = PackageVersion::of_file(version)?;
        let packages = Arch::ALL.map(|arch| Self { format, arch, version: version.clone() });
        packages.into_iter().find(|package| package.architecture() == arch && package.file() == name)
    }

    /// The packages of a directory with their paths. That there are none is an error that says how to make them.
    pub(crate) fn of_directory(dir: &Path) -> Result<Vec<(Self, PathBuf)>, Failure> {
        let wrong = |why| {
            Failure::Verdict(format!("{}: there {why}; make them with `cargo xtask package`", dir.display()))
        };
        if !dir.is_dir() {
            return Err(wrong("is no such directory of packages"));
        }
        let of_file = |path: PathBuf| Some((Self::of_file(&files::name(&path))?, path));
        let packages: Vec<_> = files::list(dir)?.into_iter().filter_map(of_file).collect();
        if packages.is_empty() { Err(wrong("are no packages")) } else { Ok(packages) }
    }

    /// The name of its file, nearly as its distributions have it.
    pub(crate) fn file(&self) -> String {
        let version = self.version.in_file();
        match self.format {
            Format::Deb => format!("{PROGRAM}_{version}_{}.deb", self.architecture()),
            Format::Rpm => format!("{PROGRAM}-{version}.{}.rpm", self.architecture()),
        }
    }

    /// The name of its bill of materials.
    pub(crate) fn sbom(&self) -> String {
        format!("{}.cdx.json", self.file())
    }

    /// The processor, as the format calls it.
    pub(crate) const fn architecture(&self) -> &'static str {
        match self.format {
            Format::Deb => self.arch.debian(),
            Format::Rpm => self.arch.name(),
        }
    }

    /// Its package URL.
    pub(crate) fn url(&self) -> String {
        let version = self.version.full().replace('+', "%2B");
        format!("pkg:{}/{PROGRAM}@{version}?arch={}", self.format.name(), self.architecture())
    }
}

/// What nfpm packs.
pub(crate) const CONFIG: &str = "packaging/nfpm.yaml";

/// The step that packs, with the sources of a checkout.
pub(crate) fn step(
    workspace: &Workspace,
    source: &Path,
    package: &Package,
    binary: &Binary,
    (made, config, out): (&Path, &Path, &Path),
    time: i64,
) -> Step {
    workspace
        .tool("nfpm")
        .dir(source)
        .args(["package", "--packager", package.format.name(), "--config"])
        .args([config.as_os_str(), "--target".as_ref(), out.join(package.file()).as_os_str()])
        .env("VERSION", package.version.upstream())
        .env("ARCH", package.arch.debian())
        .env("BINARY", &binary.path)
        .env("MADE", made)
        .env("SOURCE_DATE_EPOCH", time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_known_by_the_name_of_its_file_and_by_no_other() {
        let cases = [
            ("clusterrebootd_0.2.0-rc.1-1_amd64.deb", "pkg:deb/clusterrebootd@0.2.0~rc.1-1?arch=amd64"),
            ("clusterrebootd-0.2.0-1.aarch64.rpm", "pkg:rpm/clusterrebootd@0.2.0-1?arch=aarch64"),
            ("clusterrebootd_0.2.0+7-1_arm64.deb", "pkg:deb/clusterrebootd@0.2.0%2B7-1?arch=arm64"),
        ];
        for (name, url) in cases {
            let package = Package::of_file(name).expect("a package");
            assert_eq!((package.file().as_str(), package.url().as_str()), (name, url));
        }
        let others = [
            "clusterrebootd_0.2.0~rc.1-1_amd64.deb",
            "clusterrebootd_0.2.0-1_aarch64.deb",
            "clusterrebootd-0.2.0-1.arm64.rpm",
            "clusterrebootd_0.2.0_amd64.deb",
            "clusterrebootd_0.2.0-1_amd64.deb.sig",
            "another_0.2.0-1_amd64.deb",
        ];
        for name in others {
            assert_eq!(Package::of_file(name), None, "{name}");
        }
    }
}
