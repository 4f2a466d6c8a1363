//! Fleets that need not exist.

use std::fs;
use std::path::Path;

use expect_test::expect_file;
use serde_json::Value;

use crate::{Desk, FROM};

#[test]
fn the_json_has_the_shape_that_is_promised() {
    let (code, out, err) = Desk::with_windows().plan(&[
        "--nodes",
        "3",
        "--reboot-time",
        "90s",
        "--from",
        FROM,
        "--output",
        "json",
    ]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    expect_file!["assumed.json"].assert_eq(&out);
    let document: Value = serde_json::from_str(&out).unwrap();
    let mut keys: Vec<String> = document.as_object().unwrap().keys().cloned().collect();
    let mut promised = promised_keys();
    keys.sort();
    promised.sort();
    assert_eq!(keys, promised, "the document and docs/plan.md differ");
}

/// The keys of the table of docs/plan.md.
fn promised_keys() -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/plan.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, page) = page.split_once("## The JSON").unwrap();
    page.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned())).collect()
}

#[test]
fn where_there_is_no_terminal_the_text_is_eighty_columns_wide_and_has_no_colour() {
    let output =
        Desk::with_windows().command(&["--nodes", "6", "--from", FROM]).env("COLUMNS", "200").output();
    let out = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(!out.contains('\x1b') && out.contains("Waiting: windows "), "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    assert!(out.lines().any(|line| line.chars().count() > 70), "{out}");
}

#[test]
fn a_plan_that_never_ends_says_why_and_fails() {
    let desk = Desk::new("cluster_policies: {min_healthy_absolute: 3}");
    let (code, out, _) = desk.plan(&["--nodes", "3", "--from", FROM]);
    assert_eq!(code, Some(1), "{out}");
    let out = out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(out.contains("NEVER ENDS: not one node gets its turn"), "{out}");
    assert!(out.contains("min_healthy_absolute asks for 3 [below_min_healthy]"), "{out}");
    let (code, out, _) = desk.plan(&["--nodes", "4", "--from", FROM]);
    assert_eq!(code, Some(0), "{out}");
}

#[test]
fn ten_thousand_nodes_over_weeks_of_windows_are_all_in_the_json() {
    let desk =
        Desk::new("max_concurrent_reboots: 10\nwindows: {timezone: UTC, allow: [\"Mon-Fri 22:00-06:00\"]}");
    let (code, out, _) = desk.plan(&["--nodes", "10000", "--from", FROM, "--output", "json"]);
    assert_eq!(code, Some(0));
    let document: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(document["reboots"].as_array().unwrap().len(), 10_000);
    let (_, out, _) = desk.plan(&["--nodes", "10000", "--from", FROM]);
    assert!(out.lines().count() < 60 && out.contains("and 9,990 more"), "{out}");
}

#[test]
fn the_picture_is_written_beside_the_plan_or_an_error_says_why_not() {
    let desk = Desk::with_windows();
    let file = desk.path("plan.svg");
    let (code, out, _) = desk.plan(&["--nodes", "5", "--from", FROM, "--to-svg", file.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{out}");
    assert!(fs::read_to_string(&file).unwrap().ends_with("</svg>\n"));
    let nowhere = desk.path("no/such/plan.svg");
    let (code, out, err) =
        desk.plan(&["--nodes", "5", "--from", FROM, "--to-svg", nowhere.to_str().unwrap()]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
    let expected = format!("clusterrebootd: cannot write {}: No such file or directory", nowhere.display());
    assert!(err.starts_with(&expected), "{err}");
}

#[test]
fn bad_arguments_are_usage_errors() {
    let desk = Desk::new("");
    let cases: [&[&str]; 6] = [
        &["--nodes", "0"],
        &["--nodes", "100001"],
        &["--nodes", "3", "--all"],
        &["--nodes", "3", "--reboot-time", "0s"],
        &["--nodes", "3", "--reboot-time", "soon"],
        &["--nodes", "3", "--from", "tomorrow"],
    ];
    for arguments in cases {
        let (code, _, err) = desk.plan(arguments);
        assert_eq!(code, Some(64), "{arguments:?}: {err}");
    }
}
