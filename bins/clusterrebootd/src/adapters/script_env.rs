//! What the health script and the reboot command are told of the configuration.

use crb_config::Settings;

/// The variables that hold for as long as the daemon runs; `metrics` is the address really bound.
pub(crate) fn script_environment(settings: &Settings, metrics: Option<&str>) -> Vec<(String, String)> {
    let policy = &settings.policy;
    let list = |items: Vec<String>| (!items.is_empty()).then(|| items.join(","));
    let fallback = policy.fallback_nodes.iter().map(ToString::to_string).collect();
    let allow = settings.windows.allow().iter().map(ToString::to_string).collect();
    let deny = settings.windows.deny().iter().map(ToString::to_string).collect();
    [
        ("RC_NODE_NAME", Some(settings.node_name.to_string())),
        ("RC_DRY_RUN", Some(settings.dry_run.to_string())),
        ("RC_LOCK_KEY", Some(settings.lock.key.clone())),
        ("RC_ETCD_ENDPOINTS", Some(settings.etcd.raw_endpoints.join(","))),
        ("RC_KILL_SWITCH_FILE", Some(settings.kill_switch_file.display().to_string())),
        ("RC_CLUSTER_MIN_HEALTHY_FRACTION", policy.min_healthy_fraction.map(|share| share.to_string())),
        ("RC_CLUSTER_MIN_HEALTHY_ABSOLUTE", policy.min_healthy_absolute.map(|count| count.to_string())),
        ("RC_CLUSTER_FORBID_IF_ONLY_FALLBACK_LEFT", Some(policy.forbid_if_only_fallback_left.to_string())),
        ("RC_CLUSTER_FALLBACK_NODES", list(fallback)),
        ("RC_WINDOWS_ALLOW", list(allow)),
        ("RC_WINDOWS_DENY", list(deny)),
        ("RC_METRICS_ENDPOINT", metrics.map(str::to_owned)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}
