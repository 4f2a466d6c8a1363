//! Settings as a configuration that has all of them, and no default.

use std::{fmt::Display, path::Path, time::Duration};

use crb_config::{DetectorKind, DetectorSettings, LogFormat, LogLevel, Settings};
use crb_windows::Window;

/// A text that is loaded as `settings`. A setting without a key here is found by the comparison.
pub(crate) fn written(settings: &Settings) -> String {
    let Settings { health, etcd, lock, reboot, policy, windows, log, .. } = settings;
    let mut lines = vec![
        format!("node_name: {}", text(&settings.node_name)),
        format!("reboot_required_detectors: {}", list(&settings.detectors, detector)),
        format!("health_script: {}", path(&health.script)),
        format!("health_timeout_sec: {}", seconds(health.timeout)),
        format!("health_publish_interval_sec: {}", seconds(health.publish_interval)),
        format!("check_interval_sec: {}", seconds(settings.check_interval)),
        format!("backoff_min_sec: {}", seconds(settings.backoff_min)),
        format!("backoff_max_sec: {}", seconds(settings.backoff_max)),
        format!("min_reboot_interval_sec: {}", seconds(settings.min_reboot_interval)),
        format!("kill_switch_file: {}", path(&settings.kill_switch_file)),
        format!("etcd_endpoints: {}", list(&etcd.raw_endpoints, text)),
        format!("etcd_namespace: {}", text(&etcd.namespace)),
        format!("etcd_timeout_sec: {}", seconds(etcd.timeout)),
        format!("lock_key: {}", text(&lock.key)),
        format!("lock_ttl_sec: {}", seconds(lock.ttl)),
        format!("reboot_command: {}", list(&reboot.command, text)),
        format!("reboot_timeout_sec: {}", seconds(reboot.timeout)),
        format!("reboot_command_timeout_sec: {}", seconds(reboot.command_timeout)),
        format!("post_reboot_stable_sec: {}", seconds(reboot.post_stable)),
        format!("dry_run: {}", settings.dry_run),
        format!("max_concurrent_reboots: {}", settings.max_concurrent_reboots),
        format!("presence_ttl_sec: {}", seconds(settings.presence_ttl)),
        format!("history: {{keep_days: {}}}", settings.history_keep.unwrap_or_default().as_secs() / 86_400),
        "windows:".to_owned(),
        format!("  timezone: {}", windows.zone().iana_name().expect("a zone that was loaded has a name")),
        format!("  allow: {}", list(windows.allow(), window)),
        format!("  deny: {}", list(windows.deny(), window)),
        "cluster_policies:".to_owned(),
        format!("  forbid_if_only_fallback_left: {}", policy.forbid_if_only_fallback_left),
        format!("  fallback_nodes: {}", list(&policy.fallback_nodes, text)),
        format!("  basis: {}", word(&format!("{:?}", policy.basis))),
        format!("  max_unhealthy: {}", policy.max_unhealthy),
    ];
    lines.extend(policy.min_healthy_fraction.map(|share| format!("  min_healthy_fraction: {share:?}")));
    lines.extend(policy.min_healthy_absolute.map(|least| format!("  min_healthy_absolute: {least}")));
    lines.extend(policy.min_healthy_fallback.map(|least| format!("  min_healthy_fallback: {least}")));
    lines.extend(
        settings
            .metrics
            .as_ref()
            .map(|metrics| format!("metrics: {{enabled: true, listen: {}}}", text(&metrics.listen))),
    );
    lines.extend(etcd.tls.as_ref().map(|tls| {
        let [ca, certificate, key] = [&tls.ca_file, &tls.cert_file, &tls.key_file].map(|file| path(file));
        let skip = tls.insecure_skip_verify;
        format!("etcd_tls: {{enabled: true, ca_file: {ca}, cert_file: {certificate}, key_file: {key}, insecure_skip_verify: {skip}}}")
    }));
    let level = match log.level {
        LogLevel::Debug => "debug",
        LogLevel::Info => "info",
        LogLevel::Warn => "warn",
        LogLevel::Error => "error",
    };
    let format = match log.format {
        LogFormat::Json => "json",
        LogFormat::Text => "text",
    };
    lines.push(format!("log: {{level: {level}, format: {format}}}"));
    lines.join("\n")
}

fn detector(detector: &DetectorSettings) -> String {
    let name = text(&detector.name);
    let rest = match &detector.kind {
        DetectorKind::File { path: file } => format!("type: file, path: {}", path(file)),
        DetectorKind::Command { cmd, success_exit_codes, timeout } => {
            let codes = success_exit_codes.iter().flatten();
            let (cmd, codes) = (list(cmd, text), list(codes, i32::to_string));
            format!(
                "type: command, cmd: {cmd}, success_exit_codes: {codes}, timeout_sec: {}",
                seconds(*timeout)
            )
        }
        DetectorKind::Kernel => "type: kernel".to_owned(),
        DetectorKind::NeedsRestarting { timeout } => {
            format!("type: needs_restarting, timeout_sec: {}", seconds(*timeout))
        }
        DetectorKind::Zypper { timeout } => format!("type: zypper, timeout_sec: {}", seconds(*timeout)),
    };
    format!("{{name: {name}, {rest}}}")
}

/// A window from the text that it shows itself as.
fn window(window: &Window) -> String {
    let shown = window.to_string();
    let parts =
        |prefix, between| shown.strip_prefix(prefix).and_then(|parts: &str| parts.split_once(between));
    if let Some((cron, duration)) = parts("cron ", " for ") {
        return format!("{{cron: {}, duration: {}}}", text(&cron), text(&duration));
    }
    match parts("from ", " until ") {
        Some((from, until)) => format!("{{from: {}, until: {}}}", text(&from), text(&until)),
        None => text(&shown),
    }
}

fn list<T>(items: impl IntoIterator<Item = T>, write: impl Fn(T) -> String) -> String {
    let items: Vec<_> = items.into_iter().map(write).collect();
    format!("[{}]", items.join(", "))
}

fn seconds(duration: Duration) -> u64 {
    duration.as_secs()
}

fn path(path: &Path) -> String {
    text(&path.display())
}

/// A text in quotes, in which every character but the plain ones is spelt by its number.
fn text(text: &impl Display) -> String {
    let spelt = |c: char| match c {
        ' '..='~' if c != '"' && c != '\\' => c.to_string(),
        c => format!("\\U{:08x}", u32::from(c)),
    };
    format!("\"{}\"", text.to_string().chars().map(spelt).collect::<String>())
}

/// `after_reboot` for `AfterReboot`.
fn word(name: &str) -> String {
    let mut word = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.push(c.to_ascii_lowercase());
    }
    word
}
