//! The loader says which keys it knows by asking for them, and the schema has the same.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

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

/// The keys of each section by its path, in which `[]` stands for any item of a list.
type Keys = BTreeMap<String, BTreeSet<String>>;

#[test]
fn the_schema_and_the_loader_know_the_same_keys() {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    let mut described = Keys::new();
    let document = everything(&schema, "", &mut described);
    let asked = asked_for(&document.to_string());
    assert_eq!(
        asked, described,
        "what the loader asks for (left) is not what `src/schema/` describes (right); \
         then run `cargo xtask generate`"
    );
    assert!(asked.len() > 8, "the walk came to a part of the sections alone: {asked:?}");
}

/// A document with every section that the schema describes: each list has an item of every form, and each key
/// that is no section has nothing behind it. Notes the keys on the way.
fn everything(schema: &Value, path: &str, keys: &mut Keys) -> Value {
    if let Some(properties) = schema["properties"].as_object() {
        assert_eq!(schema["additionalProperties"], false, "`{path}` takes any key");
        let of_this = keys.entry(path.to_owned()).or_default();
        of_this.extend(properties.keys().cloned());
        let below = |key: &String| if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
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
    Section::root(&sink, &tree, |root| elements::read(root, &context)).unwrap_err();
    let mut keys = Keys::new();
    for (path, known) in sink.sections() {
        let mut parts = path.split('[');
        let start = parts.next().unwrap_or_default().to_owned();
        let any_item = parts.fold(start, |path, part| format!("{path}[]{}", part.split_once(']').unwrap().1));
        keys.entry(any_item).or_default().extend(known.into_iter().map(str::to_owned));
    }
    keys
}
