//! What lands on a node beside the program: each piece held to what reads it there, and to the code.

#![allow(clippy::disallowed_methods, reason = "these tests start what judges the pieces")]
#![allow(clippy::unwrap_used, reason = "a test may")]

mod completions;
mod maintainer;
mod manual;
mod pages;
mod tmpfiles;
mod unit;

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

/// The program whose pieces these are.
const PROGRAM: &str = env!("CARGO_BIN_EXE_clusterrebootd");

/// A file of the repository's `packaging/`.
fn packaged(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packaging").join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(packaged(name)).unwrap_or_else(|error| panic!("packaging/{name}: {error}"))
}

/// The source that says which directories the program makes, and how.
fn directories() -> &'static str {
    include_str!("../../src/directory.rs")
}

/// Runs a program that the test cannot do without.
fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| {
        panic!(
            "this test needs {}: {error}; `cargo xtask setup` installs it",
            command.get_program().display()
        )
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
