//! What the packages say of themselves and hold, asked of the programs that will install them.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use xtask::{Failure, Step, Workspace};

use super::contents::{self, Contents, Entry};
use super::report::Report;
use crate::build::PROGRAM;
use crate::nfpm::{self, Format, Package};

/// Where the binary stands in an archive, however the archive begins its paths.
const BINARY: &str = "usr/bin/clusterrebootd";

/// What a package says and holds.
#[derive(Debug, Default)]
struct Inside {
    /// What it says, by name.
    fields: BTreeMap<String, String>,
    contents: Contents,
    binary: Vec<u8>,
}

/// Looks into a package; its binary.
pub(super) fn look(
    workspace: &Workspace,
    dir: &Path,
    package: &Package,
    report: &mut Report,
) -> Option<Vec<u8>> {
    let path = dir.join(package.file());
    let inside = match package.format {
        Format::Deb => deb(&path),
        Format::Rpm => rpm(&path),
    };
    let inside = match inside {
        Ok(inside) => inside,
        Err(failure) => {
            report.fault(&package.file(), format!("it cannot be read: {failure}"));
            return None;
        }
    };
    for (field, value) in expected(workspace, package) {
        let found = inside.fields.get(field).map_or("", String::as_str);
        if found != value {
            report.fault(&package.file(), format!("its {field} is `{found}`, and should be `{value}`"));
        }
    }
    for fault in contents::faults(&contents::expected(package.format), &inside.contents) {
        report.fault(&package.file(), fault);
    }
    if inside.binary.is_empty() {
        report.fault(&package.file(), "it holds no program, so its description cannot be compared");
        return None;
    }
    Some(inside.binary)
}

/// What it must say. The program is static, so it depends on nothing.
fn expected(workspace: &Workspace, package: &Package) -> [(&'static str, String); 5] {
    [
        ("name", PROGRAM.to_owned()),
        ("version", package.version.full()),
        ("architecture", package.architecture().to_owned()),
        ("maintainer", nfpm::maintainer(&workspace.root).unwrap_or_default()),
        ("dependencies", String::new()),
    ]
}

fn deb(path: &Path) -> Result<Inside, Failure> {
    let ask = |args: &[&str]| Step::new("dpkg-deb").args(args.to_vec()).args([path]).capture();
    let format = "--showformat=name=${Package}\nversion=${Version}\narchitecture=${Architecture}\n\
                  maintainer=${Maintainer}\ndependencies=${Depends}${Pre-Depends}\n";
    let fields = fields(&ask(&["--show", format])?);
    let control = ask(&["--ctrl-tarfile"])?;
    let (_, conffiles) = unpacked(&control, "conffiles").map_err(unreadable(path))?;
    let (mut contents, binary) = unpacked(&ask(&["--fsys-tarfile"])?, BINARY).map_err(unreadable(path))?;
    for line in String::from_utf8_lossy(&conffiles).lines() {
        contents.entry(line.to_owned()).or_insert_with(Entry::absent).conffile = true;
    }
    Ok(Inside { fields, contents, binary })
}

fn rpm(path: &Path) -> Result<Inside, Failure> {
    // What it requires of rpm itself is no dependency.
    let format = "name=%{NAME}\nversion=%{VERSION}-%{RELEASE}\narchitecture=%{ARCH}\nmaintainer=%{PACKAGER}\n\
                  [requires=%{REQUIRENAME}\n][file=%{FILEMODES:octal} %{FILEUSERNAME} %{FILEGROUPNAME} \
                  ,%{FILEFLAGS:fflags} %{FILENAMES}\n]";
    let told =
        Step::new("rpm").args(["--query", "--package", "--queryformat", format]).args([path]).capture()?;
    let told = String::from_utf8_lossy(&told).into_owned();
    let mut fields = fields(told.as_bytes());
    let of =
        |key: &'static str| told.lines().filter_map(move |line| line.strip_prefix(key)?.strip_prefix('='));
    let requires: Vec<_> =
        of("requires").filter(|name| !name.starts_with("rpmlib(") && *name != "(none)").collect();
    fields.insert("dependencies".into(), requires.join(", "));
    let contents = of("file").filter_map(rpm_entry).collect();
    let unpack = "rpm2archive --nocompression - <\"$1\"";
    let archive = Step::new("sh").args(["-c", unpack, "rpm2archive"]).args([path]).capture()?;
    let (_, binary) = unpacked(&archive, BINARY).map_err(unreadable(path))?;
    Ok(Inside { fields, contents, binary })
}

/// `0100640 root root ,cn /etc/clusterrebootd/config.yaml`
fn rpm_entry(line: &str) -> Option<(String, Entry)> {
    let mut words = line.splitn(5, ' ');
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let (owner, group) = (words.next()?.to_owned(), words.next()?.to_owned());
    let conffile = words.next()?.contains('c');
    let slash = if mode & 0o170_000 == 0o040_000 { "/" } else { "" };
    let path = format!("{}{slash}", words.next()?);
    Some((path, Entry { mode: mode & 0o7777, owner, group, conffile }))
}

/// `name=value`, one a line.
fn fields(told: &[u8]) -> BTreeMap<String, String> {
    let told = String::from_utf8_lossy(told);
    told.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.into(), value.into()))
        .collect()
}

fn unreadable(path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    move |source| Failure::File { path: path.into(), source }
}

/// What an archive holds, and the content of the file of this path from its root, empty if it is not there.
fn unpacked(archive: &[u8], wanted: &str) -> std::io::Result<(Contents, Vec<u8>)> {
    let mut contents = Contents::new();
    let mut content = Vec::new();
    for entry in tar::Archive::new(archive).entries()? {
        let mut entry = entry?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if path.trim_start_matches("./").trim_start_matches('/') == wanted {
            entry.read_to_end(&mut content)?;
        }
        let header = entry.header();
        let name = |name: Option<&str>| name.unwrap_or("?").to_owned();
        let owner = name(header.username().ok().flatten());
        let group = name(header.groupname().ok().flatten());
        let found = Entry { mode: header.mode()? & 0o7777, owner, group, conffile: false };
        contents.insert(path.trim_start_matches('.').to_owned(), found);
    }
    Ok((contents, content))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive of one file, whose path is written as it is given here.
    fn archive(path: &str) -> Vec<u8> {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().expect("it is one").name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(7);
        header.set_mode(0o755);
        header.set_cksum();
        let mut archive = tar::Builder::new(Vec::new());
        archive.append(&header, &b"program"[..]).expect("it takes it");
        archive.into_inner().expect("it is whole")
    }

    #[test]
    fn the_program_is_found_however_an_archive_begins_its_paths() {
        let cases = [
            ("./usr/bin/clusterrebootd", "program"),
            ("usr/bin/clusterrebootd", "program"),
            ("/usr/bin/clusterrebootd", "program"),
            ("./opt/usr/bin/clusterrebootd", ""),
            ("./usr/bin/clusterrebootd.old", ""),
        ];
        for (path, content) in cases {
            let (_, found) = unpacked(&archive(path), BINARY).expect("it can be read");
            assert_eq!(found, content.as_bytes(), "{path}");
        }
    }
}
