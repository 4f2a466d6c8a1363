//! A user of etcd whose token ends and whose password changes while the daemon runs.

use crb_testbed::{EtcdCluster, Signal, TestNode};

use crate::bed::{as_user, node, put, said};

fn cluster_with_user(password: &str) -> EtcdCluster {
    let mut cluster = EtcdCluster::start(1);
    cluster.ask_for_users();
    cluster.add_user("node", password, &["root"]);
    cluster
}

fn start(node: &mut TestNode) {
    node.start();
    node.wait_for("its presence", |event| event.is("presence_joined"));
}

/// It reboots, for which it has to write and to watch and to keep its lease.
fn assert_goes_on(mut node: TestNode) {
    node.need_reboot();
    assert_eq!(node.exit_code(), None, "it was to reboot: {}", node.log_tail());
    assert_eq!(node.journal().starts(), ["node-a"]);
    let denied = node.events().iter().filter(|event| event.message.contains("denies access")).count();
    assert_eq!(denied, 0, "{}", node.log_tail());
}

#[test]
fn a_daemon_goes_on_when_etcd_has_forgotten_its_token() {
    let cluster = cluster_with_user("secret");
    let mut node = as_user(node(&cluster), "node", "secret");
    start(&mut node);
    // Who is given a password, be it the old one, is let in with no token of before; the connection stays.
    cluster.change_password("node", "secret");
    assert_goes_on(node);
}

#[test]
fn a_daemon_goes_on_when_etcd_was_restarted() {
    let mut cluster = cluster_with_user("secret");
    let mut node = as_user(node(&cluster), "node", "secret");
    start(&mut node);
    cluster.restart(0);
    assert_goes_on(node);
}

#[test]
fn a_password_that_was_changed_at_etcd_and_in_the_file_is_used_without_a_restart() {
    let cluster = cluster_with_user("first");
    let mut node = as_user(node(&cluster), "node", "first");
    start(&mut node);
    put(&node.file("password"), "second\n", 0o600);
    cluster.change_password("node", "second");
    // A node at rest renews leases alone, for which etcd wants no token.
    node.need_reboot();
    let told = node.wait_for("the news", |event| event.says("etcd_files", "result", "renewed"));
    assert!(told.message.contains(&node.file("password").display().to_string()), "{}", told.message);
    assert_goes_on(node);
}

#[test]
fn a_wrong_password_is_told_with_its_file_and_the_remedy_and_mended_without_a_restart() {
    let cluster = cluster_with_user("right");
    let mut node = as_user(node(&cluster), "node", "wrong");
    node.need_reboot();
    let told = said(&node.output_of("status", &[]));
    let expected = format!(
        "user \"node\" is not known to etcd with the password in {}: write the right one there, or set it with \
         `etcdctl user passwd node`",
        node.file("password").display()
    );
    assert!(told.contains(&expected), "{told}");

    node.start();
    node.wait_for("word of it", |event| event.message.contains(&expected));
    put(&node.file("password"), "right", 0o600);
    node.wait_for("its presence", |event| event.is("presence_joined"));
    node.signal(Signal::KILL);
}

#[test]
fn a_password_file_that_others_may_read_is_refused_with_the_command_that_mends_it() {
    let cluster = EtcdCluster::start(1);
    let node = as_user(node(&cluster), "node", "secret");
    let file = node.file("password");
    put(&file, "secret", 0o644);
    for command in ["run", "status", "validate-config"] {
        let output = node.output_of(command, &[]);
        assert_eq!(output.status.code(), Some(2), "{command}");
        let told = said(&output);
        assert!(told.contains(&format!("run `chmod g-w,o= {}`", file.display())), "{command}: {told}");
    }
}
