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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crb_config::LoadContext;
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn windows_stand_in_one_line_whatever_their_form() {
        let text = "\
node_name: web-1
reboot_required_detectors: [{type: file, path: /run/reboot-required}]
health_script: /bin/true
etcd_endpoints: [10.0.0.1:2379]
windows:
  allow: ['Fri 18:00-Mon 05:00', {cron: 0 2 * * 6, duration: 1h30m}]
  deny: [{from: 2026-12-20, until: 2027-01-04T06:00}]
";
        let context = LoadContext { hostname: String::new(), zone: TimeZone::UTC };
        let settings = crb_config::parse("config.yaml", text.to_owned(), &context).unwrap().settings;
        let environment: BTreeMap<_, _> = script_environment(&settings, None).into_iter().collect();
        assert_eq!(environment["RC_WINDOWS_ALLOW"], "Fri 18:00-Mon 05:00,cron 0 2 * * 6 for 1h30m");
        assert_eq!(environment["RC_WINDOWS_DENY"], "from 2026-12-20 until 2027-01-04T06:00");
    }
}
