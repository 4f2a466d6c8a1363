//! What shellcheck and other shells say of the scripts.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use crate::bed::{examples, needs};

fn scripts() -> Vec<PathBuf> {
    let mut scripts: Vec<PathBuf> = ["health", "hooks"]
        .iter()
        .flat_map(|directory| fs::read_dir(examples().join(directory)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension() == Some(OsStr::new("sh")))
        .collect();
    scripts.sort();
    assert!(scripts.len() > 10, "{scripts:?}");
    scripts
}

#[test]
fn shellcheck_has_nothing_to_say() {
    needs("shellcheck");
    let ran = Command::new("shellcheck")
        .arg(examples().join("lib.sh"))
        .args(scripts())
        .current_dir(examples())
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()));
}

#[test]
fn every_script_can_be_run_names_its_needs_and_stands_in_its_readme() {
    for script in scripts() {
        let text = fs::read_to_string(&script).unwrap();
        let name = script.file_name().unwrap().to_str().unwrap();
        let readme = fs::read_to_string(script.with_file_name("README.md")).unwrap();
        assert!(readme.contains(&format!("`{name}`")), "{name} is missing in the README beside it");
        assert!(text.starts_with("#!/bin/sh\n# ") && text.contains("\nset -eu\n"), "{name}");
        assert!(text.contains("# POSIX sh; needs GNU coreutils"), "{name} does not say what it needs");
        assert_eq!(fs::metadata(&script).unwrap().permissions().mode() & 0o133, 0o111, "{name}");
    }
}
