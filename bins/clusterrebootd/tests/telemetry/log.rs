//! What holds of every line of the log.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::catalogue::{BESIDE, EVENTS};

/// What differs between two lines that say the same.
const PASSING: [&str; 2] = ["duration_ms", "lifts_at"];

/// The lines of a log, each of the form of the reference.
pub(crate) fn lines(log: &str, node: &str) -> Vec<Map<String, Value>> {
    log.lines()
        .map(|line| {
            let Ok(Value::Object(line)) = serde_json::from_str(line) else {
                panic!("no JSON object: {line}")
            };
            has_the_form_of_the_reference(&line, node);
            line
        })
        .collect()
}

fn has_the_form_of_the_reference(line: &Map<String, Value>, node: &str) {
    let text = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("{key}: {line:?}"));
    let stamp = text("ts");
    assert!(stamp.ends_with('Z') && stamp.parse::<Timestamp>().is_ok(), "{line:?}");
    assert!(["debug", "info", "warn", "error"].contains(&text("level")), "{line:?}");
    assert_eq!(text("node"), node, "{line:?}");
    assert!(!text("component").is_empty(), "{line:?}");
    assert!(line.get("message").is_none_or(|message| message.as_str().is_some_and(|text| !text.is_empty())));
    assert!(line["fields"].is_object(), "{line:?}");
    let known = ["ts", "level", "node", "component", "event", "message", "fields"];
    assert!(line.keys().all(|key| known.contains(&key.as_str())), "{line:?}");
    let event = text("event");
    let is_told = EVENTS.iter().any(|(name, ..)| *name == event) || BESIDE.contains(&event);
    assert!(is_told, "an event that the reference does not know: {line:?}");
}

/// Nothing that was said is said again while it is so. A new start forgets.
pub(crate) fn repeat_nothing(lines: &[Map<String, Value>]) {
    let mut said: BTreeMap<String, Value> = BTreeMap::new();
    for line in lines {
        if line["event"] == "started" {
            said.clear();
        }
        let Some(subject) = subject(line) else { continue };
        let mut says = line["fields"].clone();
        strip(&mut says);
        assert_ne!(said.get(&subject), Some(&says), "{subject} is told again: {line:?}");
        said.insert(subject, says);
    }
}

/// What a line speaks of, if that is something that lasts.
fn subject(line: &Map<String, Value>) -> Option<String> {
    let event = line["event"].as_str()?;
    let part = match event {
        "run_outcome" | "cluster_health_update" => return Some(event.to_owned()),
        "detectors_evaluated" | "health_check" | "cooldown_status" | "cluster_health_status" => "phase",
        "kill_switch" | "maintenance_window" => "stage",
        "cluster_peer_status" => "peer",
        _ => return None,
    };
    Some(format!("{event} {}", line["fields"][part].as_str()?))
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !PASSING.contains(&name.as_str()));
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}
