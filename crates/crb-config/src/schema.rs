//! The JSON Schema of the configuration, for editors, and for whoever checks files before they are shipped.
//!
//! `configuration.rs`, `detector.rs` and `window.rs` are its shape as types that nothing is ever read into: what the
//! loader asks for is asked for in `elements/`, where all faults are found at once. The tests beside this hold both
//! together: the keys that the loader asks for are those of the schema, and types, defaults, ranges and choices are
//! tried against it one by one.

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

/// The JSON Schema of one file of a configuration, draft 2020-12, as indented text.
///
/// It asks for the plain spelling: what the loader grants for the sake of old files beyond that (`yes` for `true`, a
/// number in quotes), an editor marks. Rules between two keys, and what lies outside of the file, only the loader
/// checks.
pub fn schema() -> String {
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

#[cfg(test)]
mod tests;
