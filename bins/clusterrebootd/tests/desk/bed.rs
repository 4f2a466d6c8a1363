//! An etcd, and the desk of an operator who is called `ann`.

use std::fs;
use std::process::{Command, Stdio};

use crb_testbed::{EtcdCluster, Ran, Typed};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::PROGRAM;

/// The key of the lock.
pub(crate) const LOCK: &str = "/test/lock";

/// A zone whose clocks never change, and whose name is as long as its offset.
const ZONE: &str = "Asia/Kathmandu";

/// An etcd, and a configuration for it.
pub(crate) struct Bed {
    pub(crate) cluster: EtcdCluster,
    directory: TempDir,
}

impl Bed {
    pub(crate) fn new() -> Self {
        Self::with(&json!({}))
    }

    /// The same, with more in its configuration.
    pub(crate) fn with(more: &Value) -> Self {
        let bed = Self { cluster: EtcdCluster::start(1), directory: tempfile::tempdir().unwrap() };
        bed.configure(&bed.cluster.endpoints(), more);
        bed
    }

    /// Writes the configuration anew.
    pub(crate) fn configure(&self, endpoints: &[String], more: &Value) {
        let mut config = json!({
            "node_name": "desk",
            "reboot_required_detectors": [{ "type": "file", "path": "/nowhere" }],
            "health_script": "/bin/true",
            "kill_switch_file": "/nowhere",
            "etcd_endpoints": endpoints,
            "etcd_timeout_sec": 2,
            "lock_key": LOCK,
        });
        let more = more.as_object().unwrap().clone();
        config.as_object_mut().unwrap().extend(more);
        fs::write(self.config(), serde_json::to_string_pretty(&config).unwrap()).unwrap();
    }

    pub(crate) fn config(&self) -> String {
        self.directory.path().join("c.yaml").display().to_string()
    }

    /// Gives a command at the desk, without a terminal.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).env("CLUSTERREBOOTD_CONFIG", self.config()).stdin(Stdio::null());
        command.env_remove("COLUMNS").env("SUDO_USER", "ann").env("TZ", ZONE);
        let Ran { code, out, err } = Ran::of(&mut command);
        Ran { code, out: self.masked(&out), err: self.masked(&err) }
    }

    /// The same, as it is typed at a terminal.
    pub(crate) fn typed(&self, arguments: &[&str]) -> Typed {
        let command =
            Typed::new([&[PROGRAM], arguments].concat()).with("CLUSTERREBOOTD_CONFIG", self.config());
        command.with("SUDO_USER", "ann").with("TZ", ZONE).with("TERM", "xterm")
    }

    /// What a command printed when it succeeded.
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments:?}: {ran:?}");
        ran.out
    }

    /// The document that a command printed when it succeeded.
    pub(crate) fn document(&self, arguments: &[&str]) -> String {
        let said = self.says(&[arguments, &["--output", "json"]].concat());
        let _: Value = serde_json::from_str(&said).unwrap();
        said
    }

    /// The text without what differs from one run to the next, at the same width: digits of times become zeros, the
    /// host is `desk`, and the configuration lies in `c.yaml`.
    pub(crate) fn masked(&self, text: &str) -> String {
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
        let text = text.replace(&format!("ann@{}", host.trim()), "ann@desk");
        let text = text.replace(&self.config(), "c.yaml");
        let text = self.cluster.endpoints().iter().fold(text, |text, url| text.replace(url, "http://etcd"));
        let text: String =
            text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
        text.split('Z').map(without_fraction).collect::<Vec<_>>().join("Z")
    }

    /// Puts a record.
    pub(crate) fn put(&self, key: &str, value: &Value) {
        self.etcdctl(&["put", key, &value.to_string()]);
    }

    /// The record at `key`, if there is one.
    pub(crate) fn record(&self, key: &str) -> Option<Value> {
        serde_json::from_str(&self.etcdctl(&["get", key, "--print-value-only"])).ok()
    }

    pub(crate) fn etcdctl(&self, arguments: &[&str]) -> String {
        let output = self.cluster.etcdctl(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A node that went out three hours ago and is overdue, as its claim and its report tell.
    pub(crate) fn is_out(&self, node: &str, phase: &str) {
        self.put(
            &format!("{LOCK}/claim-of-{node}"),
            &json!({
                "node": node, "pid": 1, "acquired_at": ago(11_600), "machine_id": format!("machine-of-{node}"),
                "boot_id": format!("boot-of-{node}"), "phase": phase, "since": ago(11_550), "deadline": ago(9_750),
                "attempts": 1,
            }),
        );
        self.reports(node, false, "rebooting", "this node is about to reboot");
    }

    /// The last report of a node's health.
    pub(crate) fn reports(&self, node: &str, healthy: bool, stage: &str, reason: &str) {
        self.put(
            &format!("/cluster_health/{node}"),
            &json!({
                "node": node, "healthy": healthy, "stage": stage, "reason": reason, "reported_at": ago(11_550),
                "boot_id": format!("boot-of-{node}"), "version": "0.1.0",
            }),
        );
    }

    /// A node is there, in this boot.
    pub(crate) fn is_present(&self, node: &str, boot: &str) {
        self.put(
            &format!("/crb/alive/{node}"),
            &json!({
                "machine_id": format!("machine-of-{node}"), "boot_id": boot, "slots": 1, "policy": "",
                "reboot_required": true, "version": "0.1.0",
            }),
        );
    }
}

/// How many digits a part of a second has differs, too.
fn without_fraction(text: &str) -> &str {
    match text.rsplit_once('.') {
        Some((whole, digits)) if !digits.is_empty() && digits.chars().all(|digit| digit == '0') => whole,
        _ => text,
    }
}

/// So many seconds ago.
pub(crate) fn ago(seconds: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_secs(seconds)
}
