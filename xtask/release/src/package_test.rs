//! `cargo xtask package-test`: packages as those meet them who install them.

mod at_work;
mod binaries;
mod deb;
mod dnf;
mod journal;
mod life;
mod lint;
mod older;
mod roots;
mod rpm;
mod said;
mod tree;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use xtask::{Failure, Rights, Tool, Workspace, see_to};

use crate::directory::{make, remove};
use crate::nfpm::{Format, Package};
use crate::targets::Arch;
use crate::{arguments, files, tried};
use journal::{Faults, Journal};
use life::Life;
use roots::System;
use tree::Tree;

pub(crate) const USAGE: &str = "\
Usage: cargo xtask package-test [DIR]

Tries the packages that `cargo xtask package` made, in DIR or target/package: the distributions' critics look at them; the program
out of them runs where nothing else is, and on a processor that qemu plays; and those for this machine are installed, upgraded,
removed and purged in fresh roots of Debian, and by rpm. All that is wrong is told at the end.

It needs Debian or its kin, and root or a free sudo. Systems to install into are kept in target/roots.
";

/// The systems that .deb are installed into: what Debian supports, and what will be its next release.
const DEBIANS: [System; 5] = [
    System { suite: "bookworm", systemd: false },
    System { suite: "bookworm", systemd: true },
    System { suite: "trixie", systemd: false },
    System { suite: "trixie", systemd: true },
    System { suite: "testing", systemd: false },
];

/// The systems that .rpm are installed into. Of a root, rpm wants no more than the shell and the tools that scripts use.
const FOR_RPM: [System; 2] =
    [System { suite: "trixie", systemd: false }, System { suite: "trixie", systemd: true }];

/// A package and an older version of it.
struct Pair {
    package: Package,
    newer: PathBuf,
    older: PathBuf,
}

pub(crate) fn run(workspace: &Workspace, mut args: Vec<OsString>) -> Result<(), Failure> {
    if arguments::flag(&mut args, "--help") {
        print!("{USAGE}");
        return Ok(());
    }
    let dir =
        arguments::operand(args)?.map_or_else(|| workspace.tools.with_file_name("package"), PathBuf::from);
    let packages = packages(&dir)?;
    let arches: Vec<_> = Arch::ALL
        .into_iter()
        .filter(|arch| packages.iter().any(|(package, _)| package.arch == *arch))
        .collect();

    let mut tools =
        vec![Tool::Mmdebstrap, Tool::Nfpm, Tool::Dpkg, Tool::Rpm, Tool::Dnf, Tool::Lintian, Tool::Rpmlint];
    tools.extend(tried::tools(&arches));
    see_to(workspace, &tools)?;
    let place = Place::of(workspace);
    make(&place.roots)?;
    match xtask::System::detect().rights {
        Rights::Root => {}
        Rights::Sudo => return Err(workspace.once_more_as_root(["package-test".into(), dir.into()])),
        Rights::None => {
            return Err(Failure::Verdict(
                "packages are installed into roots of their own, which needs root: run it as root, or allow sudo without a \
                 password"
                    .into(),
            ));
        }
    }

    remove(&place.work)?;
    let mut journal = Journal::default();
    for (package, file) in &packages {
        journal.step(&format!("{} is read", package.file()), |faults| {
            lint::look(workspace, package.format, file, faults)
        });
    }
    for arch in arches {
        let of_arch: Vec<_> = packages.iter().filter(|(package, _)| package.arch == arch).cloned().collect();
        let folder = place.work.join(arch.name());
        journal.step(&format!("the program for {} runs alone", arch.name()), |faults| {
            binaries::try_out(workspace, arch, &of_arch, &folder, faults)
        });
    }
    for format in Format::ALL {
        try_out(workspace, &place, format, &packages, &mut journal);
    }
    let outcome = journal.verdict();
    // What did not work may be looked at where it is.
    outcome.and_then(|()| remove(&place.work))
}

/// Where systems are kept, and where packages are tried.
struct Place {
    roots: PathBuf,
    work: PathBuf,
}

impl Place {
    fn of(workspace: &Workspace) -> Self {
        Self {
            roots: workspace.tools.with_file_name("roots"),
            work: workspace.tools.with_file_name("package-test"),
        }
    }
}

/// The packages of a directory, of which there may be one for each processor in each format.
fn packages(dir: &Path) -> Result<Vec<(Package, PathBuf)>, Failure> {
    let packages = Package::of_directory(&files::absolute(dir)?)?;
    if packages.iter().any(|(package, _)| package.version != packages[0].0.version) {
        return Err(Failure::Verdict(format!("{}: the packages are of several versions", dir.display())));
    }
    Ok(packages)
}

/// Lives the lives of the package of a format that this machine can install.
fn try_out(
    workspace: &Workspace,
    place: &Place,
    format: Format,
    packages: &[(Package, PathBuf)],
    journal: &mut Journal,
) {
    let ours =
        packages.iter().find(|(package, _)| package.format == format && Some(package.arch) == Arch::HOST);
    let Some((package, newer)) = ours else {
        let name = format.name();
        journal.remark(format!("NOT TRIED: no .{name} was installed, for there is none for this machine"));
        return;
    };
    let folder = place.work.join(format.name());
    let mut older = None;
    if !journal.step(&format!("an older {} is packed", format.name()), |_| {
        older = Some(older::pack(workspace, package, newer, &folder)?);
        Ok(())
    }) {
        return;
    }
    let Some(older) = older else { return };
    let pair = Pair { package: package.clone(), newer: newer.clone(), older };
    let systems = match format {
        Format::Deb => &DEBIANS[..],
        Format::Rpm => &FOR_RPM[..],
    };
    for &system in systems {
        if !journal.step(&format!("Debian {} is made", system.name()), |_| system.see_to(&place.roots)) {
            continue;
        }
        let name = format!("{} lives on Debian {}", format.name(), system.name());
        journal.step(&name, |faults| live(place, &pair, system, faults));
        if format == Format::Rpm && !system.systemd {
            let name = format!("dnf installs on Debian {}", system.name());
            journal.step(&name, |faults| live_by_dnf(place, &pair, system, faults));
        }
        if system.systemd {
            let name = format!("{} meets systemd of Debian {}", format.name(), system.suite);
            journal.step(&name, |faults| meet_systemd(place, &pair, system, faults));
        }
    }
}

fn live(place: &Place, pair: &Pair, system: System, faults: &mut Faults) -> Result<(), Failure> {
    let directory = place.work.join("root");
    let root = system.unpack(&place.roots, &directory)?;
    let mut life = life(pair, system, &root, faults)?;
    match pair.package.format {
        Format::Deb => deb::live(&mut life, pair),
        Format::Rpm => rpm::live(&mut life, pair),
    }
}

fn live_by_dnf(place: &Place, pair: &Pair, system: System, faults: &mut Faults) -> Result<(), Failure> {
    let root = system.unpack(&place.roots, &place.work.join("root"))?;
    dnf::live(&mut life(pair, system, &root, faults)?, pair)
}

fn meet_systemd(place: &Place, pair: &Pair, system: System, faults: &mut Faults) -> Result<(), Failure> {
    let root = system.unpack(&place.roots, &place.work.join("root"))?;
    at_work::stand_in(&root.directory)?;
    at_work::live(&mut life(pair, system, &root, faults)?, pair)
}

fn life<'a>(
    pair: &'a Pair,
    system: System,
    root: &'a roots::Root,
    faults: &'a mut Faults,
) -> Result<Life<'a>, Failure> {
    Ok(Life {
        format: pair.package.format,
        version: &pair.package.version,
        systemd: system.systemd,
        before: Tree::of(&root.directory)?,
        stage: String::new(),
        root,
        faults,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[&str]) -> Result<usize, String> {
        let dir = tempfile::tempdir().expect("a directory");
        for name in files {
            std::fs::write(dir.path().join(name), "").expect("a file");
        }
        packages(dir.path())
            .map(|packages| packages.len())
            .map_err(|failure| failure.to_string().replace(&dir.path().display().to_string(), "DIR"))
    }

    #[test]
    fn packages_are_found_by_their_names() {
        let deb = "clusterrebootd_0.1.0-1_amd64.deb";
        assert_eq!(names(&[deb, "clusterrebootd-0.1.0-1.aarch64.rpm", "SHA256SUMS"]), Ok(2));
        assert_eq!(names(&[deb]), Ok(1));
    }

    #[test]
    fn without_packages_of_one_version_nothing_is_tried() {
        let cases: [(&[&str], &str); 2] = [
            (&["SHA256SUMS"], "DIR: there are no packages; make them with `cargo xtask package`"),
            (
                &["clusterrebootd_0.1.0-1_amd64.deb", "clusterrebootd_0.2.0-1_amd64.deb"],
                "DIR: the packages are of several versions",
            ),
        ];
        for (files, told) in cases {
            assert_eq!(names(files), Err(told.to_owned()));
        }
        let failure = packages(Path::new("/no/such/place")).expect_err("it is not there");
        assert_eq!(
            failure.to_string(),
            "/no/such/place: there is no such directory of packages; make them with `cargo xtask package`"
        );
    }
}
