//! `cargo xtask verify`: whether a directory of packages is whole, signed, truly described, and packed as it should be.

pub(crate) mod contents;
mod listing;
mod packages;
mod report;
mod sboms;
mod signatures;
mod sums;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use xtask::{Failure, Tool, Workspace, maintainer, see_to};

use crate::nfpm::Package;
use crate::sign::{self, Half};
use crate::{arguments, files};
use listing::Listing;
pub(crate) use packages::program;
use report::Report;

pub(crate) const USAGE: &str = "\
Usage: cargo xtask verify DIR [--key PUB]

Looks at everything that `cargo xtask package` made in DIR: checksums, signatures, descriptions, and what the packages say and
hold. All that is wrong is told, file by file.

  --key PUB  the public key of the signatures; without it no signature is looked at, and that is said
";

pub(crate) fn run(workspace: &Workspace, mut args: Vec<OsString>) -> Result<(), Failure> {
    if arguments::flag(&mut args, "--help") {
        print!("{USAGE}");
        return Ok(());
    }
    let key = arguments::value(&mut args, "--key")?.map(PathBuf::from);
    // Programs are run at the root of the repository, and we are wherever the person is.
    let key = key.map(|key| files::absolute(&key)).transpose()?;
    let dir = arguments::operand(args)?.map(PathBuf::from);
    let dir = dir.ok_or_else(|| Failure::Usage("a directory is needed".into()))?;
    // Whoever named another directory wants to hear that, and not what is wrong with each file of it.
    Package::of_directory(&dir)?;

    let mut tools = vec![Tool::Dpkg, Tool::Rpm];
    tools.extend(key.as_ref().map(|_| Tool::Cosign));
    see_to(workspace, &tools)?;
    let report = look(workspace, &files::absolute(&dir)?, key.as_deref())?;
    print!("{report}");
    report.verdict(&dir)
}

/// Looks at everything, whatever was wrong before. Only what keeps us from looking at all is a failure.
fn look(workspace: &Workspace, dir: &Path, key: Option<&Path>) -> Result<Report, Failure> {
    if let Some(key) = key {
        sign::look(key, Half::Public)?;
    }
    let maintainer = maintainer::of(&workspace.root)?;
    let mut report = Report::default();
    let listing = Listing::of(dir, &mut report)?;
    sums::look(dir, &listing, &mut report)?;
    signatures::look(workspace, dir, &listing, key, &mut report);
    for package in &listing.packages {
        let binary = packages::look(dir, package, &maintainer, &mut report);
        sboms::look(dir, package, binary.as_deref(), &mut report)?;
    }
    Ok(report)
}

#[cfg(test)]
mod tests;
