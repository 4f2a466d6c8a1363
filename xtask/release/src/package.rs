//! `cargo xtask package`: packages for each target in each format, described, summed up and signed.

mod action;
pub(crate) mod plan;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use xtask::{Failure, Tool, Workspace, maintainer};

use crate::build::{self, Binary, Site, fit};
use crate::nfpm::{Package, SBOM};
use crate::sign::{self, Half};
use crate::source::Source;
use crate::sums::Sums;
use crate::version::{OURS, PackageVersion};
use crate::{arguments, changelog, files, targets};
use plan::{Beside, Order, Place, plan};

pub(crate) const USAGE: &str = "\
Usage: cargo xtask package [--target T]... [--version V] [--sign KEY] [--allow-dirty] [--into DIR]
                           [--dry-run]

Builds the static binaries, packs each as .deb and .rpm, describes each package (CycloneDX), sums all up and signs it.
What is made stands in target/package, and nothing else does; until all of it is made, what stood there before remains.

  --target T     x86_64 or aarch64 (amd64, arm64); may be given more than once; both, if it is not given
  --version V    a version before that of Cargo.toml's number, such as 0.2.0-rc.1, or a build of it, 0.2.0+20261125;
                 if it is not given, Cargo.toml's, or where CHANGELOG.md has no section for that, a snapshot on the way to it,
                 0.2.0~git and the time and name of the commit
  --sign KEY     sign with cosign and this private key; its password is taken from COSIGN_PASSWORD, or asked for
  --allow-dirty  pack what is not committed, too; the packages are called ~dirty
  --into DIR     take this directory, which may hold nothing but earlier packages, instead of target/package
  --dry-run      print the steps, and take none; nothing is got that is missing either
";

pub(crate) fn run(workspace: &Workspace, mut args: Vec<OsString>) -> Result<(), Failure> {
    if arguments::flag(&mut args, "--help") {
        print!("{USAGE}");
        return Ok(());
    }
    let arches = targets::take(&mut args)?;
    let asked = arguments::value(&mut args, "--version")?;
    let key = arguments::value(&mut args, "--sign")?.map(PathBuf::from);
    let allow_dirty = arguments::flag(&mut args, "--allow-dirty");
    let target = match arguments::value(&mut args, "--into")? {
        Some(dir) => place_for_packages(Path::new(&dir))?,
        None => workspace.tools.with_file_name("package"),
    };
    let dry_run = arguments::flag(&mut args, "--dry-run");
    arguments::end(&args)?;

    let site = Site::of(workspace);
    let source = Source::of(&site.source)?;
    source.check(allow_dirty)?;
    let changes = files::read_text(&site.source.join("CHANGELOG.md"))?;
    match changelog::after_release(&changes, OURS) {
        Some(told) if allow_dirty => eprintln!("warning: {told}"),
        Some(told) => return Err(Failure::Verdict(told)),
        None => {}
    }
    let asked = asked.map(|text| text.to_string_lossy().into_owned());
    let version = PackageVersion::choose(asked.as_deref(), &source, &changes)?;
    // cosign is run at the root of the repository, and we are wherever the person is.
    let key = key.map(|key| files::absolute(&key)).transpose()?;
    if let Some(key) = &key {
        sign::look(key, Half::Private)?;
    }

    let mut tools = vec![Tool::Nfpm];
    tools.extend(key.as_ref().map(|_| Tool::Cosign));
    let build = if dry_run {
        let (plan, lacks) = build::Plan::sketch(workspace, &arches, &tools)?;
        if !lacks.is_empty() {
            eprintln!("this is missing, and would be seen to first\n{}", lacks.join("\n"));
        }
        plan
    } else {
        build::Plan::make(workspace, &arches, &tools)?
    };
    let is_snapshot = version.is_snapshot();
    let order = Order { binaries: build.binaries(&site), version, key, source };
    let place = Place::of(&site.source, &target);
    let plan = plan(workspace, &order, &place, build.steps(workspace, &site)?);
    if dry_run {
        print!("{plan}");
        return Ok(());
    }

    plan.run(workspace)?;
    for file in files::list(&place.target)? {
        println!("{}", file.display());
    }
    if is_snapshot {
        eprintln!(
            "these packages are a snapshot on the way to {OURS}, for which CHANGELOG.md has no section; a release replaces them"
        );
    }
    // At the end, where it is not overlooked; a tag of a release is refused for it (`cargo xtask notes --tag`).
    if let Some(fault) = maintainer::fault(&maintainer::of(&site.source)?) {
        eprintln!("warning: these packages are to be tried, and not to be released: {fault}");
    }
    Ok(())
}

/// A directory whose contents packages may replace: none, or earlier packages, which are summed up, and nothing besides.
fn place_for_packages(dir: &Path) -> Result<PathBuf, Failure> {
    let dir = files::absolute(dir)?;
    let refused = |why: &str| Err(Failure::Usage(format!("--into {}: {why}", dir.display())));
    if let Some(bad) = fit::first(&dir, |c| fit::OF_PATTERNS.contains(c)) {
        return refused(&format!("nfpm would take {bad:?} for a pattern; name another directory"));
    }
    if dir.file_name().is_none() {
        return refused("it has no name, beside which packages could be made; name a directory that has one");
    }
    if let Some(kept) = Beside::ALL.into_iter().find(|beside| files::name(&dir).ends_with(beside.suffix())) {
        let suffix = kept.suffix();
        return refused(&format!(
            "names in {suffix} are those of directories on the way; name another directory"
        ));
    }
    let held = if dir.exists() { files::list(&dir)? } else { Vec::new() };
    if let Some(other) = held.iter().find(|path| !(path.is_file() && is_of_packages(&files::name(path)))) {
        return refused(&format!(
            "{:?} is in it, and is no part of packages, which take the place of all that is there; name a directory \
             that is not there yet",
            files::name(other)
        ));
    }
    if held.is_empty() || dir.join(Sums::ALL[0].file()).is_file() {
        Ok(dir)
    } else {
        refused("what is in it is not summed up, as packages are; name a directory that is not there yet")
    }
}

/// Whether a file of this name is one of those that we make: a package, its description, a list of sums, or the signature of one.
fn is_of_packages(name: &str) -> bool {
    let name = name.strip_suffix(sign::SUFFIX).unwrap_or(name);
    let package = name.strip_suffix(SBOM).unwrap_or(name);
    Sums::ALL.iter().any(|sums| sums.file() == name) || Package::of_file(package).is_some()
}

/// Packs the last commit of a checkout, whose binaries were built, into a directory, with nfpm that was seen to.
pub(crate) fn pack(
    workspace: &Workspace,
    site: &Site,
    binaries: Vec<Binary>,
    target: &Path,
    version: PackageVersion,
) -> Result<(), Failure> {
    let source = Source::of(&site.source)?;
    source.check(false)?;
    let order = Order { binaries, version, key: None, source };
    plan(workspace, &order, &Place::of(&site.source, target), Vec::new()).run(workspace)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const DEB: &str = "clusterrebootd_0.1.0-1_amd64.deb";

    /// What is told of a directory of this name that holds these files; nothing if packages may take its place.
    fn told(name: &str, held: &[&str]) -> Option<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = folder.path().join(name);
        fs::create_dir(&dir).expect("a directory");
        for file in held {
            fs::write(dir.join(file), "").expect("a file");
        }
        let failure = place_for_packages(&dir).err()?;
        assert_eq!(failure.exit_code(), 64);
        Some(failure.to_string().replace(&format!("--into {}: ", dir.display()), ""))
    }

    #[test]
    fn packages_take_the_place_of_packages_and_of_nothing_else() {
        let (sbom, sig) = (format!("{DEB}.cdx.json"), format!("{DEB}.cdx.json.sig"));
        let all = [DEB, &sbom, &sig, "clusterrebootd-0.1.0-1.aarch64.rpm", "SHA512SUMS", "SHA256SUMS.sig"];
        assert_eq!(told("empty", &[]), None);
        assert_eq!(told("packages", &[&all[..], &["SHA256SUMS"]].concat()), None);
        let none_yet = Path::new("/no/such/directory");
        assert_eq!(place_for_packages(none_yet).ok(), Some(none_yet.into()));
        let not_summed_up =
            "what is in it is not summed up, as packages are; name a directory that is not there yet";
        assert_eq!(told("packages", &all).as_deref(), Some(not_summed_up));
        for other in ["letter.txt", "letter.sig", "linux_6.1-1_amd64.deb", "x.cdx.json", "SHA1SUMS", ".git"] {
            let expected = format!(
                "{other:?} is in it, and is no part of packages, which take the place of all that is there; name a \
                 directory that is not there yet"
            );
            assert_eq!(told("home", &["SHA256SUMS", DEB, other]), Some(expected));
        }
    }

    #[test]
    fn a_directory_that_is_called_like_a_package_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("SHA256SUMS"), "").expect("a file");
        fs::create_dir(folder.path().join(DEB)).expect("a directory");
        assert!(place_for_packages(folder.path()).is_err());
    }

    #[test]
    fn a_name_that_could_not_be_worked_beside_is_refused() {
        let cases = [
            ("a*", "nfpm would take '*' for a pattern; name another directory"),
            ("x.partial", "names in .partial are those of directories on the way; name another directory"),
            ("x.before", "names in .before are those of directories on the way; name another directory"),
        ];
        for (name, expected) in cases {
            assert_eq!(told(name, &[]).as_deref(), Some(expected), "{name}");
        }
        for name in ["/", "a/.."] {
            let told = place_for_packages(Path::new(name)).expect_err("it has no name").to_string();
            assert!(told.contains("it has no name"), "{told}");
        }
    }
}
