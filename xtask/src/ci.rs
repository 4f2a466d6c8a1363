//! `cargo xtask ci`: everything that a change must pass. `.ci/run` calls this and nothing else.

use std::time::{Duration, Instant};

use xtask::{Failure, Step, Workspace};

use crate::setup;

/// Of the mistakes that it knows, none is small enough to stay.
const ZIZMOR: &str = "--offline --persona pedantic --strict-collection --no-progress .github";

/// Packages for this processor are made again.
const ARCH: &str = if cfg!(target_arch = "aarch64") { "aarch64" } else { "x86_64" };

/// The stage whose packages others judge.
const PACKAGES: &str = "packages";

/// Runs every stage, those after a failure too, so that one run tells the whole story.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    println!("==> tools");
    let (outcome, took) = timed(|| setup::run(workspace));
    outcome?;
    println!("<== tools: {}", seconds(took));

    // Whoever runs this may not have committed yet.
    let committed = Step::of("git status --porcelain").dir(&workspace.root).ask()?.is_empty();
    let outcome = pass(stages(workspace, committed), |step| step.run().is_ok());
    if !MACHINES {
        println!(
            "NOT TRIED: whole machines, which are of x86_64; `cargo xtask e2e` has to be run on such a one"
        );
    }
    outcome
}

/// Passes every stage; `judge` runs its step, and says whether it passed.
fn pass(stages: Vec<Stage>, judge: impl Fn(&Step) -> bool) -> Result<(), Failure> {
    let mut failed = Vec::new();
    let mut summary = Vec::new();
    for Stage { name, after, step } in stages {
        println!("==> {name}");
        if let Some(before) = after.filter(|before| failed.contains(before)) {
            println!("<== {name}: not run, for it goes by what comes of \"{before}\", which failed");
            summary.push(format!("  {name:<20} not run"));
            failed.push(name);
            continue;
        }
        let (passed, took) = timed(|| judge(&step));
        let verdict = if passed { "passed" } else { "FAILED" };
        println!("<== {name}: {verdict} after {}", seconds(took));
        summary.push(format!("  {name:<20} {verdict:<7} {:>6}", seconds(took)));
        if !passed {
            failed.push(name);
        }
    }

    println!("==> summary\n{}", summary.join("\n"));
    if failed.is_empty() { Ok(()) } else { Err(Failure::Stages(failed)) }
}

/// Something that a change must pass.
struct Stage {
    name: &'static str,
    /// The stage that makes what this one judges. Where that one failed, what is there is of an earlier run.
    after: Option<&'static str>,
    step: Step,
}

/// Whole machines are of one processor, and are not emulated where another one is.
const MACHINES: bool = cfg!(target_arch = "x86_64");

/// What is not committed is packed, too, but cannot be packed again elsewhere; then the last commit is, twice.
fn stages(workspace: &Workspace, committed: bool) -> Vec<Stage> {
    let alone = |name, step| Stage { name, after: None, step };
    let of_packages = |name, step| Stage { name, after: Some(PACKAGES), step };
    let packages = workspace.tools.with_file_name("package");
    // A release does so for both processors; what is built in a Debian stands at the same place there anyway.
    let reproduce = workspace.cargo("xtask reproduce --target").args([ARCH]);
    let again = "packages made again";
    let mut stages = vec![
        alone("formatting", workspace.cargo("fmt --all --check")),
        alone("lints", workspace.cargo("clippy --workspace --all-targets -- -D warnings")),
        alone(
            "lints without etcd",
            workspace.cargo("clippy --package crb-store --no-default-features -- -D warnings"),
        ),
        alone("tests", workspace.cargo("xtask test")),
        alone("docs", workspace.cargo("doc --workspace --no-deps").env("RUSTDOCFLAGS", "-Dwarnings")),
        alone("dependencies", workspace.cargo("deny check bans licenses sources")),
        alone("workflows", workspace.tool("zizmor").args(ZIZMOR.split(' '))),
        alone("figures", workspace.cargo("xtask bench --check")),
        alone(PACKAGES, workspace.cargo("xtask package --allow-dirty")),
        of_packages("packages verified", workspace.cargo("xtask verify").args([&packages])),
        of_packages("packages installed", workspace.cargo("xtask package-test")),
        if committed {
            of_packages(again, reproduce.args(["--against".as_ref(), packages.as_os_str()]))
        } else {
            alone(again, reproduce)
        },
    ];
    if MACHINES {
        // Whoever runs this may have other work at the same time.
        stages.push(alone("whole machines", workspace.cargo("xtask e2e --patience 3")));
    }
    stages
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

#[cfg(test)]
mod tests {
    use super::*;

    /// How it ends when the steps with these words in them fail.
    fn told(failing: &[&str], committed: bool) -> String {
        let fails = |step: &Step| failing.iter().any(|words| step.to_string().contains(words));
        let outcome = pass(stages(&Workspace::at("/repo"), committed), |step| !fails(step));
        outcome.map_or_else(|failure| failure.to_string(), |()| "passed".into())
    }

    #[test]
    fn old_packages_are_not_judged_in_the_place_of_those_that_could_not_be_made() {
        let cases: [(&[&str], bool, &str); 6] = [
            (&[], true, "passed"),
            (&[], false, "passed"),
            (
                &["xtask package --allow-dirty"],
                true,
                "failed: packages, packages verified, packages installed, packages made again",
            ),
            (
                &["xtask package --allow-dirty"],
                false,
                "failed: packages, packages verified, packages installed",
            ),
            (&["xtask verify"], true, "failed: packages verified"),
            (&["xtask test", "xtask reproduce"], true, "failed: tests, packages made again"),
        ];
        for (failing, committed, expected) in cases {
            assert_eq!(told(failing, committed), expected, "{failing:?} {committed}");
        }
    }

    #[test]
    fn only_what_is_committed_is_compared_with_what_was_packed() {
        for committed in [true, false] {
            let stages = stages(&Workspace::at("/repo"), committed);
            let again =
                stages.iter().find(|stage| stage.name == "packages made again").expect("there is one");
            let line = again.step.to_string();
            assert!(line.contains("xtask reproduce --target"), "{line}");
            assert_eq!(line.ends_with(" --against /repo/target/package"), committed, "{line}");
        }
    }

    #[test]
    fn what_a_stage_goes_by_is_made_before_it() {
        let stages = stages(&Workspace::at("/repo"), true);
        for (at, stage) in stages.iter().enumerate() {
            let is_before = |after| stages[..at].iter().any(|before| before.name == after);
            assert!(stage.after.is_none_or(is_before), "{}", stage.name);
        }
    }
}
