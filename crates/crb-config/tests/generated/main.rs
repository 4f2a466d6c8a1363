//! Files of the repository that are made from the schema. `cargo xtask generate` writes them, and this test compares.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod page;
mod schema;

use std::{fs, path::Path};

use serde_json::Value;

/// Set by `cargo xtask generate`: to write what is stale, and not to complain of it.
const WRITE: &str = "CRB_GENERATE";

#[allow(clippy::disallowed_methods, reason = "whether to write is said by whoever started this test")]
fn agree(name: &str, generated: impl FnOnce(&str) -> String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    let current = fs::read_to_string(&path).unwrap_or_default();
    let generated = generated(&current);
    if generated == current {
        return;
    }
    assert!(std::env::var_os(WRITE).is_some(), "{name} is stale: run `cargo xtask generate`");
    fs::write(&path, generated).unwrap();
}

#[test]
fn the_schema_in_docs_is_that_of_the_program() {
    agree("docs/config.schema.json", |_| schema::schema());
}

#[test]
fn the_reference_page_is_that_of_the_schema() {
    let schema: Value = serde_json::from_str(&schema::schema()).unwrap();
    agree("docs/configuration.md", |page| page::filled(page, &schema));
}
