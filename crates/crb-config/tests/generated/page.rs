//! The reference page: prose that is written by hand, and between its marks the tables of keys, made from the schema.

use std::collections::BTreeSet;

use serde_json::Value;

/// What stands before a table, with the keys that are its rows: `a b`, what a section has besides (`a.*`), or all of
/// the forms that the items of a list may have (`a[]`).
const BEGIN: &str = "<!-- keys: ";
const END: &str = "<!-- end -->";

/// What the Go daemon knew, by its name there.
const OF_THE_GO_DAEMON: [&str; 35] = [
    "backoff_max_sec",
    "backoff_min_sec",
    "check_interval_sec",
    "cluster_policies.fallback_nodes",
    "cluster_policies.forbid_if_only_fallback_left",
    "cluster_policies.min_healthy_absolute",
    "cluster_policies.min_healthy_fraction",
    "dry_run",
    "etcd_endpoints",
    "etcd_namespace",
    "etcd_tls.ca_file",
    "etcd_tls.cert_file",
    "etcd_tls.enabled",
    "etcd_tls.insecure_skip_verify",
    "etcd_tls.key_file",
    "health_publish_interval_sec",
    "health_script",
    "health_timeout_sec",
    "kill_switch_file",
    "lock_key",
    "lock_ttl_sec",
    "metrics.enabled",
    "metrics.listen",
    "min_reboot_interval_sec",
    "node_name",
    "reboot_command",
    "reboot_required_detectors",
    "reboot_required_detectors[command].cmd",
    "reboot_required_detectors[command].name",
    "reboot_required_detectors[command].success_exit_codes",
    "reboot_required_detectors[command].timeout_sec",
    "reboot_required_detectors[file].name",
    "reboot_required_detectors[file].path",
    "windows.allow",
    "windows.deny",
];

/// One key of the configuration.
struct Key<'a> {
    /// The name by which the page's marks call it.
    name: String,
    /// The name in the table.
    shown: String,
    is_required: bool,
    schema: &'a Value,
}

/// The page with its tables filled anew.
///
/// # Panics
///
/// When a mark names what the schema has not, or a key is in no table or in two.
pub(crate) fn filled(page: &str, schema: &Value) -> String {
    let mut keys = Vec::new();
    collect(schema, "", &mut keys);
    let mut missing: BTreeSet<&str> = keys.iter().map(|key| key.name.as_str()).collect();
    assert!(OF_THE_GO_DAEMON.iter().all(|name| missing.contains(name)), "a key of the Go daemon is gone");
    let mut filled = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        filled.push_str(line);
        filled.push('\n');
        let Some(names) = line.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(" -->")) else {
            continue;
        };
        let mut rows = Vec::new();
        for word in names.split(' ') {
            let found = named(&keys, word, &missing);
            assert!(!found.is_empty(), "`{word}` is no key of the schema, or stands in two tables");
            missing.retain(|name| found.iter().all(|key| key.name != *name));
            rows.extend(found);
        }
        filled.push_str(&table(&rows));
        assert!(lines.any(|line| line == END), "`{line}` is not followed by `{END}`");
        filled.push_str(END);
        filled.push('\n');
    }
    assert!(missing.is_empty(), "no table of docs/configuration.md has {missing:?}");
    filled
}

/// Those of the missing keys that a word of a mark names.
fn named<'k, 'a>(keys: &'k [Key<'a>], word: &str, missing: &BTreeSet<&str>) -> Vec<&'k Key<'a>> {
    let named = |key: &&Key<'a>| match (word.strip_suffix('*'), word.strip_suffix("[]")) {
        (Some(section), _) => key.name.strip_prefix(section).is_some_and(|rest| !rest.contains(['.', '['])),
        (_, Some(list)) => key.name.strip_prefix(list).is_some_and(|rest| rest.starts_with('[')),
        _ => key.name == word,
    };
    keys.iter().filter(named).filter(|key| missing.contains(key.name.as_str())).collect()
}

/// The keys below `schema`, without those that are there for old files alone.
fn collect<'a>(schema: &'a Value, path: &str, keys: &mut Vec<Key<'a>>) {
    let required = schema["required"].as_array().into_iter().flatten().collect::<Vec<_>>();
    for (word, key) in schema["properties"].as_object().into_iter().flatten() {
        if key["deprecated"] == true || key["const"].is_string() {
            continue;
        }
        let name = format!("{path}{word}");
        if key["properties"].is_object() {
            collect(key, &format!("{name}."), keys);
            continue;
        }
        for form in ["oneOf", "anyOf"].iter().filter_map(|word| key["items"][word].as_array()).flatten() {
            // The windows of both lists have the same forms, which are shown once.
            match form["properties"]["type"]["const"].as_str() {
                Some(kind) => collect(form, &format!("{name}[{kind}]."), keys),
                None if word == "allow" => collect(form, "windows[…].", keys),
                None => {}
            }
        }
        // So have the hooks of both lists the same keys.
        if word == "pre_reboot" {
            collect(&key["items"], "hooks[…].", keys);
        }
        let shown = name.rsplit_once("].").map_or(name.clone(), |(list, key)| match list.split_once('[') {
            Some((_, "…")) | None => key.to_owned(),
            Some((_, kind)) => format!("{key}` of `{kind}"),
        });
        keys.push(Key { name, shown, is_required: required.iter().any(|other| *other == word), schema: key });
    }
}

fn table(rows: &[&Key<'_>]) -> String {
    let head = "\n| key | type | default | since | meaning |\n|---|---|---|---|---|\n";
    let lines = rows.iter().map(|row| {
        let since = if OF_THE_GO_DAEMON.contains(&row.name.as_str()) { "Go" } else { "0.1" };
        let (kind, default) = (kind(row), default(row));
        let meaning =
            row.schema["description"].as_str().unwrap_or_else(|| panic!("{} says nothing", row.name));
        format!("| `{}` | {kind} | {default} | {since} | {meaning} |\n", row.shown)
    });
    format!("{head}{}\n", lines.collect::<Vec<_>>().concat())
}

fn default(key: &Key<'_>) -> String {
    match &key.schema["default"] {
        Value::Null if key.is_required => "**required**".to_owned(),
        Value::Null => "none".to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        Value::String(text) => format!("`{text}`"),
        Value::Array(words) if words.is_empty() => "empty".to_owned(),
        Value::Array(words) => {
            let words: Vec<_> = words.iter().map(|word| word.as_str().unwrap_or_default()).collect();
            let quoted =
                |word: &&str| if word.contains(' ') { format!("\"{word}\"") } else { (*word).to_owned() };
            format!("`[{}]`", words.iter().map(quoted).collect::<Vec<_>>().join(", "))
        }
        other => format!("`{other}`"),
    }
}

fn kind(key: &Key<'_>) -> String {
    if let Some(words) = key.schema["enum"].as_array() {
        let words: Vec<_> = words.iter().filter_map(Value::as_str).map(|word| format!("`{word}`")).collect();
        return words.join(", ");
    }
    let unit = match key.name.rsplit_once('_') {
        Some((_, "sec")) => "seconds",
        Some((_, "days")) => "days",
        _ => "whole number",
    };
    of(key.schema, unit)
}

fn of(schema: &Value, unit: &str) -> String {
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds[0].as_str(),
        kind => kind.as_str(),
    };
    match kind {
        Some("boolean") => "`true`, `false`".to_owned(),
        Some("number") => "number above 0, at most 1".to_owned(),
        Some("integer") => match (&schema["minimum"], schema["maximum"].as_u64()) {
            (least, Some(most)) if most < u64::from(u32::MAX) => format!("{unit}, {least} to {most}"),
            (least, _) => format!("{unit}, {least} or more"),
        },
        Some("string") => "text".to_owned(),
        Some("array") if schema["prefixItems"].is_array() => "program and arguments".to_owned(),
        Some("array") if schema["items"]["type"] == "string" => "list of texts".to_owned(),
        Some("array") if schema["items"]["type"] == "integer" => {
            format!("list of {}", of(&schema["items"], "numbers"))
        }
        Some("array") => "list".to_owned(),
        other => panic!("the page has no word for {other:?}"),
    }
}
