//! What the daemon knows, and nobody else may learn.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use crb_testbed::{EtcdCluster, Signal, eventually};
use rustix::process::{Pid, Resource, Rlimit, kill_process, prlimit};

use crate::bed::{as_user, node, said, tls};

const PASSWORD: &str = "correct-horse-battery-staple";

#[test]
fn the_password_and_the_key_stand_nowhere() {
    let mut cluster = EtcdCluster::start_with_tls(1);
    cluster.ask_for_users();
    cluster.add_user("node", PASSWORD, &["root"]);
    let certificates = cluster.tls().unwrap().clone();
    let mut node = as_user(node(&cluster), "node", PASSWORD)
        .with("etcd_tls", tls(&certificates))
        .with("log", serde_json::json!({ "level": "debug" }));
    // The scripts tell what they inherit: variables, arguments, and what their descriptors lead to.
    let dump = "#!/bin/sh\nd=${0%/*}\n{ env; ls -l /proc/self/fd; cat /proc/self/limits; } > $d/inherited.draft\n\
                mv $d/inherited.draft $d/inherited\nexit 0\n";
    node = node.with_health_script(dump);
    node.start();
    node.wait_for("its presence", |event| event.is("presence_joined"));
    let inherited = eventually("the health script runs", || fs::read_to_string(node.file("inherited")).ok());

    let of_process = |name: &str, id: u32| {
        String::from_utf8_lossy(&fs::read(format!("/proc/{id}/{name}")).unwrap()).replace('\0', " ")
    };
    let id = node.id();
    let key = fs::read_to_string(&certificates.key_file).unwrap();
    let secrets = [PASSWORD, key.lines().nth(1).unwrap()];
    let mut places = vec![
        ("environment of a script", inherited),
        ("arguments", of_process("cmdline", id)),
        ("environment", of_process("environ", id)),
    ];
    for (name, arguments) in
        [("status", &["--output", "json"][..]), ("status", &[]), ("validate-config", &[])]
    {
        places.push((name, said(&node.output_of(name, arguments))));
    }
    cluster.change_password("node", "another");
    node.need_reboot();
    node.wait_for("the denial", |event| event.message.contains("is not known to etcd with the password in"));
    places.push(("status when denied", said(&node.output_of("status", &["--output", "json"]))));
    places.push(("log", fs::read_to_string(node.file("log")).unwrap()));
    for directory in ["run", "state"] {
        for entry in fs::read_dir(node.file(directory)).unwrap() {
            places.push((
                directory,
                String::from_utf8_lossy(&fs::read(entry.unwrap().path()).unwrap()).into_owned(),
            ));
        }
    }
    assert!(places.len() >= 10, "{}", places.len());
    for (place, text) in places {
        assert!(!text.is_empty(), "{place} is empty");
        for secret in secrets {
            assert!(!text.contains(secret), "{place} tells it: {text}");
        }
    }
}

#[test]
fn a_daemon_leaves_no_core_dump_whatever_the_limit() {
    let cluster = EtcdCluster::start(1);
    let mut node = node(&cluster);
    node.start();
    node.wait_for("its presence", |event| event.is("presence_joined"));
    let limits = fs::read_to_string(format!("/proc/{}/limits", node.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "{core}");

    // Not by the limit alone: it may be raised by whoever runs the daemon.
    let id = Pid::from_raw(i32::try_from(node.id()).unwrap());
    prlimit(id, Resource::Core, Rlimit { current: None, maximum: None }).unwrap();
    node.signal(Signal::ABORT);
    assert!(!node.dumped_core());
    assert_control_dumps_core();
}

/// That the same signal under the same limit is followed by a dump elsewhere.
#[allow(clippy::disallowed_methods, reason = "it is not the program that is tested")]
fn assert_control_dumps_core() {
    let directory = tempfile::tempdir().unwrap();
    let mut child = Command::new("sleep").arg("60").current_dir(directory.path()).spawn().unwrap();
    let id = Pid::from_child(&child);
    prlimit(Some(id), Resource::Core, Rlimit { current: None, maximum: None }).unwrap();
    kill_process(id, Signal::ABORT).unwrap();
    let dumped = child.wait().unwrap().core_dumped();
    assert!(dumped, "this machine dumps no core at all, so the test shows nothing: see kernel.core_pattern");
}
