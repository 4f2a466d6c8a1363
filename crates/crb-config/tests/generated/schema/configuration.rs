//! All keys, with what an editor shows of each.

#![expect(dead_code, reason = "these types are described, and nothing is read into them")]

use schemars::JsonSchema;

use super::{
    detector::Detector,
    hook::Hooks,
    kinds::{AbsolutePath, Endpoint, Fraction, Key, Listen, Name, ProgramOrNone, Seconds, Whole, Zone},
    window::Window,
};

/// Configuration of clusterrebootd. Nothing and `null` are the same as no key.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, title = "clusterrebootd")]
pub(super) struct Configuration {
    /// The name of this node in the fleet, unlike any other. `@hostname` means the system's host name.
    node_name: Name,
    /// Decide and say, but never reboot.
    #[schemars(extend("default" = false))]
    dry_run: Option<bool>,

    /// What tells that a reboot is needed. One detector that says so is enough, and one that cannot tell holds the
    /// reboot back.
    #[schemars(length(min = 1))]
    reboot_required_detectors: Vec<Detector>,
    /// The time between two looks at the detectors, in seconds.
    #[schemars(extend("default" = 60))]
    check_interval_sec: Option<Seconds<1>>,

    /// The absolute path of a script that exits 0 while this node is healthy. Nobody but root or the daemon's user may
    /// be able to write it.
    health_script: AbsolutePath,
    /// How long the health script may run, in seconds; then it is ended and the node counts as unhealthy.
    #[schemars(extend("default" = 30))]
    health_timeout_sec: Option<Seconds<1>>,
    /// The time between two runs of the health script for the record that the other nodes see, in seconds.
    #[schemars(extend("default" = 15))]
    health_publish_interval_sec: Option<Seconds<1>>,

    /// The client addresses of etcd's members: `host:port` or a URL.
    #[schemars(length(min = 1))]
    etcd_endpoints: Vec<Endpoint>,
    /// What every key in etcd begins with. The same on all nodes.
    #[schemars(extend("default" = ""))]
    etcd_namespace: Option<String>,
    /// The end of every single call to etcd, in seconds.
    #[schemars(extend("default" = 5))]
    etcd_timeout_sec: Option<Seconds<1>>,
    /// Mutual TLS towards etcd.
    #[schemars(extend(
        "if" = {"properties": {"enabled": {"const": true}}, "required": ["enabled"]},
        "then" = {
            "properties": {
                "ca_file": {"type": "string", "pattern": r"\S"},
                "cert_file": {"type": "string", "pattern": r"\S"},
                "key_file": {"type": "string", "pattern": r"\S"},
            },
            "required": ["ca_file", "cert_file", "key_file"],
        }
    ))]
    etcd_tls: Option<EtcdTls>,
    /// The user that this node is to etcd.
    etcd_auth: Option<EtcdAuth>,

    /// The key of the lock, below the namespace. The same on all nodes.
    #[schemars(extend("default" = "/cluster/clusterrebootd/lock"))]
    lock_key: Option<Key>,
    /// How long a waiting node keeps its place after etcd last heard of it, in seconds. Must be longer than
    /// `health_timeout_sec`.
    #[schemars(extend("default" = 90))]
    lock_ttl_sec: Option<Seconds<1>>,
    /// A node is silent when etcd has not heard of it for this long, in seconds.
    #[schemars(extend("default" = 60))]
    presence_ttl_sec: Option<Seconds<10>>,
    /// How many nodes may be down at once. Where nodes disagree, the smallest number counts.
    #[schemars(extend("default" = 1))]
    max_concurrent_reboots: Option<Whole<1>>,
    /// The least time between two reboots in the cluster, in seconds; 0 is none.
    #[schemars(extend("default" = 0))]
    min_reboot_interval_sec: Option<Seconds<0>>,
    /// What must hold of the fleet before this node goes down. Without any rule, every other node must be healthy.
    cluster_policies: Option<Policies>,

    /// When this node may reboot.
    windows: Option<Windows>,
    /// While this file exists, this node does not reboot.
    #[schemars(extend("default" = "/etc/clusterrebootd/disable"))]
    kill_switch_file: Option<String>,

    /// The program that reboots and its arguments, run without a shell. `$NAME` and `${NAME}` are the script
    /// environment's variables, then the daemon's own.
    #[schemars(extend("default" = ["/sbin/shutdown", "-r", "now", "coordinated kernel reboot"]))]
    reboot_command: Option<ProgramOrNone>,
    /// How long the reboot command may run before it counts as failed, in seconds.
    #[schemars(extend("default" = 120))]
    reboot_command_timeout_sec: Option<Seconds<1>>,
    /// How long a node may take from the reboot command until it is back and healthy, in seconds; then it is overdue,
    /// and the roll-out stands still until an operator decides.
    #[schemars(extend("default" = 1800))]
    reboot_timeout_sec: Option<Seconds<1>>,
    /// How long the health script must stay green after the boot before the next node has its turn, in seconds.
    #[schemars(extend("default" = 0))]
    post_reboot_stable_sec: Option<Seconds<0>>,
    /// The shortest wait after a passing failure, in seconds.
    #[schemars(extend("default" = 5))]
    backoff_min_sec: Option<Seconds<1>>,
    /// The longest wait after passing failures, in seconds. Not less than `backoff_min_sec`.
    #[schemars(extend("default" = 60))]
    backoff_max_sec: Option<Seconds<1>>,

    /// Programs of the operator's own around a reboot, and for events.
    hooks: Option<Hooks>,

    /// Where Prometheus may ask.
    metrics: Option<Metrics>,
    /// What is logged, and how.
    log: Option<Log>,
    /// The history of reboots in etcd.
    history: Option<History>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct EtcdTls {
    /// Whether to speak TLS. The three files are then required, and must be readable.
    #[schemars(extend("default" = false))]
    enabled: Option<bool>,
    /// The certificates that vouch for etcd, a PEM file.
    ca_file: Option<String>,
    /// This node's certificate, a PEM file.
    cert_file: Option<String>,
    /// The private key of this node's certificate, a PEM file.
    key_file: Option<String>,
    /// Take whatever certificate etcd shows. Warned of at every start.
    #[schemars(extend("default" = false))]
    insecure_skip_verify: Option<bool>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct EtcdAuth {
    /// The name of etcd's user.
    username: Name,
    /// A file with the password and nothing else, which others must not be able to read. Read again at each login.
    password_file: String,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Policies {
    /// Whether the thresholds count the fleet with this node already down, or as it is now, as the Go daemon did.
    #[schemars(extend("default" = "after_reboot"))]
    basis: Option<Basis>,
    /// The least share of the fleet that must be healthy.
    min_healthy_fraction: Option<Fraction>,
    /// The least number of nodes that must be healthy.
    min_healthy_absolute: Option<Whole<0>>,
    /// How many other nodes may be unhealthy or silent. 0 is the strict rule that any of them blocks.
    #[schemars(extend("default" = 0))]
    max_unhealthy: Option<Whole<0>>,
    /// Nodes that can stand in for the others.
    #[schemars(extend("default" = []))]
    fallback_nodes: Option<Vec<Name>>,
    /// Whether a node stays up when only fallback nodes would be left healthy.
    #[schemars(extend("default" = false))]
    forbid_if_only_fallback_left: Option<bool>,
    /// The least number of healthy fallback nodes that must remain.
    min_healthy_fallback: Option<Whole<0>>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Basis {
    AfterReboot,
    BeforeReboot,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Windows {
    /// The zone in which the windows are meant, by its name in the IANA database. Without one, the system's.
    timezone: Option<Zone>,
    /// When this node may reboot. Without any, at every time that is not denied.
    #[schemars(extend("default" = []))]
    allow: Option<Vec<Window>>,
    /// When this node may not reboot. Denied beats allowed.
    #[schemars(extend("default" = []))]
    deny: Option<Vec<Window>>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Metrics {
    /// Whether to serve metrics.
    #[schemars(extend("default" = false))]
    enabled: Option<bool>,
    /// The host and port to listen on; `0.0.0.0:9090` is every address.
    #[schemars(extend("default" = "127.0.0.1:9090"))]
    listen: Option<Listen>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Log {
    /// What is less important than this is not logged.
    #[schemars(extend("default" = "info"))]
    level: Option<Level>,
    /// One JSON object a line, or one line of text an event.
    #[schemars(extend("default" = "json"))]
    format: Option<Format>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Format {
    Json,
    Text,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct History {
    /// How long reboots stay in etcd's history, in days; 0 is not at all.
    #[schemars(extend("default" = 90))]
    keep_days: Option<Whole<0, 36_500>>,
}
