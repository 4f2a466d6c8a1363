//! Tells the program its commit, target and compiler, and the linker how a program that ships is laid out.

#![allow(clippy::disallowed_methods, reason = "a build script reads its environment and asks git")]

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    let commit =
        env::var("CLUSTERREBOOTD_COMMIT").ok().or_else(|| ask("git", &["rev-parse", "--short=12", "HEAD"]));
    let rustc = ask(&env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned()), &["--version"]);
    let target = env::var("TARGET").ok();
    for (name, value) in [("COMMIT", commit), ("RUSTC", rustc), ("TARGET", target)] {
        println!("cargo::rustc-env=CLUSTERREBOOTD_{name}={}", value.as_deref().unwrap_or("unknown"));
    }
    println!("cargo::rerun-if-env-changed=CLUSTERREBOOTD_COMMIT");
    let head = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.git/logs/HEAD");
    if head.exists() {
        println!("cargo::rerun-if-changed={}", head.display());
    }
    lay_out();
}

/// A program with the C library in it is one that ships. Of the others, nobody minds where a function stands.
fn lay_out() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("layout.ld");
    println!("cargo::rerun-if-changed={}", script.display());
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    if features.split(',').any(|feature| feature == "crt-static") {
        println!("cargo::rustc-link-arg-bins=-T");
        println!("cargo::rustc-link-arg-bins={}", script.display());
    }
}

fn ask(program: &str, arguments: &[&str]) -> Option<String> {
    let output =
        Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned()).filter(|text| !text.is_empty())
}
