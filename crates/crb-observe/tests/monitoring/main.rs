//! What is shipped beside the daemon to watch it: the alerting rules, the dashboard, and the reference of its metrics.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod dashboard;
mod promql;
mod reference;
mod rules;

use std::fs;
use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(file: &str) -> String {
    fs::read_to_string(repository().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}
