//! What the largest hostile files take of processor and memory. Each is loaded in a process of its own, which measures
//! itself.

#![allow(clippy::unwrap_used, reason = "a test may")]
#![allow(clippy::print_stdout, reason = "the process that measures itself tells it so")]

use std::{
    fs,
    io::{Read as _, Write as _},
    path::Path,
    process::{Command, Stdio},
};

use crb_config::{Fault, Letters, LoadContext, load, render};
use jiff::tz::TimeZone;
use rustix::process::{Resource, Rlimit, setrlimit};

/// As much as is read of a configuration.
const MOST_BYTES: usize = 4 << 20;

/// A hundred bytes of memory for each byte of text. docs/fuzzing.md says so.
const MOST_KIBIBYTES: u64 = 400 << 10;

/// A processor's seconds until the answer has been drawn, in a build without optimization, which takes ten times as
/// long. Whoever starts the daemon waits for it.
const MOST_SECONDS: u64 = 40;

/// The codes that are told of a file, warnings included, when it has `text` behind all that is required.
///
/// # Panics
///
/// When the answer takes more of processor or memory than it may.
fn codes(text: &str) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.yaml");
    fs::write(&path, text).unwrap();
    let output = loaded_elsewhere(&path);
    let told = |what| output.lines().filter_map(move |line| line.strip_prefix(what)).map(str::to_owned);
    let peak: u64 = told("peak: ").next().unwrap().trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < MOST_KIBIBYTES, "{peak} KiB are in use");
    println!("{peak} KiB at most");
    told("code: ").collect()
}

#[allow(clippy::disallowed_methods, reason = "this very test is run again, which ends by its own limits")]
fn loaded_elsewhere(path: &Path) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "loads_the_file_named_on_standard_input", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(path.to_str().unwrap().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}: more than {MOST_SECONDS} s of processor?", output.status);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "the other tests run this one in a process of its own"]
fn loads_the_file_named_on_standard_input() {
    let limit = Rlimit { current: Some(MOST_SECONDS), maximum: Some(MOST_SECONDS) };
    setrlimit(Resource::Cpu, limit).unwrap();
    let mut path = String::new();
    std::io::stdin().read_to_string(&mut path).unwrap();
    let context = LoadContext { hostname: "web-1.example".to_owned(), zone: TimeZone::UTC };
    let faults: Vec<Fault> = match load(Path::new(&path), &context) {
        Ok(loaded) => loaded.warnings,
        Err(faults) => faults.iter().cloned().collect(),
    };
    assert!(!render(&faults, Letters::Unicode, true, 80).is_empty() || faults.is_empty());
    println!();
    for fault in &faults {
        println!("code: {}", fault.code());
    }
    let status = fs::read_to_string("/proc/self/status").unwrap();
    println!("peak: {}", status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap());
}

const REQUIRED: &str = "node_name: web-1
reboot_required_detectors: [{type: kernel}]
health_script: /bin/true
etcd_endpoints: [10.0.0.1:2379]
";

/// As often `unit`, of which `{}` is its number, as fits behind `start` into what is read.
fn filled(start: &str, unit: &str, end: &str) -> String {
    if !unit.contains("{}") {
        let times = (MOST_BYTES - start.len() - end.len()) / unit.len();
        return [start, &unit.repeat(times), end].concat();
    }
    let mut text = start.to_owned();
    for number in 0.. {
        let unit = unit.replace("{}", &number.to_string());
        if text.len() + unit.len() + end.len() > MOST_BYTES {
            break;
        }
        text += &unit;
    }
    text + end
}

#[track_caller]
fn ends_with(text: &str, code: Option<&str>) {
    assert_eq!(codes(text).last().map(String::as_str), code);
}

#[test]
fn a_file_of_comments_alone_but_for_what_is_required_is_taken() {
    ends_with(&filled(REQUIRED, "# nothing but a comment, and another one\n", ""), None);
}

#[test]
fn a_text_without_end_is_taken() {
    ends_with(&filled(&format!("{REQUIRED}kill_switch_file: /"), "x", "\n"), None);
    ends_with(&filled(&format!("{REQUIRED}kill_switch_file: |\n  /x\n"), "  x\n", ""), None);
}

#[test]
fn values_without_end_are_too_many() {
    ends_with(&filled(REQUIRED, "key_{}: x\n", ""), Some("config::too_large"));
    ends_with(&filled("reboot_required_detectors:\n", "- x\n", ""), Some("config::too_large"));
    ends_with(&filled("a: [", "x,", "]\n"), Some("config::too_large"));
    ends_with(&filled("a: {", "{}: x,", "}\n"), Some("config::too_large"));
    ends_with(&filled("a: &a x\n", "b{}: &a *a\n", ""), Some("config::syntax"));
    ends_with(&filled("", "b{}: &a{} x\n", ""), Some("config::too_large"));
}

#[test]
fn nesting_without_end_is_too_deep() {
    for open in ["[", "{a: ", "- ", "? "] {
        // The parser has a limit of its own, and some of these it takes for no YAML at all.
        let told = codes(&filled("", open, ""));
        assert!(told == ["config::too_deep"] || told == ["config::syntax"], "{open:?}: {told:?}");
    }
}

#[test]
fn signs_without_end_are_no_yaml() {
    for sign in ["\t", "'", "\"", "!", "&a ", "*a "] {
        let told = codes(&filled("a: ", sign, ""));
        assert!(!told.is_empty(), "{sign:?} is taken");
    }
}

#[test]
fn lines_without_end_are_no_yaml() {
    for line in ["---\n", "%YAML 1.2\n", "\u{feff}\n", "\0\n", "|\n", ": \n"] {
        let told = codes(&filled("a: ", line, ""));
        assert!(!told.is_empty(), "{line:?} is taken");
    }
}

#[test]
fn unknown_keys_of_a_map_are_not_multiplied_by_its_aliases() {
    let keys: Vec<_> = (0..20_000).map(|key| format!("k{key}: x")).collect();
    let text = filled(&format!("a: &a {{{}}}\nreboot_required_detectors: [", keys.join(", ")), "*a,", "]\n");
    ends_with(&text, Some("config::too_large"));
}

#[test]
fn many_maps_with_a_fault_each_are_answered() {
    let items = "{u: x},".repeat(24_000);
    ends_with(&format!("reboot_required_detectors: [{items}]\n"), Some("config::too_many_faults"));
    let items = "{cron: '* * * * 8', duration: 0s},".repeat(4_000);
    ends_with(&format!("{REQUIRED}windows: {{allow: [{items}]}}\n"), Some("config::too_many_faults"));
    let items = "Mon 25:00-26:00,".repeat(90_000);
    ends_with(&format!("{REQUIRED}windows: {{allow: [{items}]}}\n"), Some("config::too_many_faults"));
}

#[test]
fn far_blanks_behind_many_aliases_of_one_place_are_answered() {
    let aliases = "*a,".repeat(90_000);
    let blanks = " ".repeat(3 << 20);
    let text = format!("{REQUIRED}x: &a Mon{blanks}\nwindows: {{allow: [{aliases}]}}\n");
    ends_with(&text, Some("config::too_many_faults"));
}

#[test]
fn a_file_that_is_larger_is_not_parsed() {
    let shapes = ["x", "key: x\n", "- x\n", "[", "a: &a x\nb: *a\n", "# comment\n", "\0"];
    for shape in shapes {
        let text = shape.repeat((10 << 20) / shape.len());
        assert_eq!(codes(&text), ["config::file_too_large"], "{shape:?}");
    }
}
