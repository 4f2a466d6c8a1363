//! `cargo xtask faults`: everything that can befall a daemon or its etcd, on real processes, with a table at the end.

use std::ffi::OsString;
use std::fs;

use xtask::{Failure, Step, Workspace, see_to, with_servers};

use crate::test::NEEDED;

pub(crate) fn run(workspace: &Workspace, filter: Option<&OsString>) -> Result<(), Failure> {
    let found = see_to(workspace, &NEEDED)?;
    let report = workspace.tools.with_file_name("faults-report.txt");
    // What an earlier run wrote is not of this one; that it wrote nothing is no harm.
    fs::remove_file(&report).ok();
    let outcome = with_servers(step(workspace, filter).env("CRB_FAULTS_REPORT", &report), &found).run();
    let text = fs::read_to_string(&report).unwrap_or_default();
    println!("{}", summary(&text));
    if text.is_empty() && outcome.is_ok() {
        return Err(Failure::Usage("no case has that in its name; docs/faults.md lists them".into()));
    }
    outcome
}

fn step(workspace: &Workspace, filter: Option<&OsString>) -> Step {
    let step =
        workspace.cargo("nextest run --package clusterrebootd --test faults --no-capture --no-fail-fast");
    filter.into_iter().fold(step, |step, filter| step.env("CRB_FAULTS", filter))
}

/// How many cases held, and which did not, of lines such as `join-lost 4.3 s held`.
fn summary(report: &str) -> String {
    let verdict = |word: &'static str| report.lines().filter(move |line| line.contains(word));
    let held = report.lines().filter(|line| line.ends_with("held")).count();
    let (failed, skipped) = (verdict(" FAILED").count(), verdict(" SKIPPED: ").count());
    let mut text = format!("==> {held} cases held, {failed} failed, {skipped} skipped");
    for line in verdict(" FAILED").chain(verdict(" SKIPPED: ")) {
        text.push_str("\n  ");
        text.push_str(line);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_names_what_did_not_hold() {
        let report =
            "join-lost   4.3 s  held\narm-late  60.0 s  FAILED\netcd-quota  0.1 s  SKIPPED: needs root\n";
        let expected = "==> 1 cases held, 1 failed, 1 skipped\n  arm-late  60.0 s  FAILED\n  \
                        etcd-quota  0.1 s  SKIPPED: needs root";
        assert_eq!(summary(report), expected);
    }

    #[test]
    fn a_filter_chooses_cases() {
        let all = "cargo nextest run --package clusterrebootd --test faults --no-capture --no-fail-fast";
        let workspace = Workspace::at("/repo");
        assert_eq!(step(&workspace, None).to_string(), all);
        assert_eq!(step(&workspace, Some(&"arm".into())).to_string(), format!("CRB_FAULTS=arm {all}"));
    }
}
