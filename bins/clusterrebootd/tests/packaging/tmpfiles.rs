//! The directories that systemd-tmpfiles makes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::{directories, packaged, read, run, text};

const LINES: &str = "tmpfiles/clusterrebootd.conf";

/// Each directory, and its mode.
fn lines() -> Vec<(String, String)> {
    let text = read(LINES);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let words = lines.map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    words
        .map(|words| {
            assert_eq!(
                (words[0].as_str(), words[3].as_str(), words[4].as_str(), words[5].as_str()),
                ("d", "root", "root", "-")
            );
            (words[1].clone(), words[2].clone())
        })
        .collect()
}

#[test]
fn they_are_those_that_the_program_would_make() {
    let lines = lines();
    assert_eq!(lines.len(), 2);
    for (path, mode) in lines {
        assert!(directories().contains(&format!("\"{path}\"")), "{path}");
        assert!(directories().contains(&format!("MODE: u32 = 0o{}", mode.trim_start_matches('0'))), "{mode}");
    }
}

#[test]
fn systemd_makes_them_so() {
    let root = tempfile::tempdir().unwrap();
    // Their owner is looked up in the root that they are made in.
    fs::create_dir(root.path().join("etc")).unwrap();
    fs::write(root.path().join("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n").unwrap();
    fs::write(root.path().join("etc/group"), "root:x:0:\n").unwrap();
    let folder = root.path().join("usr/lib/tmpfiles.d");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(packaged(LINES), folder.join("clusterrebootd.conf")).unwrap();
    let mut tmpfiles = Command::new("systemd-tmpfiles");
    tmpfiles.arg("--create").arg(format!("--root={}", root.path().display())).arg("clusterrebootd.conf");
    let ran = run(&mut tmpfiles);
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: only root can make directories of root's");
        return;
    }
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    for (path, mode) in lines() {
        let made = fs::metadata(root.path().join(path.trim_start_matches('/'))).unwrap();
        assert_eq!(format!("0{:o}", made.permissions().mode() & 0o7777), mode, "{path}");
    }
}
