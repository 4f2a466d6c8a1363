//! The checked configuration, as the rest of the program takes it.

use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use crb_decide::{NodeName, OnFailure, Policy};
use crb_windows::Windows;

/// A configuration that keeps all its rules.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The name of this node in the fleet.
    pub node_name: NodeName,
    /// What tells that a reboot is needed; at least one, with names of their own.
    pub detectors: Vec<DetectorSettings>,
    /// Whether this node is healthy.
    pub health: HealthSettings,
    /// The time between two looks at the detectors; 60 s.
    pub check_interval: Duration,
    /// The shortest wait after a passing failure; 5 s.
    pub backoff_min: Duration,
    /// The longest wait after passing failures, never shorter than the shortest; 60 s.
    pub backoff_max: Duration,
    /// The least time between two reboots in the cluster; zero is none, the default.
    pub min_reboot_interval: Duration,
    /// While this file exists, this node does not reboot.
    pub kill_switch_file: PathBuf,
    /// Where the fleet meets.
    pub etcd: EtcdSettings,
    /// The lock around reboots.
    pub lock: LockSettings,
    /// How to reboot, and how long that may take.
    pub reboot: RebootSettings,
    /// What the operator has run around a reboot, and for events.
    pub hooks: HooksSettings,
    /// What must hold of the fleet before this node may go down.
    pub policy: Policy,
    /// When this node may reboot. The windows show themselves as they were written.
    pub windows: Windows,
    /// Where to serve metrics; `None` is nowhere, the default.
    pub metrics: Option<MetricsSettings>,
    /// Decide and say, but never reboot; off by default.
    pub dry_run: bool,
    /// How many nodes may be out at once; at least 1, the default.
    pub max_concurrent_reboots: u32,
    /// How long etcd keeps a node's presence after it last heard of it; at least 10 s, 60 s by default.
    pub presence_ttl: Duration,
    /// How long reboots stay in the history, 90 days by default; `None`, written as 0, is not at all.
    pub history_keep: Option<Duration>,
    /// What is logged, and how.
    pub log: LogSettings,
}

/// One detector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetectorSettings {
    /// Its name in logs and metrics, unique among the detectors.
    pub name: String,
    /// What it looks at.
    pub kind: DetectorKind,
}

/// What a detector looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DetectorKind {
    /// A reboot is needed while a file exists.
    File {
        /// The file.
        path: PathBuf,
    },
    /// A reboot is needed when a command says so by its exit code.
    Command {
        /// The program and its arguments, run without a shell.
        cmd: Vec<String>,
        /// The exit codes that mean "needed"; `None`: any but 0.
        success_exit_codes: Option<BTreeSet<i32>>,
        /// How long it may run; 30 s.
        timeout: Duration,
    },
    /// A reboot is needed when a newer kernel is installed than the one that runs.
    Kernel,
    /// A reboot is needed when `needs-restarting -r` says so.
    NeedsRestarting {
        /// How long it may run; 30 s.
        timeout: Duration,
    },
    /// A reboot is needed when `zypper needs-rebooting` says so.
    Zypper {
        /// How long it may run; 30 s.
        timeout: Duration,
    },
}

/// The health script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthSettings {
    /// Its absolute path.
    pub script: PathBuf,
    /// How long it may run; 30 s.
    pub timeout: Duration,
    /// The time between two runs for the published record; 15 s.
    pub publish_interval: Duration,
}

/// How to reach etcd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EtcdSettings {
    /// The members as URLs (`http://10.0.0.1:2379`), at least one. Those written without a scheme are `https`
    /// with TLS.
    pub endpoints: Vec<String>,
    /// The members as they were written, for the environment of scripts.
    pub raw_endpoints: Vec<String>,
    /// What every key begins with, as it was written; empty by default.
    pub namespace: String,
    /// Mutual TLS, where enabled.
    pub tls: Option<TlsSettings>,
    /// The user of etcd's own authentication; none by default.
    pub auth: Option<AuthSettings>,
    /// The end of every single call; 5 s.
    pub timeout: Duration,
}

/// The files of mutual TLS, which could be read when the configuration was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSettings {
    /// The certificates that vouch for etcd.
    pub ca_file: PathBuf,
    /// This node's certificate.
    pub cert_file: PathBuf,
    /// Its private key.
    pub key_file: PathBuf,
    /// Take whatever certificate etcd shows; off by default.
    pub insecure_skip_verify: bool,
}

/// A user of etcd's own authentication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthSettings {
    /// Its name; not blank.
    pub username: String,
    /// The file with its password, which could be read when the configuration was. The password itself is not kept.
    pub password_file: PathBuf,
}

/// The lock around reboots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockSettings {
    /// Its key, as it was written; not blank.
    pub key: String,
    /// How long a waiting node keeps its place after etcd last heard of it; longer than the health script may
    /// run. 90 s.
    pub ttl: Duration,
}

/// How to reboot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebootSettings {
    /// The program and its arguments, run without a shell, variables not yet expanded.
    pub command: Vec<String>,
    /// From the command until the node must be back and healthy; 30 min.
    pub timeout: Duration,
    /// How long the command may run; 120 s.
    pub command_timeout: Duration,
    /// How long the health script must stay green after the boot; zero by default.
    pub post_stable: Duration,
}

/// What the operator has run around a reboot, and for events; nothing by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HooksSettings {
    /// Under the claim, before the reboot, one after the other.
    pub pre_reboot: Vec<HookSettings>,
    /// Back in a new boot, before the claim is given back, one after the other.
    pub post_reboot: Vec<HookSettings>,
    /// For events.
    pub on_event: Option<EventHookSettings>,
}

/// A program of the operator's own around a reboot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookSettings {
    /// Its name, unique among those that run at the same time.
    pub name: String,
    /// The program and its arguments, run without a shell.
    pub cmd: Vec<String>,
    /// How long it may run; 5 min.
    pub timeout: Duration,
    /// What follows when it fails; by default it blocks.
    pub on_failure: OnFailure,
}

/// A program that is run for events, with the event as JSON on its standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventHookSettings {
    /// The program and its arguments, run without a shell.
    pub cmd: Vec<String>,
    /// How long it may run for one event; 30 s.
    pub timeout: Duration,
    /// For which events; at least one.
    pub events: Vec<&'static str>,
}

/// The metrics listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsSettings {
    /// The host (a name or an address) and the port to listen on, `127.0.0.1:9090` by default.
    pub listen: String,
}

/// The log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogSettings {
    /// What is too unimportant to be logged lies below this.
    pub level: LogLevel,
    /// How it is written.
    pub format: LogFormat,
}

/// How important an event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum LogLevel {
    /// For those who look for a fault.
    Debug,
    /// The course of things.
    #[default]
    Info,
    /// What an operator should look at.
    Warn,
    /// What failed.
    Error,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// One line of text an event.
    Text,
}
