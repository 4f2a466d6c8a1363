//! The kinds of values: what the loader's typed reads take, as schemas.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crb_config::EVENTS;

/// Declares kinds of values, each with the schema that describes it.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $schema:expr;)*) => {$(
        $(#[$doc])*
        pub(super) struct $name;

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    )*};
}

kinds! {
    /// A text that is not blank.
    Text = json_schema!({"type": "string", "pattern": r"\S"});
    /// The name of a node, or `@hostname`.
    Name = json_schema!({"type": "string", "pattern": r"^[^/]*[^/\s][^/]*$"});
    /// A path that begins with a slash.
    AbsolutePath = json_schema!({"type": "string", "pattern": "^/"});
    /// A path in etcd; a blank one is none.
    Key = json_schema!({"type": "string", "pattern": r"^\s*$|[^/\s]"});
    /// A member of etcd.
    Endpoint = json_schema!({
        "type": "string",
        "pattern": format!(r"^\s*(?:https?://{HOST}:[0-9]+/?|{HOST}:[0-9]+)\s*$"),
    });
    /// Where to listen. A port alone means every address, as it does to Go; a blank text is none.
    Listen = json_schema!({
        "type": "string",
        "pattern": format!(r"^\s*$|^(?:{HOST})?:[0-9]+$"),
    });
    /// A time zone; a blank one is none.
    Zone = json_schema!({"type": "string", "pattern": r"^\s*(?:[A-Za-z][A-Za-z0-9_+/-]*)?\s*$"});
    /// The words of a program that is run; a number is the word that it is written as.
    Program = json_schema!({
        "type": "array",
        "minItems": 1,
        "prefixItems": [{"type": "string", "pattern": r"\S"}],
        "items": {"type": ["string", "number", "boolean"]},
    });
    /// The words of a program, or none.
    ProgramOrNone = json_schema!({
        "type": "array",
        "prefixItems": [{"type": "string", "pattern": r"\S"}],
        "items": {"type": ["string", "number", "boolean"]},
    });
    /// The name of an event.
    Event = json_schema!({"type": "string", "enum": EVENTS});
    /// A share of the fleet.
    Fraction = json_schema!({"type": "number", "exclusiveMinimum": 0, "maximum": 1});
    /// An exit code.
    ExitCode = json_schema!({"type": "integer", "minimum": 0, "maximum": 255});
    /// What may be there for the sake of old files, and must say nothing.
    Unset = json_schema!({"enum": [null, "", []], "deprecated": true});
    /// What may be there, and is warned of.
    Idle = json_schema!({"deprecated": true});
}

/// A name, an IPv4 address, or an IPv6 address in brackets.
const HOST: &str = r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])";

/// A whole number from `LEAST` to `MOST`.
pub(super) struct Whole<const LEAST: u32, const MOST: u32 = { u32::MAX }>;

/// A whole number of seconds, `LEAST` or more.
pub(super) type Seconds<const LEAST: u32> = Whole<LEAST>;

impl<const LEAST: u32, const MOST: u32> JsonSchema for Whole<LEAST, MOST> {
    fn schema_name() -> Cow<'static, str> {
        format!("WholeFrom{LEAST}To{MOST}").into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": LEAST, "maximum": MOST})
    }
}
