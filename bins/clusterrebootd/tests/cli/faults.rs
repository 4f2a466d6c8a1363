//! What cannot be used: the configuration, the files that it names, and the port that it wants.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use expect_test::expect;

use crate::bed::{Bed, READERS, run};

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
