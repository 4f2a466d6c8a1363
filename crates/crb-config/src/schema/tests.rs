//! The loader says which keys it knows by asking for them, and the schema has the same.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::{collections::BTreeSet, sync::Arc};

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::schema;
use crate::{
    elements,
    load::LoadContext,
    read::Section,
    sink::Sink,
    source::{Document, Sources},
    yaml,
};

/// Keys with the paths of their sections, in which `[]` stands for any item of a list.
type Keys = BTreeSet<String>;

#[test]
fn the_schema_and_the_loader_know_the_same_keys() {
    let schema: Value = serde_json::from_str(schema()).unwrap();
    let mut described = Keys::new();
    let document = everything(&schema, "", &mut described);
    let asked = asked_for(&document.to_string());
    let only = |of: &Keys, other: &Keys| of.difference(other).cloned().collect::<Vec<_>>();
    assert!(
        asked == described,
        "the loader asks for {:?}, and `tests/generated/schema/` has {:?} instead; mend that, and run `cargo xtask generate`",
        only(&asked, &described),
        only(&described, &asked)
    );
    assert!(asked.len() > 50, "the walk came to a part of the keys alone: {asked:?}");
}

/// A document with every section that the schema describes: each list has an item of every form, and each key
/// that is no section has nothing behind it. Notes the keys on the way.
fn everything(schema: &Value, path: &str, keys: &mut Keys) -> Value {
    if let Some(properties) = schema["properties"].as_object() {
        assert_eq!(schema["additionalProperties"], false, "`{path}` takes any key");
        let below = |key: &String| if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        keys.extend(properties.keys().map(below));
        let entries =
            properties.iter().map(|(key, schema)| (key.clone(), everything(schema, &below(key), keys)));
        return Value::Object(entries.collect::<Map<_, _>>());
    }
    let items = &schema["items"];
    let forms = ["oneOf", "anyOf"].into_iter().find_map(|word| items[word].as_array());
    let forms = forms.map_or(std::slice::from_ref(items), Vec::as_slice);
    let items: Vec<Value> = forms
        .iter()
        .filter(|form| form["properties"].is_object())
        .map(|form| everything(form, &format!("{path}[]"), keys))
        .collect();
    if items.is_empty() { json!(null) } else { json!(items) }
}

/// What the loader asks for as it reads this document.
fn asked_for(text: &str) -> Keys {
    let document = Document { name: "all.yaml".to_owned(), text: text.to_owned() };
    let sources = Arc::new(Sources::new(vec![document]));
    let sink = Sink::new(Arc::clone(&sources));
    let tree = yaml::tree(&sink, sources.files().next().unwrap()).unwrap();
    let context = LoadContext { hostname: "web-1.example".to_owned(), zone: TimeZone::UTC };
    // That much is missing is no matter: every part is read before the first fault ends the reading.
    Section::root(&sink, &tree, |root| elements::read(root, &context, &|_| vec![])).unwrap_err();
    let mut keys = Keys::new();
    for (path, known) in sink.sections() {
        let mut parts = path.split('[');
        let start = parts.next().unwrap_or_default().to_owned();
        let any_item = parts.fold(start, |path, part| format!("{path}[]{}", part.split_once(']').unwrap().1));
        let below = |key| if any_item.is_empty() { String::from(key) } else { format!("{any_item}.{key}") };
        keys.extend(known.into_iter().map(below));
    }
    keys
}
