//! Two builds of one commit, in clones at two places, must come to the same bytes.

mod compare;

use std::os::unix::fs::symlink;
use std::path::Path;

use xtask::{Failure, Step, Tool, Workspace};

use crate::build::{Plan, Site};
use crate::directory::{make, remove};
use crate::package;
use crate::targets::Arch;

/// Of different length, so that a path that gets into a file shifts what follows.
const PLACES: [&str; 2] = ["a", "another/place/with-a-longer-name"];

pub(crate) fn run(workspace: &Workspace, arches: &[Arch]) -> Result<(), Failure> {
    let plan = Plan::make(workspace, arches, &[Tool::Nfpm])?;
    let folder = workspace.tools.with_file_name("reproduce");
    remove(&folder)?;
    let mut outs = Vec::new();
    for place in PLACES {
        let site = site(workspace, &folder.join(place))?;
        clone(workspace, &site.source)?.run()?;
        let binaries = plan.run(workspace, &site)?;
        package::pack(workspace, &site, binaries, &site.out.join("packages"))?;
        // What cargo keeps is as large as all the rest, and not compared.
        remove(&site.target_dir())?;
        outs.push(site.out);
    }
    let told = compare::directories(&outs[0], &outs[1])?;
    if told.differences.is_empty() {
        println!("{} files are the same in both, byte for byte", told.files);
        return remove(&folder);
    }
    Err(Failure::Verdict(format!(
        "two builds of one commit differ; both are in {}\n{}",
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
