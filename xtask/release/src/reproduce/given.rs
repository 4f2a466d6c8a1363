//! Packages that were made before, to be made again elsewhere and compared.

use std::path::{Path, PathBuf};

use xtask::Failure;

use crate::directory::make;
use crate::files;
use crate::nfpm::Package;
use crate::source::Source;
use crate::sums::Sums;
use crate::targets::Arch;
use crate::verify;
use crate::version::PackageVersion;

/// Packages of one version in a directory.
#[derive(Debug)]
pub(super) struct Given {
    dir: PathBuf,
    packages: Vec<Package>,
    pub(super) version: PackageVersion,
}

impl Given {
    /// Those for these processors, or all if none is named. What could not be made again is refused, and so is a directory in which
    /// there would be nothing to compare with.
    pub(super) fn of(dir: &Path, named: &[Arch]) -> Result<Self, Failure> {
        let wrong = |why: &str| Failure::Verdict(format!("--against {}: {why}", dir.display()));
        let all: Vec<_> = Package::of_directory(dir)?.into_iter().map(|(package, _)| package).collect();
        let version = all[0].version.clone();
        if all.iter().any(|package| package.version != version) {
            return Err(wrong("the packages are of several versions"));
        }
        if version.is_dirty() {
            return Err(wrong(
                "the packages are ~dirty, of what was not committed; commit, and make them anew",
            ));
        }
        for arch in named {
            if !all.iter().any(|package| package.arch == *arch) {
                return Err(wrong(&format!("there is no package for {}", arch.name())));
            }
        }
        let packages = all.into_iter().filter(|it| named.is_empty() || named.contains(&it.arch)).collect();
        Ok(Self { dir: dir.into(), packages, version })
    }

    /// What the packages are for.
    pub(super) fn arches(&self) -> Vec<Arch> {
        let is_there = |arch: &Arch| self.packages.iter().any(|package| package.arch == *arch);
        Arch::ALL.into_iter().filter(is_there).collect()
    }

    /// The program in each package must tell the commit, or minutes would go into a build that cannot be the same.
    pub(super) fn is_of(&self, commit: &Source) -> Result<(), Failure> {
        for package in &self.packages {
            if !tells(&verify::program(&self.dir, package)?, &commit.commit) {
                return Err(Failure::Verdict(format!(
                    "--against {}: {} is not of the last commit, {}; make it anew with `cargo xtask package`",
                    self.dir.display(),
                    package.file(),
                    commit.commit
                )));
            }
        }
        Ok(())
    }

    /// Puts aside what has to be made again: packages, descriptions, and of the checksums those of the two. Signatures are not made
    /// again, for that would need the key.
    pub(super) fn put(&self, into: &Path) -> Result<(), Failure> {
        make(into)?;
        let names: Vec<_> = self.packages.iter().flat_map(|it| [it.file(), it.sbom()]).collect();
        for name in &names {
            files::copy(&self.dir.join(name), &into.join(name))?;
        }
        for sums in Sums::ALL {
            let text = files::read_text(&self.dir.join(sums.file()))?;
            let is_of_these = |line: &&str| names.iter().any(|name| line.ends_with(&format!("  {name}")));
            let lines = text.split_inclusive('\n').filter(|line| is_of_these(&line.trim_end_matches('\n')));
            files::write(&into.join(sums.file()), lines.collect::<String>())?;
        }
        Ok(())
    }
}

/// Whether a program tells a commit, and not that it was changed since.
fn tells(program: &[u8], commit: &str) -> bool {
    let changed = b"-changed";
    let found = program.windows(commit.len()).enumerate().filter(|(_, window)| *window == commit.as_bytes());
    let mut after = found.map(|(at, _)| &program[at + commit.len()..]).peekable();
    after.peek().is_some() && !after.any(|rest| rest.starts_with(changed))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::compare;
    use super::*;
    use crate::fixture::Release;

    const AMD: &str = "clusterrebootd_0.2.0-1_amd64.deb";

    fn of(files: &[&str], named: &[Arch]) -> Result<Vec<Arch>, String> {
        let dir = tempfile::tempdir().expect("a directory");
        for name in files {
            fs::write(dir.path().join(name), "").expect("a file");
        }
        Given::of(dir.path(), named)
            .map(|given| given.arches())
            .map_err(|failure| failure.to_string().replace(&dir.path().display().to_string(), "DIR"))
    }

    #[test]
    fn all_packages_are_made_again_or_those_that_are_named() {
        let both = [AMD, "clusterrebootd-0.2.0-1.aarch64.rpm", "SHA256SUMS"];
        assert_eq!(of(&both, &[]), Ok(Arch::ALL.into()));
        assert_eq!(of(&both, &[Arch::Aarch64]), Ok(vec![Arch::Aarch64]));
        assert_eq!(of(&[AMD], &[]), Ok(vec![Arch::X86_64]));
    }

    #[test]
    fn nothing_is_built_that_could_not_be_compared() {
        let cases: [(&[&str], &str); 4] = [
            (&["SHA256SUMS"], "DIR: there are no packages; make them with `cargo xtask package`"),
            (&[AMD], "--against DIR: there is no package for aarch64"),
            (
                &["clusterrebootd_0.2.0-dirty-1_arm64.deb"],
                "--against DIR: the packages are ~dirty, of what was not committed; commit, and make them anew",
            ),
            (
                &[AMD, "clusterrebootd_0.3.0-1_arm64.deb"],
                "--against DIR: the packages are of several versions",
            ),
        ];
        for (names, told) in cases {
            assert_eq!(of(names, &[Arch::Aarch64]), Err(told.to_owned()));
        }
        let failure = Given::of(Path::new("/no/such/place"), &[]).expect_err("it is not there");
        assert!(failure.to_string().contains("there is no such directory of packages"), "{failure}");
    }

    #[test]
    fn a_program_of_another_commit_or_of_changes_is_known() {
        let cases = [
            ("..0123456789ab..", true),
            ("..0123456789ab-changed..", false),
            ("0123456789ab..0123456789ab-changed", false),
            ("..0123456789ac..", false),
            ("", false),
        ];
        for (program, tells) in cases {
            assert_eq!(super::tells(program.as_bytes(), "0123456789ab"), tells, "{program}");
        }
        let release = Release::plain();
        let given = Given::of(&release.path(), &[]).expect("packages");
        let source = Source { commit: "0123456789ab".into(), time: 0, changed: Vec::new() };
        let failure = given.is_of(&source).expect_err("the program of tests tells no commit");
        assert!(
            failure.to_string().contains("is not of the last commit, 0123456789ab; make it"),
            "{failure}"
        );
    }

    #[test]
    fn what_is_compared_is_all_of_a_release_but_its_signatures() {
        let release = Release::plain();
        let again = release.copy();
        fs::write(release.path().join("SHA256SUMS.sig"), "").expect("a file");
        let put = |release: &Release| {
            let folder = tempfile::tempdir().expect("a directory");
            Given::of(&release.path(), &[]).and_then(|given| given.put(folder.path())).expect("it is put");
            folder
        };
        let compared = |given: &tempfile::TempDir| {
            compare::directories(given.path(), &again.path()).expect("both can be read")
        };
        let told = compared(&put(&release));
        assert_eq!((told.files, told.differences), (6, Vec::new()));
        // What is for another processor stands in the same lists, and is another's business.
        let sums = release.path().join("SHA256SUMS");
        let more =
            format!("{}{}  {}\n", fs::read_to_string(&sums).expect("a list"), "0".repeat(64), "another.deb");
        fs::write(&sums, more).expect("a file");
        assert_eq!(compared(&put(&release)).differences, Vec::<String>::new());
        for name in again.names() {
            let harmed = release.copy();
            let path = harmed.path().join(&name);
            let mut content = fs::read(&path).expect("a file");
            content[0] ^= 1;
            fs::write(&path, content).expect("a file");
            assert_eq!(compared(&put(&harmed)).differences.len(), 1, "{name}");
        }
    }
}
