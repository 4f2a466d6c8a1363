//! The JSON Schema of the configuration, for editors, and for whoever checks files before they are shipped.
//!
//! It is the file in `docs/`, which is made from the types in `tests/generated/schema/` and held to them by a test there, so that
//! the program has the text alone and not what makes it. The tests beside this hold it to the loader.

/// The JSON Schema of one file of a configuration, draft 2020-12, as indented text.
///
/// It asks for the plain spelling: what the loader grants for the sake of old files beyond that (`yes` for `true`, a
/// number in quotes), an editor marks. Rules between two keys, and what lies outside of the file, only the loader
/// checks.
pub const fn schema() -> &'static str {
    include_str!("../../../docs/config.schema.json")
}

#[cfg(test)]
mod tests;
