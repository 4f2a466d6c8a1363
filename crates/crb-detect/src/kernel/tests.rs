use std::os::unix::fs::symlink;

use DetectorVerdict::{Needed, NotNeeded};
use tempfile::TempDir;

use super::*;

/// A machine's tree: the files named, and symbolic links where `->` says so.
fn tree(entries: &[&str]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for entry in entries {
        let (path, target) =
            entry.split_once(" -> ").map_or((*entry, None), |(path, target)| (path, Some(target)));
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match target {
            Some(target) => symlink(target, path).unwrap(),
            None => fs::write(path, "").unwrap(),
        }
    }
    root
}

async fn look(running: &str, root: &Path) -> Look {
    KernelDetector::new("kernel", Ok(running.to_owned()), root).look().await
}

// The distributions as their packages leave them.

const DEBIAN: &[&str] = &[
    "usr/lib/modules/6.1.0-9-amd64/modules.dep",
    "boot/vmlinuz-6.1.0-9-amd64",
    "usr/lib/modules/6.1.0-10-amd64/modules.dep",
    "boot/vmlinuz-6.1.0-10-amd64",
    "usr/lib/modules/6.1.0-11-cloud-amd64/modules.dep",
    "boot/vmlinuz-6.1.0-11-cloud-amd64",
    "lib -> usr/lib",
    "vmlinuz -> boot/vmlinuz-6.1.0-10-amd64",
];

const DEBIAN_LEFT_BEHIND: &[&str] = &[
    "lib/modules/6.1.0-10-amd64/modules.dep",
    "boot/vmlinuz-6.1.0-10-amd64",
    "lib/modules/6.1.0-21-amd64/updates/dkms/zfs.ko",
    "boot/vmlinuz-6.1.0-22-amd64",
    "boot/vmlinuz-6.1.0-10-amd64.dpkg-bak",
];

const UBUNTU: &[&str] = &[
    "usr/lib/modules/6.8.0-45-generic/modules.dep",
    "boot/vmlinuz-6.8.0-45-generic",
    "usr/lib/modules/6.8.0-101-generic/modules.dep",
    "boot/vmlinuz-6.8.0-101-generic",
    "usr/lib/modules/6.8.0-201-lowlatency/modules.dep",
    "boot/vmlinuz-6.8.0-201-lowlatency",
    "boot/vmlinuz -> vmlinuz-6.8.0-101-generic",
];

const RHEL: &[&str] = &[
    "usr/lib/modules/5.14.0-362.8.1.el9_3.x86_64/vmlinuz",
    "usr/lib/modules/5.14.0-427.13.1.el9_4.x86_64/vmlinuz",
    "usr/lib/modules/5.14.0-503.11.1.el9_5.x86_64+rt/vmlinuz",
    "boot/vmlinuz-0-rescue-4f2c",
    "lib -> usr/lib",
];

const FEDORA: &[&str] = &[
    "usr/lib/modules/6.8.5-201.fc39.x86_64/vmlinuz",
    "usr/lib/modules/6.8.5-301.fc40.x86_64/vmlinuz",
    "boot/vmlinuz-6.8.5-301.fc40.x86_64",
    "lib -> usr/lib",
];

const SUSE: &[&str] = &[
    "lib/modules/5.3.18-150300.59.93-default/modules.dep",
    "boot/vmlinuz-5.3.18-150300.59.93-default",
    "lib/modules/5.3.18-150300.59.101-default/modules.dep",
    "boot/vmlinuz-5.3.18-150300.59.101-default",
];

const SUSE_MERGED: &[&str] = &[
    "usr/lib/modules/6.4.0-150600.21-default/vmlinuz",
    "usr/lib/modules/6.4.0-150600.23.7-default/vmlinuz",
    "boot/vmlinuz-6.4.0-150600.23.7-default -> ../usr/lib/modules/6.4.0-150600.23.7-default/vmlinuz",
    "lib -> usr/lib",
];

const SUSE_ARM: &[&str] =
    &["usr/lib/modules/6.4.0-150600.23.7-default/modules.dep", "boot/Image-6.4.0-150600.23.7-default"];

const ARCH: &[&str] = &[
    "usr/lib/modules/6.7.5-arch1-1/vmlinuz",
    "usr/lib/modules/6.6.17-1-lts/vmlinuz",
    "usr/lib/modules/extramodules/readme",
    "boot/vmlinuz-linux",
    "lib -> usr/lib",
];

enum Expected {
    /// It is the newest of its flavour.
    Newest,
    /// This one is newer.
    Behind(&'static str),
    /// It is no longer there, and this one is.
    Gone(&'static str),
}

#[tokio::test]
async fn compares_the_running_kernel_with_what_each_distribution_installed() {
    use Expected::{Behind, Gone, Newest};

    let table = [
        (DEBIAN, "6.1.0-9-amd64", Behind("6.1.0-10-amd64")),
        (DEBIAN, "6.1.0-10-amd64", Newest),
        (DEBIAN, "6.1.0-11-cloud-amd64", Newest),
        (DEBIAN_LEFT_BEHIND, "6.1.0-10-amd64", Newest),
        (UBUNTU, "6.8.0-45-generic", Behind("6.8.0-101-generic")),
        (UBUNTU, "6.8.0-101-generic", Newest),
        (RHEL, "5.14.0-362.8.1.el9_3.x86_64", Behind("5.14.0-427.13.1.el9_4.x86_64")),
        (RHEL, "5.14.0-427.13.1.el9_4.x86_64", Newest),
        (RHEL, "5.14.0-284.el9_2.x86_64", Gone("5.14.0-427.13.1.el9_4.x86_64")),
        (FEDORA, "6.8.5-201.fc39.x86_64", Behind("6.8.5-301.fc40.x86_64")),
        (FEDORA, "6.8.5-301.fc40.x86_64", Newest),
        (SUSE, "5.3.18-150300.59.93-default", Behind("5.3.18-150300.59.101-default")),
        (SUSE_MERGED, "6.4.0-150600.21-default", Behind("6.4.0-150600.23.7-default")),
        (SUSE_MERGED, "6.4.0-150600.23.7-default", Newest),
        (SUSE_ARM, "6.4.0-150600.23.7-default", Newest),
        (ARCH, "6.7.4-arch1-1", Gone("6.7.5-arch1-1")),
        (ARCH, "6.7.6-arch1-1", Gone("6.7.5-arch1-1")),
        (ARCH, "6.6.17-1-lts", Newest),
    ];
    for (entries, running, expected) in table {
        let root = tree(entries);
        let (verdict, output) = match expected {
            Newest => (NotNeeded, format!("{running} runs, the newest of its flavour")),
            Behind(newest) => (Needed, format!("{running} runs, and {newest} is installed")),
            Gone(other) => (Needed, format!("{running} runs and is no longer installed; {other} is")),
        };
        let expected = Look { verdict, exit_code: None, output };
        assert_eq!(look(running, root.path()).await, expected, "{running} among {entries:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_told_is_unknown() {
    let no_kernel = "no kernel is installed here, as in a container, or /boot is not mounted: \
                     neither /lib/modules nor /boot has one";
    let table: [(&str, &[&str], &str, &str); 8] = [
        ("nothing at all", &[], "6.1.0-9-amd64", no_kernel),
        ("an empty /boot", &["lib/modules/6.1.0-9-amd64/modules.dep"], "6.1.0-9-amd64", no_kernel),
        ("no modules", &["boot/vmlinuz-6.1.0-9-amd64"], "6.1.0-9-amd64", no_kernel),
        ("a directory for a kernel", &["lib/modules/6.1.0-9-amd64/vmlinuz/x"], "6.1.0-9-amd64", no_kernel),
        (
            "a kernel of the host",
            &["lib/modules/6.1.0-9-amd64/vmlinuz"],
            "6.8.0-45-generic",
            "the running kernel 6.8.0-45-generic is not installed, nor is another one of its flavour",
        ),
        (
            "a release of no version",
            &["lib/modules/6.1.0-9-amd64/vmlinuz"],
            "Linux",
            "the running kernel's release Linux begins with no version",
        ),
        (
            "modules that cannot be read",
            &["lib/modules"],
            "6.1.0-9-amd64",
            "ROOT/lib/modules cannot be read: Not a directory (os error 20)",
        ),
        (
            "a kernel that cannot be looked at",
            &["lib/modules/6.1.0-9-amd64/vmlinuz -> vmlinuz"],
            "6.1.0-9-amd64",
            "ROOT/lib/modules/6.1.0-9-amd64/vmlinuz cannot be looked at: \
             Too many levels of symbolic links (os error 40)",
        ),
    ];
    for (machine, entries, running, why) in table {
        let root = tree(entries);
        let why = why.replace("ROOT", &root.path().display().to_string());
        assert_eq!(look(running, root.path()).await, unknown(why), "{machine}");
    }
}

#[tokio::test]
async fn without_the_running_release_nothing_is_told() {
    let detector = KernelDetector::new("kernel", Err("no /proc".to_owned()), "/");
    assert_eq!(detector.look().await, unknown("which kernel runs cannot be told: no /proc".to_owned()));
}
