//! CycloneDX's own schema.

use std::sync::LazyLock;

use jsonschema::{Registry, Validator};
use serde_json::Value;

/// CycloneDX 1.5, and what it refers to; `xtask/release/schema/README.md` tells where they are from.
const BOM: &str = include_str!("../../schema/bom-1.5.schema.json");
const REFERRED_TO: [(&str, &str); 2] = [
    ("http://cyclonedx.org/schema/spdx.schema.json", include_str!("../../schema/spdx.schema.json")),
    ("http://cyclonedx.org/schema/jsf-0.82.schema.json", include_str!("../../schema/jsf-0.82.schema.json")),
];

/// Reading it takes longer than anything that is validated by it.
static VALIDATOR: LazyLock<Result<Validator, String>> = LazyLock::new(validator);

/// Where a document is not as the schema has it.
pub(crate) fn faults(document: &Value) -> Vec<String> {
    match &*VALIDATOR {
        Ok(validator) => validator
            .iter_errors(document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect(),
        Err(why) => vec![format!("the schema of CycloneDX cannot be used: {why}")],
    }
}

fn validator() -> Result<Validator, String> {
    let read = |text| serde_json::from_str::<Value>(text).map_err(|error| error.to_string());
    let mut registry = Registry::new();
    for (name, text) in REFERRED_TO {
        registry = registry.add(name, read(text)?).map_err(|error| error.to_string())?;
    }
    let registry = registry.prepare().map_err(|error| error.to_string())?;
    jsonschema::options().with_registry(&registry).build(&read(BOM)?).map_err(|error| error.to_string())
}
