//! docs/outcomes.md says what the code does: every outcome, reason and exit code, and none that there is not.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod reasons;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crb_decide::{ExitCode, Outcome};

use reasons::reasons;

/// The rows of the table under a heading of docs/outcomes.md, cell by cell.
fn table(heading: &str) -> Vec<Vec<String>> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/outcomes.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    rows.map(cells).collect()
}

fn quoted(text: &str) -> String {
    format!("`{text}`")
}

#[test]
fn every_outcome_is_documented_with_its_exit_codes() {
    let documented: Vec<[String; 2]> =
        table("Outcomes").into_iter().map(|row| [row[0].clone(), row[2].clone()]).collect();
    let known = Outcome::ALL.map(|outcome| {
        let mut failures =
            reasons().into_iter().filter(|reason| reason.outcome() == outcome && reason.is_failure());
        let code = ExitCode::from(outcome) as u8;
        let when = if outcome == Outcome::NoAction { "when a detector failed" } else { "for a failure" };
        let failure = failures.next().map(|_| format!("; {} {when}", ExitCode::Failure as u8));
        [quoted(outcome.as_str()), format!("{code}{}", failure.unwrap_or_default())]
    });
    assert_eq!(documented, known);
}

#[test]
fn every_reason_is_documented_with_its_outcome() {
    let documented: BTreeMap<String, String> =
        table("Reasons").into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let known: BTreeMap<String, String> =
        reasons().iter().map(|reason| (quoted(reason.code()), quoted(reason.outcome().as_str()))).collect();
    assert_eq!(documented, known);
}

#[test]
fn every_exit_code_is_documented() {
    let documented: Vec<String> = table("Exit codes").into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(documented, ExitCode::ALL.map(|code| (code as u8).to_string()));
}

/// The match in `Reason::code` is over all of them, so what it gives is all that there is.
#[test]
fn the_reasons_that_are_tried_are_all_that_there_are() {
    let source = include_str!("../../src/reason.rs");
    let (_, body) = source.split_once("pub const fn code(&self)").unwrap();
    let body = body.split("\n    }\n").next().unwrap();
    let mut known: Vec<&str> = body.split('"').skip(1).step_by(2).collect();
    let all = reasons();
    let mut tried: Vec<&str> = all.iter().map(crb_decide::Reason::code).collect();
    known.sort_unstable();
    tried.sort_unstable();
    assert_eq!(tried, known);
}
