//! clusterrebootd.yaml(5): every key of the configuration, as its schema has it.

use serde_json::Value;

use super::roff::Page;
use crate::cli::DEFAULT_CONFIG;

const ABOUT: [&str; 3] = [
    "The configuration is YAML. Files that end in `.yaml` in the directory `config.d` beside it are laid over it, in the \
     order of their names: maps merge key by key, lists and single values replace, and a key without a value is taken away.",
    "`clusterrebootd validate-config` tells every fault at once, with file, line and remedy. `systemctl reload \
     clusterrebootd` puts into force what may change while the daemon is at work.",
    "All times are whole seconds. A name with dots is a key within a map, one with brackets a key of a list\u{27}s element.",
];

/// The page.
pub(crate) fn configuration() -> String {
    let mut page = Page::new("clusterrebootd.yaml", 5, "configuration of clusterrebootd");
    page.section("SYNOPSIS");
    page.paragraph(DEFAULT_CONFIG);
    page.section("DESCRIPTION");
    page.paragraphs(&ABOUT);
    page.section("KEYS");
    let schema: Value = serde_json::from_str(crb_config::schema()).expect("the schema is JSON");
    tell_keys(&mut page, "", &schema);
    page.section("SEE ALSO");
    page.paragraph(
        "clusterrebootd(8), and /usr/share/doc/clusterrebootd/configuration.md, which has more of each key",
    );
    page.finish()
}

/// The keys of a map, and then what is below each.
fn tell_keys(page: &mut Page, above: &str, map: &Value) {
    let required =
        |name: &str| map["required"].as_array().is_some_and(|names| names.iter().any(|own| own == name));
    for (name, key) in map["properties"].as_object().into_iter().flatten() {
        if key["deprecated"] == true {
            continue;
        }
        let path = format!("{above}{name}");
        page.item(&format!("`{path}`"), &what(key, required(name)));
        tell_keys(page, &format!("{path}."), key);
        tell_elements(page, &path, &key["items"]);
    }
}

/// What the elements of a list may be.
fn tell_elements(page: &mut Page, list: &str, element: &Value) {
    for kind in ["oneOf", "anyOf"].into_iter().filter_map(|kinds| element[kinds].as_array()).flatten() {
        if let Some(text) = kind["description"].as_str() {
            let name = kind["properties"]["type"]["const"].as_str();
            let which = name.map_or_else(String::new, |name| format!(" of the type `{name}`"));
            page.item(&format!("`{list}[]`{which}"), text);
        }
        tell_keys(page, &format!("{list}[]."), kind);
    }
    tell_keys(page, &format!("{list}[]."), element);
}

fn what(key: &Value, required: bool) -> String {
    let text = key["description"].as_str().unwrap_or_default().to_owned();
    let usual = match &key["default"] {
        Value::Null => None,
        Value::String(usual) => Some(usual.clone()),
        usual => Some(usual.to_string()),
    };
    match usual.filter(|usual| !usual.is_empty()) {
        _ if required => format!("{text} Required."),
        Some(usual) => format!("{text} By default `{usual}`."),
        None => text,
    }
}
