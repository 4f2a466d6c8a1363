//! One daemon a machine, and where it keeps the lock for that.

use std::fs;

use crb_testbed::{Ran, Signal, TestNode};

use crate::bed::Bed;

fn node_without_etcd() -> TestNode {
    TestNode::new(env!("CARGO_BIN_EXE_clusterrebootd"), "node-a", &["127.0.0.1:1".to_owned()])
}

#[test]
fn a_second_daemon_ends_at_once_and_names_the_first() {
    let mut node = node_without_etcd();
    node.start();
    node.wait_for("the daemon", |event| event.is("started"));
    let lock = node.file("run/daemon.lock");
    let first = fs::read_to_string(&lock).unwrap();

    let second = node.output_of("run", &[]);
    let told = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1), "{told}");
    let expected = format!(
        "clusterrebootd: another daemon runs on this machine: process {} holds {}; stop it first, or ask it \
         with `status`\n",
        first.trim(),
        lock.display()
    );
    assert_eq!(told, expected);

    // Who only looks is not in its way.
    for (command, arguments) in [("status", &[][..]), ("run", &["--once"])] {
        let output = node.output_of(command, arguments);
        assert!(!String::from_utf8_lossy(&output.stderr).contains("another daemon"), "{command}: {output:?}");
    }
    assert!(!node.has_ended(), "{}", node.log_tail());
}

#[test]
fn a_daemon_that_was_killed_leaves_no_lock_behind() {
    let mut node = node_without_etcd();
    for _ in 0..2 {
        node.start();
        node.wait_for("the daemon", |event| event.is("started"));
        node.signal(Signal::KILL);
        assert_eq!(node.exit_code(), None, "{}", node.log_tail());
    }
}

#[test]
fn a_state_directory_that_cannot_be_used_is_named_with_the_remedy_and_who_only_looks_needs_none() {
    let bed = Bed::without_etcd();
    bed.put(&["file"]);
    let below = bed.path("file/state").display().to_string();
    let ran = Ran::of(bed.command(&["run"]).env("STATE_DIRECTORY", &below));
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{}", ran.err);
    assert!(ran.err.contains(&format!("cannot use the directory {below}: Not a directory")), "{}", ran.err);
    assert!(
        ran.err.contains("run as root, or set STATE_DIRECTORY to a directory of your own"),
        "{}",
        ran.err
    );
    for look in [&["status"][..], &["run", "--once"]] {
        let ran = Ran::of(bed.command(look).env("STATE_DIRECTORY", bed.path("gone")));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{look:?}");
        assert!(!bed.path("gone").exists(), "{look:?} writes nothing");
    }
}

#[test]
fn a_runtime_directory_that_cannot_be_used_is_named_with_the_remedy() {
    let bed = Bed::without_etcd();
    bed.put(&["file"]);
    let below = bed.path("file/run").display().to_string();
    for named in [below.clone(), format!("{below}:/tmp/another")] {
        let ran = Ran::of(bed.command(&["run"]).env("RUNTIME_DIRECTORY", named));
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{}", ran.err);
        assert!(
            ran.err.contains(&format!("cannot use the directory {below}: Not a directory")),
            "{}",
            ran.err
        );
        assert!(
            ran.err.contains("run as root, or set RUNTIME_DIRECTORY to a directory of your own"),
            "{}",
            ran.err
        );
    }
}
