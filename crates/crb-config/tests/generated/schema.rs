//! The JSON Schema of the configuration, made from types that nothing is ever read into: what the loader asks for is asked for
//! in `src/elements/`, where all faults are found at once.
//!
//! The tests in `src/schema/` and of `tests/schema/` hold the loader to the text that comes of these: the keys that it asks for
//! are those of the schema, and types, defaults, ranges and choices are tried against it one by one.

mod configuration;
mod detector;
mod hook;
mod kinds;
mod window;

use schemars::{
    Schema,
    generate::SchemaSettings,
    transform::{RecursiveTransform, Transform},
};

/// The schema as indented text.
pub(crate) fn schema() -> String {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<configuration::Configuration>();
    RecursiveTransform(unwrap_lines).transform(&mut schema);
    let mut text = format!("{:#}", schema.as_value());
    text.push('\n');
    text
}

/// A description is one text; only the source has it on several lines.
fn unwrap_lines(schema: &mut Schema) {
    let description = schema.get("description").and_then(|text| text.as_str());
    if let Some(description) = description.map(|text| text.replace('\n', " ")) {
        schema.insert("description".to_owned(), description.into());
    }
}
