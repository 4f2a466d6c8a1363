//! The role that docs/etcd-security.md gives the daemon: enough for everything, and each line of it needed.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crb_lock::Keys;
use crb_store::etcd::grant;
use crb_testbed::{EtcdCluster, TestNode, poll_until};

use crate::bed::{as_user, node, said};

const USER: &str = "clusterrebootd";
const PASSWORD: &str = "secret";
const LOCK_KEY: &str = "/cluster/clusterrebootd/lock";

/// The namespaces that the page shows lines for, in its order.
const NAMESPACES: [&str; 2] = ["", "prod"];

/// The lines of etcdctl for each of them.
fn documented() -> [Vec<String>; 2] {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/etcd-security.md");
    let page = fs::read_to_string(page).unwrap();
    let blocks = page.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let lines = blocks
        .filter(|block| block.contains("etcdctl role add"))
        .map(|block| block.lines().map(|line| line.strip_prefix("$ etcdctl ").unwrap().to_owned()).collect());
    lines.collect::<Vec<_>>().try_into().unwrap()
}

/// An etcd on which these lines were run.
fn cluster_after(lines: &[String]) -> EtcdCluster {
    let mut cluster = EtcdCluster::start(1);
    for line in lines {
        // The password is asked for on a terminal.
        let with_password = format!("user add {USER}:{PASSWORD}");
        let line = if *line == format!("user add {USER}") { &with_password } else { line };
        cluster.command(&line.split(' ').collect::<Vec<_>>());
    }
    cluster.ask_for_users();
    cluster
}

fn member_of(cluster: &EtcdCluster, namespace: &str) -> TestNode {
    let node = node(cluster).with("etcd_namespace", namespace).with("lock_key", LOCK_KEY);
    as_user(node.with("min_reboot_interval_sec", 1), USER, PASSWORD)
}

#[test]
fn the_page_grants_what_the_keys_need_and_no_more() {
    for (namespace, lines) in NAMESPACES.into_iter().zip(documented()) {
        let granted: Vec<&String> = lines.iter().filter(|line| line.starts_with("role grant-")).collect();
        let needed = Keys::new(namespace, LOCK_KEY).ranges().map(|range| grant(USER, &range));
        let needed: Vec<&str> = needed.iter().map(|line| line.strip_prefix("etcdctl ").unwrap()).collect();
        assert_eq!(granted, needed, "{namespace:?}");
    }
}

#[test]
fn the_role_suffices_for_a_whole_reboot_and_for_every_command() {
    for (namespace, lines) in NAMESPACES.into_iter().zip(documented()) {
        let cluster = cluster_after(&lines);
        let mut node = member_of(&cluster, namespace).with_boots();
        node.need_reboot();
        node.start();
        assert_eq!(node.exit_code(), None, "it goes down: {}", node.log_tail());
        node.boot_anew();
        node.start();
        node.wait_for("its return", |event| event.is("reboot_verified"));
        node.wait_for("the end of the cooldown", |event| event.says("run_outcome", "status", "no_action"));

        // Each of them reads the fleet, and what it says is not that it may not.
        node.need_reboot();
        node.kill_switch(true);
        node.wait_for_outcome("kill_switch_active");
        for command in [&["status"][..], &["status", "--output", "json"], &["run", "--once"]] {
            let output = node.output_of(command[0], &command[1..]);
            assert_eq!(output.status.code(), Some(5), "{command:?}: {}", said(&output));
            assert!(!said(&output).contains("denies"), "{command:?}: {}", said(&output));
        }
        node.kill();
        node.kill_switch(false);
        let once = node.output_of("run", &["--once"]);
        assert_eq!(once.status.code(), Some(0), "{}", said(&once));

        let prefix = if namespace.is_empty() { String::new() } else { format!("/{namespace}") };
        cluster.command(&["put", &format!("{prefix}/crb/hold/node-z"), "{}"]);
        let accepted = node.output_of("accept-store", &["--reason", "a test", "--yes"]);
        assert!(said(&accepted).contains("Confirmed: the hold is lifted."), "{}", said(&accepted));

        let denied = node.events().iter().find(|event| event.message.contains("denies access")).cloned();
        assert_eq!(denied, None, "{namespace:?}");
    }
}

#[test]
fn the_role_suffices_for_every_command_of_an_operator() {
    for (namespace, lines) in NAMESPACES.into_iter().zip(documented()) {
        let cluster = cluster_after(&lines);
        let mut node = member_of(&cluster, namespace).with_boots();
        node.need_reboot();
        node.start();
        assert_eq!(node.exit_code(), None, "it goes down: {}", node.log_tail());

        // The machine stays down, with its claim.
        let commands: [(&str, &[&str]); 7] = [
            ("fleet", &[]),
            ("plan", &[]),
            ("pause", &["--reason", "a test"]),
            ("pause", &["--reason", "a test", "--for", "1h"]),
            ("resume", &[]),
            ("unlock", &["node-a", "--reason", "a test", "--yes", "--force"]),
            ("history", &[]),
        ];
        for (command, arguments) in commands {
            let ran = node.output_of(command, arguments);
            let is_well = ran.status.success() || command == "plan";
            assert!(is_well && !said(&ran).contains("denies"), "{command}: {}", said(&ran));
        }
        // Its presence ends by itself, and only then it can be forgotten.
        let forgotten = poll_until(Duration::from_secs(60), || {
            let ran = node.output_of("forget", &["node-a", "--yes"]);
            (!said(&ran).contains("is present")).then_some(ran)
        });
        let forgotten = forgotten.expect("its presence ends");
        assert!(forgotten.status.success(), "{}", said(&forgotten));
    }
}

#[test]
fn without_one_of_its_lines_the_error_names_user_range_and_that_very_line() {
    let [lines, _] = documented();
    let grants: Vec<&String> = lines.iter().filter(|line| line.starts_with("role grant-")).collect();
    assert_eq!(grants.len(), 4);
    for missing in grants {
        let rest: Vec<String> = lines.iter().filter(|line| *line != missing).cloned().collect();
        let cluster = cluster_after(&rest);
        let node = member_of(&cluster, "");
        node.need_reboot();
        let output = node.output_of("status", &[]);
        assert_ne!(output.status.code(), Some(0), "{missing}");
        let range = missing.rsplit(' ').next().unwrap();
        let told = said(&output);
        for expected in [
            format!("the store denies access: user \"{USER}\" may not read {range}"),
            format!("run `etcdctl {missing}` as root of etcd"),
        ] {
            assert!(told.contains(&expected), "{told:?} does not say {expected:?}");
        }
    }
}
