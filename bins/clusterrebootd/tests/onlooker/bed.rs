//! An etcd with records in it, and the program that looks at them.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use crb_store::etcd::{EtcdSettings, EtcdStore};
use crb_store::{Op, Store, Txn};
use crb_testbed::{EtcdCluster, Ran, Typed};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Builder;

use crate::PROGRAM;

/// etcd takes no more operations in a transaction.
const MOST_OPS: usize = 100;

/// Longer than any test.
const LONG: Duration = Duration::from_secs(3_600);

/// An etcd, and a configuration for it.
pub(crate) struct Bed {
    pub(crate) cluster: EtcdCluster,
    directory: TempDir,
}

impl Bed {
    pub(crate) fn new() -> Self {
        let bed = Self { cluster: EtcdCluster::start(1), directory: tempfile::tempdir().unwrap() };
        bed.configure(5);
        bed
    }

    /// Writes the configuration, by which etcd has so many seconds to answer.
    pub(crate) fn configure(&self, timeout: u32) {
        let config = json!({
            "node_name": "desk",
            "reboot_required_detectors": [{ "type": "file", "path": "/nowhere" }],
            "health_script": "/bin/true",
            "kill_switch_file": "/nowhere",
            "etcd_endpoints": self.cluster.endpoints(),
            "etcd_timeout_sec": timeout,
            "lock_key": "/test/lock",
        });
        fs::write(self.file("c.yaml"), config.to_string()).unwrap();
    }

    /// A file of the test's own.
    pub(crate) fn file(&self, name: &str) -> String {
        self.directory.path().join(name).display().to_string()
    }

    /// The command, without a terminal.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_of("fleet", arguments)
    }

    /// The same of another subcommand that looks at the fleet.
    pub(crate) fn command_of(&self, subcommand: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.arg(subcommand).args(arguments).args(["--config", &self.file("c.yaml")]).stdin(Stdio::null());
        command.env_remove("COLUMNS").env_remove("NO_COLOR").env("LC_ALL", "C.UTF-8");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&mut self.command(arguments))
    }

    /// The same, as it is typed at a terminal.
    pub(crate) fn typed(&self, arguments: &[&str]) -> Typed {
        let config = self.file("c.yaml");
        let typed = Typed::new([&[PROGRAM, "fleet"], arguments, &["--config", &config]].concat());
        typed.with("TERM", "xterm").with("LC_ALL", "C.UTF-8")
    }

    pub(crate) fn document(&self, arguments: &[&str]) -> Value {
        let ran = self.run(&[arguments, &["--output", "json"]].concat());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{ran:?}");
        serde_json::from_str(&ran.out).unwrap()
    }

    /// Puts so many records.
    pub(crate) fn put(&self, records: impl IntoIterator<Item = (String, Value)>) {
        self.write(async |_| {
            records.into_iter().map(|(key, value)| Op::put(key, value.to_string())).collect()
        });
    }

    /// Lets these nodes wait in the queue, in their order.
    pub(crate) fn wait_in_queue<'a>(&self, names: impl IntoIterator<Item = &'a String>) {
        self.write(async |store| {
            let lease = store.grant(LONG).await.unwrap();
            let place = |name: &String| {
                let record = json!({
                    "node": name, "pid": 4_711, "acquired_at": ago(60), "machine_id": format!("machine-of-{name}"),
                    "boot_id": format!("boot-of-{name}"), "phase": "waiting", "attempts": 0,
                });
                Op::put_leased(format!("/test/lock/{name}"), record.to_string(), lease)
            };
            names.into_iter().map(place).collect()
        });
    }

    fn write(&self, ops: impl AsyncFnOnce(&EtcdStore) -> Vec<Op>) {
        let store = EtcdStore::try_new(&EtcdSettings::new(self.cluster.endpoints())).unwrap();
        Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            for some in ops(&store).await.chunks(MOST_OPS) {
                store.txn(Txn::default().then(some.to_vec())).await.unwrap();
            }
        });
    }

    pub(crate) fn delete(&self, key: &str) {
        assert!(self.cluster.etcdctl(&["del", key]).status.success());
    }
}

/// A node that is present and says how it is.
pub(crate) fn node(name: &str, healthy: bool, reason: &str) -> [(String, Value); 2] {
    [report(name, healthy, reason), presence(name)]
}

pub(crate) fn report(name: &str, healthy: bool, reason: &str) -> (String, Value) {
    let record = json!({
        "node": name, "healthy": healthy, "stage": "heartbeat", "reason": reason, "reported_at": ago(720),
        "boot_id": format!("boot-of-{name}"), "version": "0.1.0",
    });
    (format!("/cluster_health/{name}"), record)
}

pub(crate) fn presence(name: &str) -> (String, Value) {
    let record = json!({
        "machine_id": format!("0123456789abcdef0123456789-{name}"), "boot_id": format!("boot-of-{name}"), "slots": 1,
        "policy": "cbf29ce484222325", "reboot_required": true, "version": "0.1.0",
    });
    (format!("/crb/alive/{name}"), record)
}

pub(crate) fn reboot(name: &str, seconds_ago: i64) -> (String, Value) {
    let ended_at = ago(seconds_ago);
    let record = json!({
        "node": name, "outcome": "released", "reason": "", "by": name, "committed_at": ago(seconds_ago + 300),
        "ended_at": ended_at, "attempts": 1, "boot_before": "before", "boot_after": "after",
    });
    (format!("/crb/history/{ended_at:.3}-{name}"), record)
}

/// So many seconds ago.
pub(crate) fn ago(seconds: i64) -> Timestamp {
    Timestamp::now() - SignedDuration::from_secs(seconds)
}
