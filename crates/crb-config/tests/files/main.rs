//! The files that a configuration is or names.

#![allow(clippy::unwrap_used, reason = "a test may")]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod fragments;
mod secured;

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use crb_config::{Faults, Letters, LoadContext, Loaded, load, parse, render};
use expect_test::{Expect, expect};
use jiff::tz::TimeZone;
use tempfile::TempDir;

fn context() -> LoadContext {
    LoadContext { hostname: "web-1.example".to_owned(), zone: TimeZone::UTC }
}

/// What is said, with the temporary directory's name taken out.
fn said(directory: &TempDir, result: Result<Loaded, Faults>) -> String {
    let text = match result {
        Ok(loaded) => format!("taken\n{}", render(&loaded.warnings, Letters::Unicode, false, 200)),
        Err(faults) => format!("refused\n{}", render(&faults, Letters::Unicode, false, 200)),
    };
    // The underlining is as long as the name.
    let text = text.replace(directory.path().to_str().unwrap(), "DIR");
    text.split_inclusive('\n').filter(|line| !line.contains('·')).collect()
}

fn write(directory: &TempDir, name: &str, mode: u32) -> PathBuf {
    let path = directory.path().join(name);
    fs::write(&path, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    path
}

fn check(directory: &TempDir, text: &str, expected: &Expect) {
    expected.assert_eq(&said(directory, parse("config.yaml", text.to_owned(), &context())));
}

fn with_script(script: &Path) -> String {
    format!(
        "node_name: web-1
reboot_required_detectors:
  - {{type: file, path: /run/reboot-required}}
etcd_endpoints: [10.0.0.1:2379]
health_script: {}
",
        script.display()
    )
}

fn with_command(program: &Path) -> String {
    let detector = format!("{{type: command, cmd: [{}, -r]}}", program.display());
    with_script(Path::new("/bin/true")).replace("{type: file, path: /run/reboot-required}", &detector)
}

#[test]
fn a_file_that_is_not_there_is_a_fault() {
    let directory = tempfile::tempdir().unwrap();
    let missing = load(&directory.path().join("config.yaml"), &context());
    expect![[r#"
        refused
        config::unreadable

          × cannot read DIR/config.yaml: No such file or directory (os error 2)
          help: create the file, or name another one with --config FILE
    "#]]
    .assert_eq(&said(&directory, missing));
}

#[test]
fn what_is_no_file_is_a_fault_and_is_not_opened() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let socket = directory.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let paths = [directory.path(), Path::new("/dev/zero"), &pipe, &socket];
    let told: Vec<_> = paths.map(|path| said(&directory, load(path, &context()))).into();
    expect![[r#"
        refused
        config::unreadable

          × cannot read DIR: it is a directory
          help: name a YAML file

        refused
        config::unreadable

          × cannot read /dev/zero: it is a device
          help: name a YAML file

        refused
        config::unreadable

          × cannot read DIR/pipe: it is a pipe
          help: name a YAML file

        refused
        config::unreadable

          × cannot read DIR/socket: it is a socket
          help: name a YAML file
    "#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn a_file_that_is_not_utf8_is_a_fault_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.yaml");
    fs::write(&path, b"node_name: web-1\nlock_key: /l\xf6ck\n").unwrap();
    expect![[r#"
        refused
        config::not_utf8

          × configuration is not UTF-8
           ╭─[DIR/config.yaml:2:13]
         1 │ node_name: web-1
         2 │ lock_key: /l�ck
           ╰────
          help: save the file as UTF-8
    "#]]
    .assert_eq(&said(&directory, load(&path, &context())));
}

#[test]
fn a_script_that_only_we_can_write_is_taken() {
    let directory = tempfile::tempdir().unwrap();
    for mode in [0o700, 0o755] {
        let script = write(&directory, "check", mode);
        check(&directory, &with_script(&script), &expect![["taken\n"]]);
    }
}

#[test]
fn a_script_that_others_can_write_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let script = write(&directory, "check", 0o775);
    check(
        &directory,
        &with_script(&script),
        &expect![[r#"
        refused
        config::script_writable_by_others

          × DIR/check can be written by other users
           ╭─[config.yaml:5:16]
         4 │ etcd_endpoints: [10.0.0.1:2379]
         5 │ health_script: DIR/check
           ╰────
          help: run `chmod go-w DIR/check`
    "#]],
    );
}

#[test]
fn a_link_to_a_script_that_others_can_write_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let script = write(&directory, "check", 0o757);
    let link = directory.path().join("link");
    std::os::unix::fs::symlink(script, &link).unwrap();
    let faults = parse("config.yaml", with_script(&link), &context()).unwrap_err();
    assert_eq!(faults.iter().next().unwrap().code(), "config::script_writable_by_others");
}

#[test]
fn a_detector_command_that_others_can_write_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let command = write(&directory, "needs-restarting", 0o722);
    check(
        &directory,
        &with_command(&command),
        &expect![[r#"
        refused
        config::script_writable_by_others

          × DIR/needs-restarting can be written by other users
           ╭─[config.yaml:3:21]
         2 │ reboot_required_detectors:
         3 │   - {type: command, cmd: [DIR/needs-restarting, -r]}
         4 │ etcd_endpoints: [10.0.0.1:2379]
           ╰────
          help: run `chmod go-w DIR/needs-restarting`
    "#]],
    );
}

#[test]
fn a_script_that_is_missing_or_cannot_run_is_warned_of() {
    let directory = tempfile::tempdir().unwrap();
    check(
        &directory,
        &with_script(&directory.path().join("check")),
        &expect![[r#"
        taken
        config::script_missing

          ⚠ cannot look at DIR/check: No such file or directory (os error 2)
           ╭─[config.yaml:5:16]
         4 │ etcd_endpoints: [10.0.0.1:2379]
         5 │ health_script: DIR/check
           ╰────
          help: until it is there, this node will not reboot
    "#]],
    );
    let script = write(&directory, "check", 0o644);
    check(
        &directory,
        &with_script(&script),
        &expect![[r#"
        taken
        config::script_not_executable

          ⚠ DIR/check is not an executable file
           ╭─[config.yaml:5:16]
         4 │ etcd_endpoints: [10.0.0.1:2379]
         5 │ health_script: DIR/check
           ╰────
          help: run `chmod +x DIR/check`
    "#]],
    );
    check(
        &directory,
        &with_command(&script),
        &expect![[r#"
        taken
        config::script_not_executable

          ⚠ DIR/check is not an executable file
           ╭─[config.yaml:3:21]
         2 │ reboot_required_detectors:
         3 │   - {type: command, cmd: [DIR/check, -r]}
         4 │ etcd_endpoints: [10.0.0.1:2379]
           ╰────
          help: run `chmod +x DIR/check`
    "#]],
    );
}

#[test]
fn a_hook_that_is_missing_is_warned_of_with_what_comes_of_it() {
    let cases = [
        ("pre_reboot: [{name: own, cmd: [/no/hook]}]", "this node will not reboot"),
        ("pre_reboot: [{name: own, cmd: [/no/hook], on_failure: continue}]", "this node reboots without it"),
        (
            "post_reboot: [{name: own, cmd: [/no/hook]}]",
            "this node keeps its slot after a reboot, and holds the others back",
        ),
        (
            "post_reboot: [{name: own, cmd: [/no/hook], on_failure: continue}]",
            "this node frees its slot without it",
        ),
        ("on_event: {cmd: [/no/hook], events: [reboot_overdue]}", "nobody is told of these events"),
    ];
    for (hooks, expected) in cases {
        let text = with_script(Path::new("/bin/true")) + &format!("hooks:\n  {hooks}\n");
        let loaded = parse("config.yaml", text, &context()).unwrap();
        let hints: Vec<_> = loaded.warnings.iter().filter_map(|warning| warning.hint()).collect();
        assert_eq!(hints, [format!("until it is there, {expected}")], "{hooks}");
    }
}

#[test]
fn readable_files_of_tls_are_taken_and_make_urls_https() {
    let directory = tempfile::tempdir().unwrap();
    let pem = write(&directory, "pem", 0o600);
    let tls =
        format!("etcd_tls: {{enabled: true, ca_file: {0}, cert_file: {0}, key_file: {0}}}\n", pem.display());
    let text = with_script(Path::new("/bin/true")) + &tls;
    let text = text.replace("[10.0.0.1:2379]", "[10.0.0.1:2379, https://etcd-2:2379]");

    let loaded = parse("config.yaml", text.clone(), &context()).unwrap();
    let etcd = &loaded.settings.etcd;
    assert_eq!(etcd.endpoints, ["https://10.0.0.1:2379", "https://etcd-2:2379"]);
    assert_eq!(etcd.raw_endpoints, ["10.0.0.1:2379", "https://etcd-2:2379"]);
    assert_eq!(etcd.tls.as_ref().unwrap().key_file, pem);
    assert!(loaded.warnings.is_empty());

    // One that would not be encrypted is refused.
    check(
        &directory,
        &text.replace("https:", "http:"),
        &expect![[r#"
        refused
        config::endpoint_in_clear

          × a `http` endpoint is not encrypted, though `etcd_tls` is enabled
           ╭─[config.yaml:4:33]
         3 │   - {type: file, path: /run/reboot-required}
         4 │ etcd_endpoints: [10.0.0.1:2379, http://etcd-2:2379]
         5 │ health_script: /bin/true
           ╰────
          help: write `https://`, or leave the scheme out
    "#]],
    );
}
