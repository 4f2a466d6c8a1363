//! The service manager as a watchdog: what it hears of a daemon at work, and of one that stands still.

use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crb_testbed::{EtcdCluster, Signal, TestNode};
use tempfile::TempDir;

use crate::node;

/// Short, so that the test is; half of it is the longest silence of a daemon at work.
const PATIENCE: Duration = Duration::from_secs(4);

fn watched(cluster: &EtcdCluster) -> (TestNode, UnixDatagram, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    (node(cluster).with_service_manager(&path).with_watchdog(PATIENCE), socket, folder)
}

/// Whether a message of this kind comes before the service manager's patience is over.
fn is_heard(socket: &UnixDatagram, wanted: &str) -> bool {
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut buffer = [0; 4096];
    loop {
        match socket.recv(&mut buffer) {
            Ok(length) if &buffer[..length] == wanted.as_bytes() => return true,
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}");
                return false;
            }
        }
    }
}

/// Takes what lies there already.
fn forget(socket: &UnixDatagram) {
    socket.set_nonblocking(true).unwrap();
    while socket.recv(&mut [0; 4096]).is_ok() {}
    socket.set_nonblocking(false).unwrap();
}

#[test]
fn hears_of_a_daemon_at_work_and_not_of_one_that_stands_still() {
    let cluster = EtcdCluster::start(1);
    let (mut node, socket, _folder) = watched(&cluster);
    node.start();
    node.wait_for_outcome("no_action");
    for word in 0..4 {
        assert!(is_heard(&socket, "WATCHDOG=1"), "word {word}: {}", node.log_tail());
    }
    node.freeze();
    forget(&socket);
    assert!(!is_heard(&socket, "WATCHDOG=1"), "nothing but the daemon's own loop tells of it");
    node.thaw();
    assert!(is_heard(&socket, "WATCHDOG=1"), "{}", node.log_tail());
    node.signal(Signal::TERM);
    assert_eq!(node.exit_code(), Some(0), "{}", node.log_tail());
}

#[test]
fn hears_of_a_daemon_without_etcd_and_of_one_whose_script_takes_its_time() {
    let mut cluster = EtcdCluster::start(1);
    cluster.stop(0);
    let (mut node, socket, _folder) = watched(&cluster);
    node.hold("heartbeat");
    node.start();
    node.wait_until_held("heartbeat");
    for word in 0..4 {
        assert!(is_heard(&socket, "WATCHDOG=1"), "word {word}: {}", node.log_tail());
    }
    assert!(!node.events().iter().any(|event| event.component == "watchdog"), "{}", node.log_tail());
}

/// What the watchdog does to a daemon, it does in the middle of anything.
#[test]
fn one_that_is_ended_by_it_under_its_claim_finds_the_claim_again_and_goes_on() {
    let cluster = EtcdCluster::start(1);
    let (node, _socket, _folder) = watched(&cluster);
    let mut node = node.with_boots();
    node.need_reboot();
    node.hold("command");
    node.start();
    node.wait_until_held("command");
    node.signal(Signal::ABORT);
    assert_eq!(node.exit_code(), None, "{}", node.log_tail());
    let held = cluster.etcdctl(&["get", "--prefix", "/test/lock/", "--keys-only"]);
    assert_eq!(String::from_utf8_lossy(&held.stdout).lines().filter(|line| !line.is_empty()).count(), 1);

    // What it had started goes with it, and the machine is still up.
    node.let_go("command");
    node.start();
    assert_eq!(node.exit_code(), None, "the node goes down: {}", node.log_tail());
    assert_eq!(node.journal().starts(), ["node-a", "node-a"]);
    node.boot_anew();
    node.start();
    node.wait_for("the proof", |event| event.is("reboot_verified"));
    let left = cluster.etcdctl(&["get", "--prefix", "/test/lock/", "--keys-only"]);
    assert_eq!(String::from_utf8_lossy(&left.stdout).trim(), "");
}
