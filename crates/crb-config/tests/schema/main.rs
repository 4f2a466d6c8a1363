//! The schema beside the loader: what it says of each key is tried on the loader, and whole files are shown to an
//! independent validator.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod agreement;
mod files;
mod patterns;
mod templates;
mod yaml;

use crb_config::LoadContext;
use jiff::tz::TimeZone;
use serde_json::Value;

fn context() -> LoadContext {
    LoadContext { hostname: "web-1.example".to_owned(), zone: TimeZone::UTC }
}

fn schema() -> Value {
    serde_json::from_str(crb_config::schema()).unwrap()
}
