//! What a directory holds, by the names of its files.

use std::collections::BTreeSet;
use std::path::Path;

use xtask::Failure;

use super::Wanted;
use super::report::Report;
use crate::files;
use crate::nfpm::{Format, Package};
use crate::sign;
use crate::sums::Sums;
use crate::targets::Arch;

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
    pub(super) fn of(dir: &Path, wanted: Wanted, report: &mut Report) -> Result<Self, Failure> {
        let names: BTreeSet<_> = files::list(dir)?.iter().map(|path| files::name(path)).collect();
        let this = Self::sort(&names, report);
        completeness(&this.packages, wanted, report);
        Ok(this)
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

/// Tells which packages are there, and what is missing. Whoever packs for one processor has all that they wanted; but one format
/// without the other is half of something.
fn completeness(packages: &[Package], wanted: Wanted, report: &mut Report) {
    let is_there = |format, arch| packages.iter().any(|it| it.format == format && it.arch == arch);
    let here = |arch: Arch| Format::ALL.into_iter().filter(move |format| is_there(*format, arch));
    let mut told = Vec::new();
    for arch in Arch::ALL {
        let formats: Vec<_> = here(arch).map(|format| format!(".{}", format.name())).collect();
        if formats.is_empty() {
            told.push(format!("none for {}", arch.name()));
            if wanted == Wanted::Whole {
                report.fault(".", format!("there is no package for {}", arch.name()));
            }
            continue;
        }
        told.push(format!("{} for {}", formats.join(" and "), arch.name()));
        for format in Format::ALL.into_iter().filter(|format| !is_there(*format, arch)) {
            report.fault(".", format!("there is no .{} for {}", format.name(), arch.name()));
        }
    }
    if !packages.is_empty() {
        report.remark(format!("packages: {}", told.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_of_a_release_is_told() {
        const AMD: [&str; 2] = ["clusterrebootd_0.1.0-1_amd64.deb", "clusterrebootd-0.1.0-1.x86_64.rpm"];
        const ARM: [&str; 2] = ["clusterrebootd_0.1.0-1_arm64.deb", "clusterrebootd-0.1.0-1.aarch64.rpm"];
        let cases: [(&[&str], Wanted, &[&str], &str); 6] = [
            (
                &[AMD[0], AMD[1], ARM[0], ARM[1]],
                Wanted::Whole,
                &[],
                "packages: .deb and .rpm for x86_64, .deb and .rpm for aarch64\n",
            ),
            (&AMD, Wanted::Some, &[], "packages: .deb and .rpm for x86_64, none for aarch64\n"),
            (
                &AMD,
                Wanted::Whole,
                &[".: there is no package for aarch64"],
                "packages: .deb and .rpm for x86_64, none for aarch64\n",
            ),
            (
                &AMD[..1],
                Wanted::Some,
                &[".: there is no .rpm for x86_64"],
                "packages: .deb for x86_64, none for aarch64\n",
            ),
            (
                &[AMD[0], AMD[1], ARM[1]],
                Wanted::Some,
                &[".: there is no .deb for aarch64"],
                "packages: .deb and .rpm for x86_64, .rpm for aarch64\n",
            ),
            (
                &[],
                Wanted::Whole,
                &[".: there is no package for x86_64", ".: there is no package for aarch64"],
                "",
            ),
        ];
        for (names, wanted, faults, said) in cases {
            let packages: Vec<_> = names.iter().filter_map(|name| Package::of_file(name)).collect();
            let mut report = Report::default();
            completeness(&packages, wanted, &mut report);
            assert_eq!(report.faults(), faults, "{names:?}");
            assert!(report.to_string().ends_with(said), "{names:?}: {report}");
        }
    }
}
