//! Files that are refused, and what is said of each: `bad/NAME.yaml`, what is laid over it in `bad/NAME.d`, and
//! `bad/NAME.txt`.
//!
//! `UPDATE_EXPECT=1 cargo test` writes the texts anew.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crb_config::{Document, Letters, LoadContext, load, parse, parse_all, render};
use expect_test::expect_file;
use jiff::tz::TimeZone;

fn context() -> LoadContext {
    LoadContext { hostname: "web-1.example".to_owned(), zone: TimeZone::UTC }
}

fn within(directory: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(directory)
}

fn bad() -> PathBuf {
    within("tests/bad")
}

fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let paths = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths.filter(|path| path.extension().is_some_and(|is| is == extension)).collect();
    paths.sort();
    paths
}

/// What is said of a file that is refused.
fn rendered(path: &Path) -> String {
    let fragments = path.with_extension("d");
    let result = if fragments.exists() {
        let documents = [path.to_owned()].into_iter().chain(files(&fragments, "yaml")).map(|path| Document {
            name: path.display().to_string(),
            text: fs::read_to_string(path).unwrap(),
        });
        parse_all(documents.collect(), &context())
    } else {
        load(path, &context())
    };
    match result {
        Ok(loaded) => panic!("{} is taken: {loaded:#?}", path.display()),
        Err(faults) => {
            let name = path.display();
            assert!(faults.iter().all(|fault| fault.hint().is_some()), "{name} has a fault without a hint");
            let text = format!("{faults}\n\n{}", render(&faults, Letters::Unicode, false, 200));
            text.replace(&format!("{}/", bad().display()), "")
        }
    }
}

#[test]
fn says_what_is_wrong_with_each_file() {
    for path in files(&bad(), "yaml") {
        expect_file![path.with_extension("txt")].assert_eq(&rendered(&path));
    }
}

#[test]
fn tells_six_different_faults_at_once() {
    let path = bad().join("six_faults_at_once.yaml");
    let faults = parse("six.yaml", fs::read_to_string(path).unwrap(), &context()).unwrap_err();
    let told: Vec<_> = faults
        .iter()
        .map(|fault| {
            let (_, line, column) = fault.position().unwrap();
            (fault.code(), (line, column))
        })
        .collect();
    let expected = [
        ("config::missing_key", (2, 12)),
        ("config::unknown_key", (8, 5)),
        ("config::health_script_relative", (9, 16)),
        ("config::lock_ttl_too_short", (11, 15)),
        ("config::endpoint_invalid", (13, 5)),
        ("config::window_invalid", (16, 17)),
    ];
    assert_eq!(told, expected);
}

/// Codes that need a directory of their own, a file of great length, or somebody who reads certificates;
/// `files/fragments.rs`, `files/secured.rs` and `hostile.rs` raise them.
const RAISED_ELSEWHERE: [&str; 8] = [
    "config::certificate_expired",
    "config::certificate_not_yet_valid",
    "config::etcd_file_unusable",
    "config::file_too_large",
    "config::fragment_ignored",
    "config::fragment_writable_by_others",
    "config::secret_exposed",
    "config::too_many_faults",
];

/// Codes that no test can raise, since it would have to give a file to another user.
const NEEDS_ANOTHER_USER: [&str; 2] = ["config::fragment_owned_by_other", "config::script_owned_by_other"];

#[test]
fn every_code_is_raised_by_a_test() {
    let sources =
        ["src", "src/elements", "src/read"].into_iter().flat_map(|directory| files(&within(directory), "rs"));
    let known: BTreeSet<_> = sources.flat_map(|path| codes(&fs::read_to_string(path).unwrap())).collect();
    let mut raised: BTreeSet<_> =
        files(&bad(), "txt").iter().flat_map(|path| codes(&fs::read_to_string(path).unwrap())).collect();
    raised.extend(RAISED_ELSEWHERE.map(str::to_owned));
    raised.extend(NEEDS_ANOTHER_USER.map(str::to_owned));
    assert_eq!(known, raised);
}

fn codes(text: &str) -> BTreeSet<String> {
    let starts = text.match_indices("config::").map(|(at, _)| &text[at..]);
    let codes = starts.map(|rest| {
        let end = rest
            .find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == ':'))
            .unwrap_or(rest.len());
        rest[..end].to_owned()
    });
    codes.collect()
}
