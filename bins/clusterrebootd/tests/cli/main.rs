//! The command line, as a shell sees it: what is printed where, and with which code it ends. Needs no etcd.

#![allow(clippy::disallowed_methods, reason = "these tests start the program that they are about")]
#![allow(clippy::unwrap_used, reason = "a test may")]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod bed;
mod config;
mod single;
mod status;

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use bed::{Bed, run};
use crb_testbed::{Signal, TestNode};
use expect_test::expect;
use serde_json::Value;

/// What is so, which files of the bed make it so, how the program is called, and with what it ends.
type Case<'a> = (&'a str, &'a [&'a str], &'a [&'a str], i32, &'a str);

/// How it is with a node, the outcome of its passes, the signal that ends its daemon, and with what code.
type Ending = (fn(&TestNode), &'static str, Signal, i32);

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

/// Every command that reads the configuration, as it is called.
const READERS: [&[&str]; 14] = [
    &["run"],
    &["run", "--once"],
    &["run", "--dry-run"],
    &["status"],
    &["simulate"],
    &["validate-config"],
    &["fleet"],
    &["accept-store", "--reason", "known"],
    &["history"],
    &["pause", "--reason", "works"],
    &["resume"],
    &["unlock", "node-a", "--reason", "dead"],
    &["forget", "node-a"],
    &["plan"],
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
    for code in ["0 success", "1 failure", "2 invalid configuration", "3 blocked by health", "64 usage"] {
        assert!(help.split_whitespace().collect::<Vec<_>>().join(" ").contains(code), "{help}");
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

#[test]
fn a_configuration_that_is_not_there_is_code_2() {
    let bed = Bed::new();
    let nowhere = bed.path("nowhere.yaml");
    for call in READERS {
        let ran = run(&[call, &["--config", nowhere.to_str().unwrap()]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{call:?}");
        assert!(ran.err.contains("config::unreadable") && ran.err.contains("nowhere.yaml"), "{}", ran.err);
    }
}

#[test]
fn a_configuration_that_is_not_valid_is_code_2() {
    let bed = Bed::new();
    bed.configure("lock_tll_sec: 120\n");
    for call in READERS {
        let ran = bed.run(call);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{call:?}");
        assert!(ran.err.contains("did you mean `lock_ttl_sec`?"), "{}", ran.err);
    }
}

#[test]
fn six_different_faults_are_six_diagnostics_with_their_lines() {
    let bed = Bed::new();
    bed.write(
        "\
node_name: \"\"
reboot_required_detectors:
  - {type: file, path: /run/reboot-required}
  - {type: command, cmd: [needs-restarting, -r], success_exit_code: [1]}
health_script: check-health
health_timeout_sec: soon
etcd_endpoints: [etcd-1]
windows:
  deny: [Sat 22:00-Sat 04:00]
",
    );
    let ran = bed.run(&["validate-config"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    let faults: Vec<String> = format!("\n{}", ran.err)
        .split("\nconfig::")
        .skip(1)
        .map(|fault| {
            let (code, rest) = fault.split_once('\n').unwrap();
            let (line, _) = rest.split_once("config.yaml:").unwrap().1.split_once(':').unwrap();
            format!("{code} in line {line}")
        })
        .collect();
    expect![[r#"
        missing_key in line 1
        unknown_key in line 4
        health_script_relative in line 5
        wrong_type in line 6
        endpoint_invalid in line 7
        window_invalid in line 9"#]]
    .assert_eq(&faults.join("\n"));
}

#[test]
fn a_file_for_the_go_daemon_is_valid() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = root.join("crates/crb-config/tests/good/go_daemon.yaml").canonicalize().unwrap();
    let ran = run(&["validate-config", "--config", file.to_str().unwrap()]);
    assert_eq!((ran.code, ran.out), (0, format!("{}: valid\n", file.display())), "{}", ran.err);
}

#[test]
fn simulate_tells_of_every_detector_and_touches_nothing_else() {
    let bed = Bed::new();
    let kernel = bed.script("kernel", "echo 'running 6.1.0-1'; echo 'newest 6.1.0-2' >&2; exit 3");
    let broken = bed.script("broken", "echo 'no database' >&2; kill -KILL $$");
    let health = bed.script("health", &format!("touch {}", bed.path("asked").display()));
    let config = |detectors: &str| {
        bed.write(&format!(
            "node_name: node-a\nhealth_script: {health}\netcd_endpoints: [127.0.0.1:1]\n\
             reboot_required_detectors:\n{detectors}"
        ));
    };
    let marker = format!("  - {{type: file, name: marker, path: {}}}\n", bed.path("marker").display());
    let kernel = format!("  - {{type: command, name: old-kernel, cmd: [{kernel}]}}\n");
    let broken = format!("  - {{type: command, name: packages, cmd: [{broken}]}}\n");

    let mut told = vec![];
    for (detectors, code) in
        [(marker.clone(), 0), (format!("{marker}{kernel}"), 0), (format!("{marker}{kernel}{broken}"), 6)]
    {
        config(&detectors);
        let ran = bed.run(&["simulate"]);
        assert_eq!((ran.code, ran.err.as_str()), (code, ""));
        told.push(masked(&ran.out));
    }
    expect![[r#"
        marker  not needed (… ms)
        No reboot is needed.
        ---
        marker      not needed (… ms)
        old-kernel  reboot needed (… ms, exit code 3)
                    | running 6.1.0-1
                    | newest 6.1.0-2
        A reboot is needed.
        ---
        marker      not needed (… ms)
        old-kernel  reboot needed (… ms, exit code 3)
                    | running 6.1.0-1
                    | newest 6.1.0-2
        packages    failed: ended by signal 9 (… ms)
                    | no database
        A detector failed: this holds every reboot of this node back.
    "#]]
    .assert_eq(&told.join("---\n"));
    assert!(!bed.path("asked").exists(), "simulate ran the health script");
}

#[test]
fn a_single_pass_ends_with_the_code_of_what_it_met() {
    let cases: [Case<'_>; 9] = [
        ("nothing asks", &[], &["status"], 0, "no_action"),
        ("etcd is away", &["marker"], &["status"], 1, "lock_unavailable"),
        ("etcd is away", &["marker"], &["run", "--once"], 1, "lock_unavailable"),
        ("the lock is left out", &["marker"], &["status", "--skip-lock"], 0, "lock_skipped"),
        ("the script is red", &["marker", "sick"], &["status"], 3, "health_blocked"),
        ("the script is red", &["marker", "sick"], &["run", "--once"], 3, "health_blocked"),
        (
            "the script is red and left out",
            &["marker", "sick"],
            &["status", "--skip-health", "--skip-lock"],
            0,
            "lock_skipped",
        ),
        ("the kill switch is on", &["disable"], &["run", "--once"], 5, "kill_switch_active"),
        ("a detector cannot tell", &["broken"], &["status"], 1, "no_action"),
    ];
    for (name, files, arguments, code, outcome) in cases {
        let bed = Bed::without_etcd();
        bed.put(files);
        let ran = bed.run(arguments);
        let told = format!("{arguments:?}, when {name}: {}{}", ran.out, ran.err);
        assert_eq!((ran.code, ran.err.as_str()), (code, ""), "{told}");
        assert!(ran.out.starts_with(&format!("node-a: {outcome}\n")), "{told}");
    }
}

#[test]
fn broken_tls_files_are_a_fault_of_the_configuration_for_every_command() {
    let bed = Bed::new();
    let file = bed.path("not-a-certificate.pem").display().to_string();
    fs::write(&file, "not a certificate\n").unwrap();
    bed.configure(&format!(
        "etcd_endpoints: [127.0.0.1:1]\n\
         etcd_tls: {{enabled: true, ca_file: {file}, cert_file: {file}, key_file: {file}}}\n"
    ));
    for arguments in [&["status"][..], &["run", "--once"], &["run"]] {
        let ran = bed.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains("config::etcd_file_unusable"), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn a_port_that_is_taken_ends_the_daemon_and_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let bed = Bed::new();
    bed.configure(&format!(
        "etcd_endpoints: [127.0.0.1:1]\nmetrics: {{enabled: true, listen: '{address}'}}\n"
    ));
    let ran = bed.run(&["run"]);
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains(&format!("cannot listen on metrics.listen {address}: ")), "{}", ran.err);
}

#[test]
fn a_daemon_that_is_ended_says_by_its_code_what_was_in_the_way() {
    let sick = |node: &TestNode| {
        node.need_reboot();
        node.answer_health(1);
    };
    let cases: [Ending; 5] = [
        (|_| {}, "no_action", Signal::TERM, 0),
        (|_| {}, "no_action", Signal::INT, 0),
        (sick, "health_blocked", Signal::TERM, 3),
        (TestNode::need_reboot, "lock_unavailable", Signal::TERM, 4),
        (|node| node.kill_switch(true), "kill_switch_active", Signal::TERM, 5),
    ];
    // Together, for each waits some seconds for etcd before its first pass.
    let nodes = cases.map(|(arrange, outcome, ..)| {
        let nowhere = ["127.0.0.1:1".to_owned()];
        let mut node = TestNode::new(env!("CARGO_BIN_EXE_clusterrebootd"), outcome, &nowhere);
        arrange(&node);
        node.start();
        node
    });
    for (mut node, (_, outcome, signal, code)) in nodes.into_iter().zip(cases) {
        node.wait_for_outcome(outcome);
        node.signal(signal);
        assert_eq!(node.exit_code(), Some(code), "{outcome}");
    }
}

#[test]
fn the_demo_reboots_a_fleet_and_ends_well() {
    let ran = run(&["demo", "--nodes", "2"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(ran.out.contains("2 nodes rebooted in "), "{}", ran.out);
}

#[test]
fn escape_codes_are_for_terminals_alone_and_never_with_no_color() {
    let bed = Bed::without_etcd();
    bed.put(&["marker"]);
    let good: &[&str] = &["status", "--skip-lock"];
    let piped = bed.run(good);
    assert_eq!(piped.code, 0, "{}", piped.err);
    assert!(!piped.out.contains('\x1b'), "{:?}", piped.out);
    let bad = Bed::new();
    bad.configure("lock_tll_sec: 120\n");
    let wrong: &[&str] = &["validate-config"];
    assert!(!bad.run(wrong).err.contains('\x1b'));

    for (bed, call) in [(&bed, good), (&bad, wrong)] {
        let plain = [("NO_COLOR", "1"), ("TERM", "xterm")];
        assert!(!bed.on_a_terminal(call, &plain).contains('\x1b'), "NO_COLOR: {call:?}");
        assert!(!bed.on_a_terminal(call, &[("TERM", "dumb")]).contains('\x1b'), "TERM=dumb: {call:?}");
        // An empty NO_COLOR is none (no-color.org).
        let coloured = bed.on_a_terminal(call, &[("NO_COLOR", ""), ("TERM", "xterm")]);
        assert!(coloured.contains("\x1b["), "{call:?}: {coloured:?}");
    }
}

/// The text without how long things took.
fn masked(text: &str) -> String {
    let mask = |part: &str| match part.split_once(" ms") {
        Some((time, rest)) if time.bytes().all(|byte| byte.is_ascii_digit()) => format!("… ms{rest}"),
        _ => part.to_owned(),
    };
    text.split('(').map(mask).collect::<Vec<_>>().join("(")
}
