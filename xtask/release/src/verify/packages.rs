//! What the packages say of themselves and hold, asked of the programs that will install them.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use xtask::{Failure, Step};

use super::contents::{self, Contents, Entry};
use super::report::Report;
use crate::build::PROGRAM;
use crate::files;
use crate::nfpm::{Format, Package};

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
pub(super) fn look(dir: &Path, package: &Package, maintainer: &str, report: &mut Report) -> Option<Vec<u8>> {
    let inside = match inside(dir, package) {
        Ok(inside) => inside,
        Err(failure) => {
            report.fault(&package.file(), format!("it cannot be read: {failure}"));
            return None;
        }
    };
    for (field, value) in expected(package, maintainer) {
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

/// The program in a package.
pub(crate) fn program(dir: &Path, package: &Package) -> Result<Vec<u8>, Failure> {
    inside(dir, package).map(|inside| inside.binary)
}

fn inside(dir: &Path, package: &Package) -> Result<Inside, Failure> {
    let path = dir.join(package.file());
    match package.format {
        Format::Deb => deb(&path),
        Format::Rpm => rpm(&path),
    }
}

/// What it must say. The program is static, so it depends on nothing.
fn expected(package: &Package, maintainer: &str) -> [(&'static str, String); 5] {
    [
        ("name", PROGRAM.to_owned()),
        ("version", package.version.full()),
        ("architecture", package.architecture().to_owned()),
        ("maintainer", maintainer.to_owned()),
        ("dependencies", String::new()),
    ]
}

fn deb(path: &Path) -> Result<Inside, Failure> {
    let ask = |args: &[&str]| Step::new("dpkg-deb").args(args.to_vec()).args([path]).capture();
    let format = "--showformat=name=${Package}\nversion=${Version}\narchitecture=${Architecture}\n\
                  maintainer=${Maintainer}\ndependencies=${Depends}${Pre-Depends}\n";
    let fields = fields(&String::from_utf8_lossy(&ask(&["--show", format])?)).map_err(said(path))?;
    let control = ask(&["--ctrl-tarfile"])?;
    let (_, conffiles) = unpacked(&control, "conffiles").map_err(unreadable(path))?;
    let (mut contents, binary) = unpacked(&ask(&["--fsys-tarfile"])?, BINARY).map_err(unreadable(path))?;
    for line in String::from_utf8_lossy(&conffiles).lines() {
        contents.entry(line.to_owned()).or_insert_with(Entry::absent).conffile = true;
    }
    Ok(Inside { fields, contents, binary })
}

fn rpm(path: &Path) -> Result<Inside, Failure> {
    // Signatures are not of rpm's kind here, and the digests within are looked at all the same.
    Step::new("rpm").args(["--checksig", "--nosignature"]).args([path]).ask()?;
    let format = "name=%{NAME}\nversion=%{VERSION}-%{RELEASE}\narchitecture=%{ARCH}\nmaintainer=%{PACKAGER}\n\
                  [requires=%{REQUIRENAME}\n][file=%{FILEMODES:octal} %{FILEUSERNAME} %{FILEGROUPNAME} \
                  ,%{FILEFLAGS:fflags} %{FILENAMES}\n]";
    let told =
        Step::new("rpm").args(["--query", "--package", "--queryformat", format]).args([path]).capture()?;
    let (fields, contents) = rpm_told(&String::from_utf8_lossy(&told)).map_err(said(path))?;
    let unpack = "rpm2archive --nocompression - <\"$1\"";
    let archive = Step::new("sh").args(["-c", unpack, "rpm2archive"]).args([path]).capture()?;
    let (_, binary) = unpacked(&archive, BINARY).map_err(unreadable(path))?;
    Ok(Inside { fields, contents, binary })
}

/// What rpm told in the format that it was asked for. A line that cannot be read could be a file that nobody expects.
fn rpm_told(told: &str) -> Result<(BTreeMap<String, String>, Contents), String> {
    let mut told_once = String::new();
    let mut requires = Vec::new();
    let mut contents = Contents::new();
    for line in told.lines() {
        match line.split_once('=') {
            // What it requires of rpm itself is no dependency.
            Some(("requires", name)) if name.starts_with("rpmlib(") || name == "(none)" => {}
            Some(("requires", name)) => requires.push(name),
            Some(("file", rest)) => {
                let (path, entry) = rpm_entry(rest).ok_or_else(|| strange(line))?;
                if contents.insert(path, entry).is_some() {
                    return Err(format!("it holds two files of one name: `{line}`"));
                }
            }
            _ => told_once.extend([line, "\n"]),
        }
    }
    let mut fields = fields(&told_once)?;
    fields.insert("dependencies".into(), requires.join(", "));
    Ok((fields, contents))
}

/// `0100640 root root ,cn /etc/clusterrebootd/config.yaml`
fn rpm_entry(line: &str) -> Option<(String, Entry)> {
    let mut words = line.splitn(5, ' ');
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let (owner, group) = (words.next()?.to_owned(), words.next()?.to_owned());
    let conffile = words.next()?.strip_prefix(',')?.contains('c');
    let slash = if mode & 0o170_000 == 0o040_000 { "/" } else { "" };
    let path = format!("{}{slash}", words.next()?);
    path.starts_with('/').then_some((path, Entry { mode: mode & 0o7777, owner, group, conffile }))
}

/// What is asked of every package, beside the dependencies.
const FIELDS: [&str; 5] = ["name", "version", "architecture", "maintainer", "dependencies"];

/// `name=value`, one a line.
fn fields(told: &str) -> Result<BTreeMap<String, String>, String> {
    let mut fields = BTreeMap::new();
    for line in told.lines() {
        let known = line.split_once('=').filter(|(key, _)| FIELDS.contains(key));
        let (key, value) = known.ok_or_else(|| strange(line))?;
        if fields.insert(key.to_owned(), value.to_owned()).is_some() {
            return Err(format!("it tells its {key} twice"));
        }
    }
    Ok(fields)
}

fn strange(line: &str) -> String {
    format!("it says what is not understood: `{}`", line.escape_debug())
}

fn said(path: &Path) -> impl FnOnce(String) -> Failure {
    move |why| Failure::Verdict(format!("{}: {why}", files::name(path)))
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
        if contents.insert(path.trim_start_matches('.').to_owned(), found).is_some() {
            return Err(std::io::Error::other(format!("{path} is in it twice")));
        }
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

    #[test]
    fn what_rpm_tells_is_understood_to_the_last_line_or_not_at_all() {
        let whole = "name=a\nversion=1-1\nrequires=rpmlib(Old)\nrequires=sh\n\
                     file=0100640 root root ,cn /etc/a.yaml\nfile=040755 root root , /etc/a\n";
        let (fields, contents) = rpm_told(whole).expect("it is understood");
        assert_eq!((fields["name"].as_str(), fields["dependencies"].as_str()), ("a", "sh"));
        assert_eq!(contents.keys().collect::<Vec<_>>(), ["/etc/a.yaml", "/etc/a/"]);
        assert!(contents["/etc/a.yaml"].conffile && !contents["/etc/a/"].conffile);
        let cases = [
            ("file=0100755 root root", "it says what is not understood: `file=0100755 root root`"),
            ("file=x root root , /a", "it says what is not understood: `file=x root root , /a`"),
            ("file=0100755 root root , a", "it says what is not understood: `file=0100755 root root , a`"),
            ("second line of a name", "it says what is not understood: `second line of a name`"),
            ("vendor=b", "it says what is not understood: `vendor=b`"),
            ("name=b", "it tells its name twice"),
            (
                "file=0104755 root root , /etc/a.yaml",
                "it holds two files of one name: `file=0104755 root root , /etc/a.yaml`",
            ),
        ];
        for (line, told) in cases {
            assert_eq!(rpm_told(&format!("{whole}{line}\n")).expect_err("it is not"), told, "{line}");
        }
    }

    #[test]
    fn what_is_in_an_archive_twice_is_told() {
        let mut twice = archive("./usr/bin/clusterrebootd");
        // The end of an archive is two empty blocks.
        twice.truncate(twice.len() - 1024);
        twice.extend(archive("./usr/bin/clusterrebootd"));
        let error = unpacked(&twice, BINARY).expect_err("one of them would be overlooked");
        assert_eq!(error.to_string(), "./usr/bin/clusterrebootd is in it twice");
    }
}
