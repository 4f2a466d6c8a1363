//! Each key of the schema, tried on the loader: its default is the loader's, its range and its choices too.

use std::collections::BTreeSet;

use crb_config::{Fault, Loaded, parse};
use serde_json::{Value, json};

use crate::{context, schema};

/// Where a key stands, as a JSON pointer, and what the schema says of it.
struct Key<'a> {
    pointer: String,
    schema: &'a Value,
    is_required: bool,
}

/// A file that is there.
const A_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

/// A configuration in which every key has an effect, with one detector of every type in the schema's order.
fn base() -> Value {
    json!({
        "node_name": "web-1",
        "reboot_required_detectors": [
            {"type": "file", "name": "a", "path": "/run/reboot-required"},
            {"type": "command", "name": "b", "cmd": ["true"]},
            {"type": "kernel", "name": "c"},
            {"type": "needs_restarting", "name": "d"},
            {"type": "zypper", "name": "e"},
        ],
        "health_script": "/bin/true",
        "etcd_endpoints": ["10.0.0.1:2379"],
        "etcd_tls": {"enabled": true, "ca_file": A_FILE, "cert_file": A_FILE, "key_file": A_FILE},
        "etcd_auth": {"username": "web", "password_file": A_FILE},
        "hooks": {
            "pre_reboot": [{"name": "drain", "cmd": ["true"]}],
            "post_reboot": [{"name": "undrain", "cmd": ["true"]}],
            "on_event": {"cmd": ["true"], "events": ["started"]},
        },
        "metrics": {"enabled": true},
    })
}

/// What the base says itself, so that no default of it can be seen.
const SAID_BY_THE_BASE: [&str; 4] =
    ["/etcd_tls/enabled", "/hooks/pre_reboot", "/hooks/post_reboot", "/metrics/enabled"];

/// The base with one value put in, or taken out.
fn with(pointer: &str, value: Option<Value>) -> String {
    let mut document = base();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    if document.pointer(parent).is_none() {
        assert!(!parent[1..].contains('/'), "put `{parent}` into the base");
        document[&parent[1..]] = json!({});
    }
    let section = document.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => section.insert(key.to_owned(), value),
        None => section.remove(key),
    };
    document.to_string()
}

fn load(text: &str) -> Result<Loaded, Vec<&'static str>> {
    let loaded = parse("config.yaml", text.to_owned(), &context());
    loaded.map_err(|faults| faults.iter().map(Fault::code).collect())
}

/// The keys below `schema`. Those of old files, which are marked as deprecated, are none.
fn keys<'a>(schema: &'a Value, pointer: &str, found: &mut Vec<Key<'a>>) {
    for (name, key) in schema["properties"].as_object().into_iter().flatten() {
        let pointer = format!("{pointer}/{name}");
        if key["deprecated"] == true {
            continue;
        }
        keys(key, &pointer, found);
        keys(&key["items"], &format!("{pointer}/0"), found);
        for (index, form) in key["items"]["oneOf"].as_array().into_iter().flatten().enumerate() {
            assert_eq!(form["properties"]["type"]["const"], base().pointer(&pointer).unwrap()[index]["type"]);
            keys(form, &format!("{pointer}/{index}"), found);
        }
        let required = [&schema["required"], &schema["then"]["required"]];
        let is_required =
            required.iter().filter_map(|names| names.as_array()).flatten().any(|other| other == name);
        found.push(Key { pointer, schema: key, is_required });
    }
}

fn all(schema: &Value) -> Vec<Key<'_>> {
    let mut found = Vec::new();
    keys(schema, "", &mut found);
    assert!(found.len() > 50, "the walk came to {} keys alone", found.len());
    found
}

/// Another value than `default` that the key takes as well.
fn other(key: &Value, default: &Value) -> Value {
    match default {
        Value::Bool(flag) => json!(!flag),
        Value::Number(number) => json!(number.as_u64().unwrap() + 1),
        Value::String(word) => match key["enum"].as_array() {
            Some(words) => words.iter().find(|other| *other != default).unwrap().clone(),
            None if word.contains(':') => json!("127.0.0.2:9100"),
            None => json!("/another"),
        },
        Value::Array(_) if key["items"]["anyOf"].is_array() => json!(["Sat 22:00-23:00"]),
        _ => json!(["another"]),
    }
}

#[test]
fn a_default_of_the_schema_is_the_loaders() {
    let schema = schema();
    let of_base = load(&base().to_string()).unwrap().settings;
    let mut tried = 0;
    for Key { pointer, schema: key, .. } in all(&schema) {
        let default = &key["default"];
        if default.is_null() || SAID_BY_THE_BASE.contains(&pointer.as_str()) {
            continue;
        }
        let settings =
            |value: &Value| load(&with(&pointer, Some(value.clone()))).map(|loaded| loaded.settings);
        assert_eq!(settings(default).as_ref(), Ok(&of_base), "{pointer}: {default}");
        let other = other(key, default);
        assert_ne!(settings(&other).as_ref(), Ok(&of_base), "{pointer} is read without heed to its value");
        tried += 1;
    }
    assert!(tried > 30, "{tried} defaults were tried");
    for pointer in SAID_BY_THE_BASE {
        let (section, key) = pointer.rsplit_once('/').unwrap();
        let nothing = if key == "enabled" { json!({"enabled": false}) } else { json!({key: []}) };
        let absent = load(&with(section, None)).unwrap().settings;
        assert_eq!(load(&with(section, Some(nothing))).unwrap().settings, absent);
        assert_ne!(of_base, absent, "{section}");
    }
}

#[test]
fn a_range_of_the_schema_is_the_loaders() {
    let schema = schema();
    let mut tried = 0;
    for Key { pointer, schema: key, .. } in all(&schema) {
        let (least, most) = match (key["minimum"].as_i64(), key["maximum"].as_i64()) {
            (Some(least), Some(most)) => (least, most),
            (None, None) => continue,
            (None, Some(1)) if key["exclusiveMinimum"] == 0 => {
                for (value, is_in) in
                    [(json!(0), false), (json!(0.01), true), (json!(1), true), (json!(1.01), false)]
                {
                    assert_eq!(
                        load(&with(&pointer, Some(value.clone()))).is_ok(),
                        is_in,
                        "{pointer}: {value}"
                    );
                }
                continue;
            }
            bounds => panic!("{pointer} has a range of another kind: {bounds:?}"),
        };
        // A value in its range may still clash with another key's.
        for (value, is_in) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
            let codes = load(&with(&pointer, Some(json!(value)))).err().unwrap_or_default();
            assert_eq!(!codes.contains(&"config::out_of_range"), is_in, "{pointer}: {value}: {codes:?}");
        }
        tried += 1;
    }
    assert!(tried > 15, "{tried} ranges were tried");
}

#[test]
fn the_choices_of_the_schema_are_the_loaders() {
    let schema = schema();
    let forms = schema["properties"]["reboot_required_detectors"]["items"]["oneOf"].as_array().unwrap();
    let types: Vec<_> = forms.iter().map(|form| form["properties"]["type"]["const"].clone()).collect();
    let mut choices = vec![("/reboot_required_detectors/0/type".to_owned(), types)];
    for Key { pointer, schema: key, .. } in all(&schema) {
        let Some(words) = key["enum"].as_array() else { continue };
        for word in words {
            assert!(load(&with(&pointer, Some(word.clone()))).is_ok(), "{pointer}: {word}");
        }
        choices.push((pointer, words.clone()));
    }
    assert_eq!(choices.len(), 6, "{choices:?}");
    for (pointer, words) in choices {
        // To what was never meant to be one, the loader says which there are.
        let text = with(&pointer, Some(json!("nonesuch")));
        let faults = parse("config.yaml", text, &context()).unwrap_err();
        let hint = faults.iter().find(|fault| fault.code() == "config::unknown_value").and_then(Fault::hint);
        let told: BTreeSet<_> = hint.unwrap().split('`').skip(1).step_by(2).collect();
        assert_eq!(told, words.iter().filter_map(Value::as_str).collect(), "{pointer}");
    }
}

#[test]
fn a_type_of_the_schema_is_the_loaders() {
    let schema = schema();
    for Key { pointer, schema: key, .. } in all(&schema) {
        let types = match &key["type"] {
            Value::String(one) => vec![one.as_str()],
            types => types.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
        };
        let samples = [
            ("object", json!({})),
            ("array", json!([])),
            ("boolean", json!(true)),
            ("integer", json!(20)),
            ("number", json!(0.5)),
            ("string", json!("x")),
        ];
        for (kind, value) in samples {
            let codes = load(&with(&pointer, Some(value.clone()))).err().unwrap_or_default();
            // A whole number is a number, and any single value can be read as a text.
            let single = !["object", "array"].contains(&kind);
            let is_in = types.contains(&kind)
                || (kind == "integer" && types.contains(&"number"))
                || (single && types.contains(&"string"));
            assert_eq!(!codes.contains(&"config::wrong_type"), is_in, "{pointer}: {value}: {codes:?}");
        }
    }
}

#[test]
fn what_the_schema_requires_the_loader_requires() {
    let schema = schema();
    let absent = ["config::missing_key", "config::no_detectors", "config::no_endpoints", "config::no_events"];
    let mut required = 0;
    for Key { pointer, is_required, .. } in all(&schema) {
        let codes = load(&with(&pointer, None)).err().unwrap_or_default();
        assert_eq!(codes.iter().any(|code| absent.contains(code)), is_required, "{pointer}: {codes:?}");
        required += usize::from(is_required);
    }
    assert!(required > 10, "{required} required keys were tried");
}
