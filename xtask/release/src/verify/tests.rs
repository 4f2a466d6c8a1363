use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use xtask::{Step, Tool, see_to};

use super::*;
use crate::fixture::{Release, key_pair, workspace};

fn faults(release: &Release, key: Option<&Path>) -> Vec<String> {
    look(&workspace(), &release.path(), key).expect("it can be looked at").faults()
}

/// Changes one byte in the middle of a file.
fn flip(file: &Path) {
    let mut content = fs::read(file).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    fs::write(file, content).unwrap();
}

fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{} holds {from}", file.display());
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

const DEB: &str = "clusterrebootd_0.1.0-1_amd64.deb";
const RPM: &str = "clusterrebootd-0.1.0-1.x86_64.rpm";
const SBOM: &str = "clusterrebootd_0.1.0-1_amd64.deb.cdx.json";
const RPM_SBOM: &str = "clusterrebootd-0.1.0-1.x86_64.rpm.cdx.json";

#[test]
fn what_was_just_made_is_as_it_must_be() {
    let release = Release::signed();
    assert_eq!(faults(&release, Some(&release.key())), Vec::<String>::new());
    let report = look(&workspace(), &release.path(), None).unwrap();
    assert!(report.verdict(&release.path()).is_ok());
    let told = report.to_string();
    assert_eq!(told.lines().filter(|line| line.starts_with("ok ")).count(), release.names().len());
    assert!(told.ends_with("no key was given, so 6 signatures were not looked at; give --key\n"), "{told}");
}

/// What was done, how, and a part of what is told of it.
type Case = (&'static str, fn(&Path), &'static str);

fn each_is_told(cases: &[Case], with_key: bool) {
    let whole = if with_key { Release::signed() } else { Release::plain() };
    for (what, damage, told) in cases {
        let release = whole.copy();
        damage(&release.path());
        let key = release.key();
        let faults = faults(&release, with_key.then_some(key.as_path()));
        assert!(faults.iter().any(|fault| fault.contains(told)), "{what}: {faults:#?}");
    }
}

#[test]
fn every_kind_of_damage_is_told_of_the_file_that_has_it() {
    let cases: [Case; 15] = [
        ("a byte of a deb", |dir| flip(&dir.join(DEB)), "amd64.deb: its checksum is not that of SHA256SUMS"),
        (
            "a byte of an rpm",
            |dir| flip(&dir.join(RPM)),
            "x86_64.rpm: its checksum is not that of SHA512SUMS",
        ),
        ("a byte of a description", |dir| flip(&dir.join(SBOM)), "amd64.deb.cdx.json: its checksum is not"),
        ("a byte of the sums", |dir| flip(&dir.join("SHA256SUMS")), "SHA256SUMS"),
        ("a byte of the long sums", |dir| flip(&dir.join("SHA512SUMS")), "SHA512SUMS"),
        (
            "no package",
            |dir| remove(&dir.join(RPM)),
            "SHA256SUMS: clusterrebootd-0.1.0-1.x86_64.rpm stands here, and is not",
        ),
        ("no description", |dir| remove(&dir.join(SBOM)), "amd64.deb.cdx.json: it is missing"),
        ("no sums", |dir| remove(&dir.join("SHA512SUMS")), "SHA512SUMS: it is missing"),
        (
            "another file",
            |dir| fs::write(dir.join("notes"), "").unwrap(),
            "notes: it is no part of a release",
        ),
        (
            "a name less",
            |dir| replace(&dir.join("SHA256SUMS"), DEB, "gone.deb"),
            "amd64.deb: it has no checksum in",
        ),
        (
            "a line more",
            |dir| append(&dir.join("SHA256SUMS"), "# and more\n"),
            "SHA256SUMS: line 5: it is no checksum",
        ),
        (
            "an end of line of another system",
            |dir| replace(&dir.join("SHA256SUMS"), "\n", "\r\n"),
            "SHA256SUMS: line 1: it is no checksum with a file's name, and ends as lines do on Windows",
        ),
        ("half a line", |dir| append(&dir.join("SHA256SUMS"), "abc"), "SHA256SUMS: it ends within a line"),
        (
            "another version",
            |dir| copy(dir, DEB, "clusterrebootd_0.2.0-1_amd64.deb"),
            ".: the packages are of several versions: 0.1.0-1, 0.2.0-1",
        ),
        (
            "another's name",
            |dir| copy(dir, DEB, "clusterrebootd_0.1.0-1_arm64.deb"),
            "arm64.deb: its architecture is `amd64`, and should be `arm64`",
        ),
    ];
    each_is_told(&cases, false);
}

#[test]
fn every_kind_of_damage_to_signatures_is_told() {
    let cases: [Case; 4] = [
        (
            "a byte of a signature",
            |dir| flip(&dir.join("SHA256SUMS.sig")),
            "SHA256SUMS.sig: SHA256SUMS was not signed with this key",
        ),
        (
            "a byte of what is signed",
            |dir| flip(&dir.join(DEB)),
            "amd64.deb.sig: clusterrebootd_0.1.0-1_amd64.deb was not signed",
        ),
        ("no signature", |dir| remove(&dir.join("SHA256SUMS.sig")), "SHA256SUMS: it is not signed"),
        (
            "a signature of nothing",
            |dir| copy(dir, "SHA256SUMS.sig", "gone.sig"),
            "gone.sig: what it signs is not there",
        ),
    ];
    each_is_told(&cases, true);
}

fn remove(file: &Path) {
    fs::remove_file(file).unwrap();
}

fn copy(dir: &Path, from: &str, to: &str) {
    fs::copy(dir.join(from), dir.join(to)).unwrap();
}

fn append(file: &Path, text: &str) {
    OpenOptions::new().append(true).open(file).unwrap().write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_description_that_is_not_of_this_package_is_told_whatever_the_checksums_say() {
    let cases = [
        (
            SBOM,
            "\"version\": \"0.1.0-1\"",
            "\"version\": \"0.2.0-1\"",
            "the version of its subject is 0.2.0-1, and that of",
        ),
        (SBOM, "\"specVersion\": \"1.5\"", "\"specVersion\": 1.5", "not as CycloneDX has it: /specVersion"),
        (SBOM, "\"name\": \"serde\"", "\"name\": \"serene\"", "it tells serene"),
        (SBOM, "\"name\": \"serde\"", "\"name\": \"serene\"", "it lacks serde"),
        (RPM_SBOM, "\"name\": \"serde\"", "\"name\": \"serene\"", "it tells serene"),
        (RPM_SBOM, "\"name\": \"serde\"", "\"name\": \"serene\"", "it lacks serde"),
        (
            SBOM,
            "\"scope\": \"excluded\"",
            "\"scope\": \"required\"",
            "of the build alone, which the binary tells",
        ),
        (SBOM, "{", "", "it is no JSON"),
    ];
    let whole = Release::plain();
    for (sbom, from, to, told) in cases {
        let release = whole.copy();
        replace(&release.path().join(sbom), from, to);
        release.sum_up();
        let faults = faults(&release, None);
        assert!(faults.iter().any(|fault| fault.contains(told)), "{told}: {faults:#?}");
        assert!(faults.iter().all(|fault| fault.starts_with(sbom)), "{faults:#?}");
    }
}

#[test]
fn a_package_without_a_program_is_told_for_nothing_can_be_compared() {
    let release = Release::plain();
    let (deb, unpacked) = (release.path().join(DEB), tempfile::tempdir().unwrap());
    let dpkg = |words: &[&str], paths: [&Path; 2]| {
        Step::new("dpkg-deb").args(words.to_vec()).args(paths).ask().unwrap();
    };
    dpkg(&["--raw-extract"], [&deb, unpacked.path()]);
    fs::write(unpacked.path().join("usr/bin/clusterrebootd"), "").unwrap();
    dpkg(&["--root-owner-group", "--build"], [unpacked.path(), &deb]);
    release.sum_up();
    let told = format!("{DEB}: it holds no program, so its description cannot be compared");
    let faults = faults(&release, None);
    assert!(faults.contains(&told), "{faults:#?}");
}

#[test]
fn the_digests_within_an_rpm_are_looked_at_whatever_the_checksums_say() {
    let release = Release::plain();
    flip(&release.path().join(RPM));
    release.sum_up();
    let faults = faults(&release, None);
    let told = |part: &str| faults.iter().any(|fault| fault.starts_with(RPM) && fault.contains(part));
    assert!(told("it cannot be read: `rpm --checksig --nosignature "), "{faults:#?}");
    assert!(told("DIGESTS NOT OK"), "{faults:#?}");
}

#[test]
fn coreutils_agrees_with_the_checksums() {
    let release = Release::plain();
    for program in ["sha256sum", "sha512sum"] {
        let list = program.replace("sum", "sums").to_uppercase();
        let step = Step::new(program).args(["--check", "--strict", &list]).dir(release.path());
        assert_eq!(step.ask().unwrap().lines().count(), 4);
    }
}

#[test]
fn a_scanner_finds_in_the_package_what_the_description_tells_of_it() {
    let release = Release::plain();
    see_to(&workspace(), &[Tool::Syft]).unwrap();
    let unpacked = tempfile::tempdir().unwrap();
    let package = release.path().join(DEB);
    Step::new("dpkg-deb")
        .args(["--extract".as_ref(), package.as_os_str(), unpacked.path().as_os_str()])
        .ask()
        .unwrap();
    let place = format!("dir:{}", unpacked.path().display());
    let scan = workspace().tool("syft").args(["scan", "--quiet", "--output", "cyclonedx-json", &place]);
    let crates = |document: &[u8], wanted: fn(&serde_json::Value) -> bool| -> Vec<String> {
        let document: serde_json::Value = serde_json::from_slice(document).unwrap();
        let components = document["components"].as_array().unwrap().iter().filter(|it| wanted(it));
        let mut names: Vec<_> = components.map(|it| format!("{} {}", it["name"], it["version"])).collect();
        names.sort();
        names
    };
    let found =
        crates(&scan.env("SYFT_CHECK_FOR_APP_UPDATE", "false").capture().unwrap(), |it| it["type"] != "file");
    let told = crates(&fs::read(release.path().join(SBOM)).unwrap(), |it| it["scope"] == "required");
    assert_eq!(found, told);
}

#[test]
fn what_is_packed_again_elsewhere_is_the_same_byte_for_byte() {
    let (one, other) = (Release::plain(), Release::plain());
    assert_eq!(one.names(), other.names());
    for name in one.names() {
        let of = |release: &Release| fs::read(release.path().join(&name)).unwrap();
        assert!(of(&one) == of(&other), "{name}");
    }
}

#[test]
fn another_key_verifies_nothing() {
    let release = Release::signed();
    let other = tempfile::tempdir().unwrap();
    key_pair(&workspace(), other.path());
    let faults = faults(&release, Some(&other.path().join("cosign.pub")));
    assert_eq!(faults.len(), 6, "{faults:#?}");
}

#[test]
fn a_directory_without_packages_is_no_release() {
    let dir = tempfile::tempdir().unwrap();
    let report = look(&workspace(), dir.path(), None).unwrap();
    assert_eq!(
        report.faults(),
        [".: there is no package here", "SHA256SUMS: it is missing", "SHA512SUMS: it is missing"]
    );
}
