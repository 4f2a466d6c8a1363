//! What may be typed, and what is told of it.

use serde_json::Value;

use crate::bed::run;

const COMMANDS: [&str; 17] = [
    "run",
    "status",
    "simulate",
    "validate-config",
    "schema",
    "fleet",
    "history",
    "pause",
    "resume",
    "unlock",
    "forget",
    "accept-store",
    "plan",
    "version",
    "demo",
    "completions",
    "man",
];

#[test]
fn help_and_version_go_to_standard_output_and_succeed() {
    let mut calls: Vec<Vec<&str>> =
        vec![vec!["--help"], vec!["-h"], vec!["help"], vec!["--version"], vec!["-V"], vec!["version"]];
    for command in COMMANDS {
        calls.push(vec![command, "--help"]);
        calls.push(vec!["help", command]);
        calls.push(vec![command, "--version"]);
    }
    for call in calls {
        let ran = run(&call);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{call:?}");
        assert!(!ran.out.is_empty(), "{call:?}");
    }
    let help = run(&["--help"]).out;
    for command in COMMANDS {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
    }
    let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in ["begin with `fleet`", "`pause --reason TEXT`", "operations.md"] {
        assert!(words.contains(told), "{help}");
    }
    for code in ["0 success", "1 failure", "2 invalid configuration", "3 blocked by health", "64 usage"] {
        assert!(words.contains(code), "{help}");
    }
}

#[test]
fn what_is_no_command_or_no_flag_is_a_usage_error() {
    let calls: [&[&str]; 30] = [
        &[],
        &["reboot"],
        &["--config", "config.yaml", "run"],
        &["run", "--twice"],
        &["run", "now"],
        &["run", "--config"],
        &["status", "--output", "xml"],
        &["version", "--output"],
        &["accept-store"],
        &["accept-store", "--reason", ""],
        &["pause"],
        &["pause", "--reason", " "],
        &["pause", "--reason", "works", "--for", "0m"],
        &["pause", "--reason", "works", "--for", "soon"],
        &["pause", "--reason", "works", "--for", "-2h"],
        &["resume", "now"],
        &["unlock"],
        &["unlock", "node-a"],
        &["unlock", "rack/node-a", "--reason", "dead"],
        &["unlock", "--reason", "dead"],
        &["forget"],
        &["forget", "node-a", "node-b"],
        &["history", "--limit", "0"],
        &["history", "--limit", "10001"],
        &["demo", "--nodes", "0"],
        &["demo", "--nodes", "many"],
        &["help", "reboot"],
        &["completions"],
        &["completions", "csh"],
        &["man", "3"],
    ];
    for call in calls {
        let ran = run(call);
        assert_eq!((ran.code, ran.out.as_str()), (64, ""), "{call:?}: {}", ran.err);
        assert!(ran.err.contains("Usage") || ran.err.contains("--help"), "{call:?}: {}", ran.err);
    }
}

#[test]
fn version_as_json_is_one_document_of_four_texts() {
    let ran = run(&["version", "--output", "json"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    let fields: Vec<(&str, bool)> = document
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.as_str(), value.is_string()))
        .collect();
    assert_eq!(fields, [("commit", true), ("rustc", true), ("target", true), ("version", true)]);
    assert_eq!(document["version"], env!("CARGO_PKG_VERSION"));
    let text = run(&["version"]).out;
    for (name, value) in document.as_object().unwrap() {
        assert!(text.contains(value.as_str().unwrap()), "{name} is missing: {text}");
    }
}
