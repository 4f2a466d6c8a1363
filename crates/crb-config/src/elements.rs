//! The parts of the configuration, one file each.

mod auth;
mod backoff;
mod detectors;
mod etcd;
mod health;
mod history;
mod hooks;
mod lock;
mod log;
mod metrics;
mod node_name;
mod policy;
mod reboot;
mod tls;
mod windows;

use std::time::Duration;

use crate::{
    inspect::Inspect,
    load::LoadContext,
    read::{Optional, Section},
    settings::Settings,
    sink::Read,
};

const CHECK_INTERVAL: Duration = Duration::from_secs(60);
const PRESENCE_TTL: Duration = Duration::from_secs(60);
const KILL_SWITCH_FILE: &str = "/etc/clusterrebootd/disable";

/// Reads every part before the first fault ends the reading, so that all faults are told.
pub(crate) fn read(root: &Section<'_>, context: &LoadContext, inspect: &Inspect<'_>) -> Read<Settings> {
    let health_timeout = health::timeout(root);

    let node_name = node_name::read(root, &context.hostname);
    let detectors = detectors::read(root);
    let health = health::read(root, health_timeout);
    let check_interval = root.slot("check_interval_sec").seconds(1).default_to(CHECK_INTERVAL);
    let backoff = backoff::read(root);
    let min_reboot_interval = root.slot("min_reboot_interval_sec").seconds(0).default_to(Duration::ZERO);
    let kill_switch_file = root.slot("kill_switch_file").text().default_to(KILL_SWITCH_FILE);
    let etcd = etcd::read(root, inspect);
    let lock = lock::read(root, health_timeout);
    let reboot = reboot::read(root);
    let hooks = hooks::read(root, reboot.as_ref().map(|reboot| reboot.timeout).map_err(|told| *told));
    let policy = policy::read(root, node_name.as_ref().ok());
    let windows = windows::read(root, &context.zone);
    let metrics = metrics::read(root);
    let dry_run = root.slot("dry_run").flag().default_to(false);
    let max_concurrent_reboots = root.slot("max_concurrent_reboots").whole(1..=u32::MAX).default_to(1);
    let presence_ttl = root.slot("presence_ttl_sec").seconds(10).default_to(PRESENCE_TTL);
    let history_keep = history::read(root);
    let log = log::read(root);

    let (backoff_min, backoff_max) = backoff?;
    Ok(Settings {
        node_name: node_name?,
        detectors: detectors?,
        health: health?,
        check_interval: check_interval?,
        backoff_min,
        backoff_max,
        min_reboot_interval: min_reboot_interval?,
        kill_switch_file: kill_switch_file?.into(),
        etcd: etcd?,
        lock: lock?,
        reboot: reboot?,
        hooks: hooks?,
        policy: policy?,
        windows: windows?,
        metrics: metrics?,
        dry_run: dry_run?,
        max_concurrent_reboots: max_concurrent_reboots?,
        presence_ttl: presence_ttl?,
        history_keep: history_keep?,
        log: log?,
    })
}
