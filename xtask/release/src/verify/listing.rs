//! What a directory holds, by the names of its files.

use std::collections::BTreeSet;
use std::path::Path;

use xtask::Failure;

use super::report::Report;
use crate::files;
use crate::nfpm::Package;
use crate::sign;
use crate::sums::Sums;

/// The files of a directory, sorted out.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) packages: Vec<Package>,
    /// Packages and their descriptions: what stands in the checksums.
    pub(super) payload: BTreeSet<String>,
    /// Files that end as signatures do.
    pub(super) signatures: BTreeSet<String>,
}

impl Listing {
    /// Sorts out the files. What belongs to no release is a fault, and so is what a release lacks.
    pub(super) fn of(dir: &Path, report: &mut Report) -> Result<Self, Failure> {
        let names: BTreeSet<_> = files::list(dir)?.iter().map(|path| files::name(path)).collect();
        Ok(Self::sort(&names, report))
    }

    fn sort(names: &BTreeSet<String>, report: &mut Report) -> Self {
        let packages: Vec<_> = names.iter().filter_map(|name| Package::of_file(name)).collect();
        let sboms: BTreeSet<_> = packages.iter().map(Package::sbom).collect();
        let signatures: BTreeSet<_> =
            names.iter().filter(|name| name.ends_with(sign::SUFFIX)).cloned().collect();
        let sums = Sums::ALL.map(|sums| sums.file().to_owned());
        let payload: BTreeSet<_> = packages
            .iter()
            .map(Package::file)
            .chain(sboms.iter().cloned())
            .filter(|name| names.contains(name))
            .collect();

        for name in names {
            report.seen(name);
            if !(payload.contains(name) || signatures.contains(name) || sums.contains(name)) {
                report.fault(name, "it is no part of a release");
            }
        }
        for name in sboms.iter().chain(&sums).filter(|name| !names.contains(*name)) {
            report.fault(name, "it is missing");
        }
        if packages.is_empty() {
            report.fault(".", "there is no package here");
        }
        let mut versions: Vec<_> = packages.iter().map(|package| package.version.full()).collect();
        versions.sort();
        versions.dedup();
        if versions.len() > 1 {
            report.fault(".", format!("the packages are of several versions: {}", versions.join(", ")));
        }
        Self { packages, payload, signatures }
    }
}
