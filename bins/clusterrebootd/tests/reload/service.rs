//! What the service manager hears, and in which order.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crb_testbed::{EtcdCluster, Signal};

use crate::node;

/// Everything up to a message that begins with `last`, without lines of status.
fn heard_until(socket: &UnixDatagram, last: &str) -> (Vec<String>, Vec<String>) {
    let (mut told, mut lines) = (vec![], vec![]);
    let mut buffer = [0; 4096];
    loop {
        let length = socket.recv(&mut buffer).unwrap_or_else(|error| panic!("{error}: {told:?} {lines:?}"));
        let message = String::from_utf8_lossy(&buffer[..length]).into_owned();
        let is_last = message.starts_with(last);
        match message.strip_prefix("STATUS=") {
            Some(line) => lines.push(line.to_owned()),
            None => told.push(message),
        }
        if is_last {
            return (told, lines);
        }
    }
}

fn usec(message: &str) -> u64 {
    message
        .strip_prefix("RELOADING=1\nMONOTONIC_USEC=")
        .unwrap_or_else(|| panic!("{message}"))
        .parse()
        .unwrap()
}

#[test]
fn hears_ready_reloading_ready_again_and_stopping() {
    let cluster = EtcdCluster::start(1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut node = node(&cluster).with_service_manager(&path);
    node.start();
    let (told, _) = heard_until(&socket, "STATUS=no_action");
    assert_eq!(told, ["READY=1"]);

    node.reload_with("check_interval_sec", 2);
    let (first, _) = heard_until(&socket, "READY=1");
    assert_eq!((first.len(), first[1].as_str()), (2, "READY=1"));

    fs::write(node.file("config.yaml"), "node_name: [\n").unwrap();
    node.signal(Signal::HUP);
    let (second, lines) = heard_until(&socket, "READY=1");
    assert_eq!((second.len(), second[1].as_str()), (2, "READY=1"), "a refusal leaves the daemon at work");
    assert!(usec(&second[0]) > usec(&first[0]), "{first:?} {second:?}");
    assert!(lines.iter().any(|line| line.contains("is refused")), "{lines:?}");

    node.signal(Signal::TERM);
    let (told, _) = heard_until(&socket, "STOPPING=1");
    assert_eq!(told, ["STOPPING=1\nSTATUS=stops: SIGTERM"]);
    assert_eq!(node.exit_code(), Some(0), "{}", node.log_tail());
}

#[test]
fn a_socket_that_is_not_there_is_said_and_holds_nothing_up() {
    let cluster = EtcdCluster::start(1);
    let mut node = node(&cluster).with_service_manager("/no/such/socket".as_ref());
    node.start();
    let told = node.wait_for("the trouble", |event| event.is("trouble") && event.component == "service");
    assert!(told.message.contains("the service manager was not told"), "{told:?}");
    node.wait_for_outcome("no_action");
}
