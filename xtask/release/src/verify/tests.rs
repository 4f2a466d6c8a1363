use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use xtask::{Step, Tool, see_to};

use super::*;
use crate::fixture::{Release, key_pair, workspace};

fn faults(release: &Release, key: Option<&Path>) -> Vec<String> {
    look(&workspace(), &release.path(), key, Wanted::Some).expect("it can be looked at").faults()
}

/// Changes one byte in the middle of a file.
fn flip(file: &Path) {
    let mut content = fs::read(file).unwrap();
    let middle = content.len() / 2;
    content[middle] ^= 1;
    fs::write(file, content).unwrap();
}

/// Changes a digit of base64 in the middle of a file to another one.
fn other_digit(file: &Path) {
    let mut content = fs::read(file).unwrap();
    let middle = content.len() / 2;
    content[middle] = if content[middle] == b'A' { b'B' } else { b'A' };
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
    let report = look(&workspace(), &release.path(), None, Wanted::Some).unwrap();
    assert!(report.verdict(&release.path()).is_ok());
    let told = report.to_string();
    assert_eq!(told.lines().filter(|line| line.starts_with("ok ")).count(), release.names().len());
    assert!(told.contains("\nno key was given, so 6 signatures were not looked at; give --key\n"), "{told}");
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
    let cases: [Case; 6] = [
        (
            "a byte of a signature",
            |dir| other_digit(&dir.join("SHA256SUMS.sig")),
            "SHA256SUMS.sig: SHA256SUMS was not signed with this key",
        ),
        (
            "a byte of a signature that is no digit",
            |dir| fs::write(dir.join("SHA256SUMS.sig"), "MEU!IQ==").unwrap(),
            "SHA256SUMS.sig: it is not base64 as cosign writes it",
        ),
        (
            "a line more behind a signature",
            |dir| append(&dir.join("SHA256SUMS.sig"), "\n"),
            "SHA256SUMS.sig: it is not base64 as cosign writes it, and nothing besides",
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

/// What `verify` says of the packages of a release in a checkout where one file of the repository reads otherwise.
fn faults_where_it_differs(release: &Release, file: &str) -> Vec<String> {
    let checkout = tempfile::tempdir().unwrap();
    let all = ["packaging", "docs", "examples", "LICENSE"];
    Step::new("cp").args(["-R"]).args(all).args([checkout.path()]).dir(workspace().root).ask().unwrap();
    append(&checkout.path().join(file), "\n# Of another.\n");
    let maintainer = maintainer::of(checkout.path()).unwrap();
    let mut report = Report::default();
    for (package, _) in Package::of_directory(&release.path()).unwrap() {
        let of = (checkout.path(), maintainer.as_str());
        packages::look(&release.path(), &package, of, &mut report).unwrap();
    }
    report.faults()
}

#[test]
fn a_script_or_file_that_is_not_of_the_repository_is_told_whatever_the_checksums_say() {
    let cases: [(&str, &[&str]); 11] = [
        ("packaging/deb/postinst.sh", &["amd64.deb: its script postinstall is not that of this checkout"]),
        ("packaging/deb/prerm.sh", &["amd64.deb: its script preremove is not"]),
        ("packaging/deb/postrm.sh", &["amd64.deb: its script postremove is not"]),
        ("packaging/rpm/post.sh", &["x86_64.rpm: its script postinstall is not that of this checkout"]),
        ("packaging/rpm/preun.sh", &["x86_64.rpm: its script preremove is not"]),
        ("packaging/rpm/postun.sh", &["x86_64.rpm: its script postremove is not"]),
        ("LICENSE", &["x86_64.rpm: /usr/share/licenses/clusterrebootd/LICENSE is not that of this checkout"]),
        (
            "packaging/systemd/clusterrebootd.service",
            &[
                "x86_64.rpm: /usr/lib/systemd/system/clusterrebootd.service is not that of this checkout",
                "amd64.deb: /usr/lib/systemd/system/clusterrebootd.service is not that of this checkout",
            ],
        ),
        (
            "packaging/tmpfiles/clusterrebootd.conf",
            &["x86_64.rpm: /usr/lib/tmpfiles.d/", "amd64.deb: /usr/lib/tmpfiles.d/"],
        ),
        ("packaging/config.yaml", &["x86_64.rpm: /etc/clusterrebootd/", "amd64.deb: /etc/clusterrebootd/"]),
        (
            "examples/health/ceph.sh",
            &[
                "x86_64.rpm: /usr/share/clusterrebootd/health/ceph.sh is",
                "amd64.deb: /usr/share/clusterrebootd/health/ceph.sh is",
            ],
        ),
    ];
    let release = Release::plain();
    for (file, told) in cases {
        let faults = faults_where_it_differs(&release, file);
        assert_eq!(faults.len(), told.len(), "{file}: {faults:#?}");
        for (fault, part) in faults.iter().zip(told) {
            assert!(fault.contains(part), "{file}: {faults:#?}");
        }
    }
}

#[test]
fn a_package_that_runs_more_than_the_repository_has_is_told() {
    let release = Release::plain();
    let (deb, unpacked) = (release.path().join(DEB), tempfile::tempdir().unwrap());
    let dpkg = |words: &[&str], paths: [&Path; 2]| {
        Step::new("dpkg-deb").args(words.to_vec()).args(paths).ask().unwrap();
    };
    dpkg(&["--raw-extract"], [&deb, unpacked.path()]);
    let preinst = unpacked.path().join("DEBIAN/preinst");
    fs::write(&preinst, "#!/bin/sh\n").unwrap();
    Step::of("chmod 755").args([preinst]).ask().unwrap();
    dpkg(&["--root-owner-group", "--build"], [unpacked.path(), &deb]);
    release.sum_up();
    let told = format!("{DEB}: it has preinst, which this checkout does not");
    let faults = faults(&release, None);
    assert!(faults.contains(&told), "{faults:#?}");
}

#[test]
fn an_rpm_that_runs_more_than_the_repository_has_is_told() {
    let release = Release::plain();
    let made = tempfile::tempdir().unwrap();
    fs::write(made.path().join("more.sh"), "echo more\n").unwrap();
    let config = "name: clusterrebootd\narch: amd64\nversion: 0.1.0\nscripts: {preinstall: more.sh}\n";
    fs::write(made.path().join("nfpm.yaml"), config).unwrap();
    let pack = workspace().tool("nfpm").args(["package", "--packager", "rpm", "--config", "nfpm.yaml"]);
    pack.args(["--target".into(), release.path().join(RPM)]).dir(made.path()).ask().unwrap();
    let faults = faults(&release, None);
    let told = format!(
        "{RPM}: it has other scriptlets or triggers, or another shell for one, which this checkout does not"
    );
    assert!(faults.contains(&told), "{faults:#?}");
    assert!(faults.contains(&format!("{RPM}: it lacks its script postinstall")), "{faults:#?}");
}

#[test]
fn packages_of_another_commit_are_said_to_be() {
    let release = Release::plain();
    let said = format!("{DEB}: it was not built of this checkout's commit, ");
    let report = |wanted| look(&workspace(), &release.path(), None, wanted).unwrap();
    let (some, whole) = (report(Wanted::Some), report(Wanted::Whole));
    assert_eq!(some.faults(), Vec::<String>::new());
    assert!(some.to_string().lines().any(|line| line.starts_with(&said)), "{some}");
    assert!(whole.faults().iter().any(|fault| fault.starts_with(&said)), "{whole}");
    assert!(whole.faults().contains(&".: there is no package for aarch64".to_owned()), "{whole}");
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
    let report = look(&workspace(), dir.path(), None, Wanted::Some).unwrap();
    assert_eq!(
        report.faults(),
        [".: there is no package here", "SHA256SUMS: it is missing", "SHA512SUMS: it is missing"]
    );
}
