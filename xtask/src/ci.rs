//! `cargo xtask ci`: everything that a change must pass. `.ci/run` calls this and nothing else.

use std::time::{Duration, Instant};

use xtask::{Failure, Step, Workspace};

use crate::setup;

/// Of the mistakes that it knows, none is small enough to stay.
const ZIZMOR: &str = "--offline --persona pedantic --strict-collection --no-progress .github";

/// Packages for this processor are made again.
const ARCH: &str = if cfg!(target_arch = "aarch64") { "aarch64" } else { "x86_64" };

/// Runs every stage, those after a failure too, so that one run tells the whole story.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    println!("==> tools");
    let (outcome, took) = timed(|| setup::run(workspace));
    outcome?;
    println!("<== tools: {}", seconds(took));

    let mut failed = Vec::new();
    let mut summary = Vec::new();
    for (name, step) in stages(workspace) {
        println!("==> {name}");
        let (outcome, took) = timed(|| step.run());
        let verdict = if outcome.is_ok() { "passed" } else { "FAILED" };
        println!("<== {name}: {verdict} after {}", seconds(took));
        summary.push(format!("  {name:<20} {verdict:<7} {:>6}", seconds(took)));
        if outcome.is_err() {
            failed.push(name);
        }
    }

    println!("==> summary\n{}", summary.join("\n"));
    if failed.is_empty() { Ok(()) } else { Err(Failure::Stages(failed)) }
}

fn stages(workspace: &Workspace) -> Vec<(&'static str, Step)> {
    vec![
        ("formatting", workspace.cargo("fmt --all --check")),
        ("lints", workspace.cargo("clippy --workspace --all-targets -- -D warnings")),
        (
            "lints without etcd",
            workspace.cargo("clippy --package crb-store --no-default-features -- -D warnings"),
        ),
        ("tests", workspace.cargo("xtask test")),
        ("docs", workspace.cargo("doc --workspace --no-deps").env("RUSTDOCFLAGS", "-Dwarnings")),
        ("dependencies", workspace.cargo("deny check bans licenses sources")),
        ("workflows", workspace.tool("zizmor").args(ZIZMOR.split(' '))),
        ("figures", workspace.cargo("xtask bench --check")),
        // Whoever runs this may not have committed yet.
        ("packages", workspace.cargo("xtask package --allow-dirty")),
        (
            "packages verified",
            workspace.cargo("xtask verify").args([workspace.tools.with_file_name("package")]),
        ),
        ("packages installed", workspace.cargo("xtask package-test")),
        // A release does so for both processors; what is built in a Debian stands at the same place there anyway.
        ("packages made again", workspace.cargo("xtask reproduce --target").args([ARCH])),
    ]
}

#[allow(clippy::disallowed_methods, reason = "how long a stage takes is not a thing to pause in a test")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let outcome = work();
    (outcome, start.elapsed())
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs())
}
