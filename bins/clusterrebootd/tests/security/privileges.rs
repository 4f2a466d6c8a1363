//! Directories and files that others have no business in, and no shell between us and what we run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crb_testbed::{EtcdCluster, TestNode};
use serde_json::json;

use crate::bed::{node, said};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn directories_are_made_for_us_and_our_group_and_so_are_the_files_in_them() {
    let cluster = EtcdCluster::start(1);
    let mut node = node(&cluster);
    node.need_reboot();
    node.start();
    assert_eq!(node.exit_code(), None, "it reboots, and so leaves every file: {}", node.log_tail());
    let mut files = vec![];
    for directory in ["run", "state"] {
        assert_eq!(mode(&node.file(directory)), 0o750, "{directory}");
        for entry in fs::read_dir(node.file(directory)).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path) & !0o640, 0, "{}: {:o}", path.display(), mode(&path));
            files.push(path.file_name().unwrap().to_owned());
        }
    }
    files.sort();
    assert_eq!(files, ["daemon.lock", "etcd.json", "reboot-command.json", "reboot.json", "standing.json"]);
}

#[test]
fn what_a_shell_would_take_for_its_own_is_handed_on_as_it_stands() {
    const WORDS: [&str; 6] = ["; touch pwned", "$(touch pwned)", "`touch pwned`", "| touch pwned", "&&", "*"];
    let node = TestNode::new(crate::PROGRAM, "node-a", &["127.0.0.1:1".to_owned()]);
    let tool = node.file("tool");
    fs::write(&tool, "#!/bin/sh\nprintf '%s\\n' \"$@\" > ${0%/*}/words\n").unwrap();
    fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
    let command: Vec<String> =
        [tool.display().to_string()].into_iter().chain(WORDS.map(str::to_owned)).collect();
    let words = node.file("words");
    let node = node
        .with("reboot_required_detectors", json!([{ "type": "command", "name": "tool", "cmd": command }]));
    let output = node.output_of("simulate", &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let handed: Vec<String> = fs::read_to_string(words).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(handed, WORDS);
}

#[test]
fn no_line_that_is_shipped_names_a_shell() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = vec![];
    for directory in ["bins/clusterrebootd/src", "crates"] {
        collect(&root.join(directory), &mut sources);
    }
    assert!(sources.len() > 100, "{}", sources.len());
    for source in sources {
        let text = fs::read_to_string(&source).unwrap();
        // Tests stand at the end, and may run what they like.
        let shipped = text.split("#[cfg(test)]").next().unwrap();
        for shell in ["\"sh\"", "\"bash\"", "/bin/sh", "/bin/bash", "\"-c\""] {
            assert!(!shipped.contains(shell), "{} names {shell}", source.display());
        }
    }
}

/// The sources below a directory, but for those that are tests or serve tests alone.
fn collect(directory: &Path, sources: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !["tests", "examples", "crb-testbed", "target"].contains(&name.as_str()) {
            collect(&path, sources);
        } else if path.extension().is_some_and(|is| is == "rs") && name != "tests.rs" {
            sources.push(path);
        }
    }
}
