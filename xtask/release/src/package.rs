//! `cargo xtask package`: packages for each target in each format, described, summed up and signed.

mod action;
pub(crate) mod plan;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use xtask::{Failure, Tool, Workspace, maintainer};

use crate::build::{self, Binary, Site, fit};
use crate::sign::{self, Half};
use crate::source::Source;
use crate::sums::Sums;
use crate::version::{OURS, PackageVersion};
use crate::{arguments, changelog, files, targets};
use plan::{Order, Place, plan};

pub(crate) const USAGE: &str = "\
Usage: cargo xtask package [--target T]... [--version V] [--sign KEY] [--allow-dirty] [--into DIR]
                           [--dry-run]

Builds the static binaries, packs each as .deb and .rpm, describes each package (CycloneDX), sums all up and signs it.
What is made stands in target/package, and nothing else does; until all of it is made, what stood there before remains.

  --target T     x86_64 or aarch64 (amd64, arm64); may be given more than once; both, if it is not given
  --version V    a version before that of Cargo.toml's number, such as 0.2.0-rc.1, or a build of it, 0.2.0+20261125;
                 Cargo.toml's, if it is not given
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
    match changelog::after_release(&files::read_text(&site.source.join("CHANGELOG.md"))?, OURS) {
        Some(told) if allow_dirty => eprintln!("warning: {told}"),
        Some(told) => return Err(Failure::Verdict(told)),
        None => {}
    }
    let asked = asked.map(|text| text.to_string_lossy().into_owned());
    let version = PackageVersion::choose(asked.as_deref(), !source.changed.is_empty())?;
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
    // At the end, where it is not overlooked; a tag of a release is refused for it (`cargo xtask notes --tag`).
    if let Some(fault) = maintainer::fault(&maintainer::of(&site.source)?) {
        eprintln!("warning: these packages are to be tried, and not to be released: {fault}");
    }
    Ok(())
}

/// A directory whose contents packages may replace: none, or earlier packages, which are summed up.
fn place_for_packages(dir: &Path) -> Result<PathBuf, Failure> {
    let dir = files::absolute(dir)?;
    if let Some(bad) = fit::first(&dir, |c| fit::OF_PATTERNS.contains(c)) {
        let told = format!("--into {}: nfpm would take {bad:?} for a pattern", dir.display());
        return Err(Failure::Usage(format!("{told}; name another directory")));
    }
    let free = !dir.exists() || dir.join(Sums::ALL[0].file()).is_file() || files::list(&dir)?.is_empty();
    if free {
        Ok(dir)
    } else {
        let told = format!("--into {}: there is something in it, and no packages", dir.display());
        Err(Failure::Usage(format!("{told}; name a directory that is not there yet")))
    }
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

    #[test]
    fn packages_take_the_place_of_packages_and_of_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let dir = |name: &str| folder.path().join(name);
        for (name, file) in [("empty", None), ("packages", Some("SHA256SUMS")), ("home", Some("letter.txt"))]
        {
            fs::create_dir(dir(name)).expect("a directory");
            if let Some(file) = file {
                fs::write(dir(name).join(file), "").expect("a file");
            }
        }
        for name in ["none-yet", "empty", "packages"] {
            assert_eq!(place_for_packages(&dir(name)).ok(), Some(dir(name)), "{name}");
        }
        let failure = place_for_packages(&dir("home")).expect_err("a letter is in it");
        let told = failure.to_string();
        assert!(
            told.ends_with(
                "/home: there is something in it, and no packages; name a directory that is not there yet"
            ),
            "{told}"
        );
        assert_eq!(failure.exit_code(), 64);
        let pattern = place_for_packages(&dir("a*")).expect_err("it would be a pattern").to_string();
        assert!(
            pattern.ends_with("/a*: nfpm would take '*' for a pattern; name another directory"),
            "{pattern}"
        );
    }
}
