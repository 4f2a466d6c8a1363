//! Signals that come while the daemon starts, and many of them.

use std::fs::{self, File};
use std::io::Write;

use crb_testbed::{EtcdCluster, Signal};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::node;

#[test]
fn a_signal_that_comes_while_the_configuration_is_read_is_heeded_after_the_start() {
    let cluster = EtcdCluster::start(1);
    let mut node = node(&cluster);
    node.put_config();
    let text = fs::read_to_string(node.file("config.yaml")).unwrap();
    let (file, pipe) = (node.file("config.yaml"), node.file("pipe"));
    mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    fs::rename(&pipe, &file).unwrap();
    node.start_as_it_is();
    // Opens as soon as the daemon does.
    let mut writer = File::options().write(true).open(&file).unwrap();
    node.signal(Signal::HUP);
    node.put_config();
    writer.write_all(text.as_bytes()).unwrap();
    drop(writer);
    node.wait_for("the start", |event| event.is("started"));
    node.wait_for("the reload", |event| event.is("config_reloaded"));
    node.wait_for_outcome("no_action");
    node.signal(Signal::TERM);
    assert_eq!(node.exit_code(), Some(0), "{}", node.log_tail());
}

#[test]
fn a_reload_without_etcd_is_a_reload() {
    let mut cluster = EtcdCluster::start(1);
    cluster.stop(0);
    let mut node = node(&cluster);
    node.start();
    node.wait_for("the start", |event| event.is("started"));
    node.reload_with("max_concurrent_reboots", 2);
    node.wait_for("the reload", |event| event.is("config_reloaded"));
    cluster.cont(0);
    node.wait_for("its presence", |event| event.is("presence_joined"));
    crb_testbed::poll_until(std::time::Duration::from_secs(30), || {
        let shown = cluster.etcdctl(&["get", "/crb/alive/node-a", "--print-value-only"]);
        let record: serde_json::Value = serde_json::from_slice(&shown.stdout).ok()?;
        (record["slots"] == 2).then_some(())
    })
    .expect("the new slots are published");
}

#[test]
fn a_storm_of_signals_is_a_few_reloads_and_the_last_one_counts() {
    let cluster = EtcdCluster::start(1);
    let mut node = node(&cluster);
    node.start();
    node.wait_for_outcome("no_action");
    for count in 0..300 {
        node.reload_with("check_interval_sec", 3_600 + count);
    }
    node.reload_with("dry_run", true);
    node.wait_for("the last of them", |event| {
        event.is("config_reloaded") && event.fields["changed"].as_array().unwrap().contains(&"dry_run".into())
    });
    let reloads = node.events().iter().filter(|event| event.is("config_reloaded")).count();
    assert!(reloads < 30, "{reloads}");
    node.signal(Signal::TERM);
    assert_eq!(node.exit_code(), Some(0), "{}", node.log_tail());
}
