//! Files that are taken, and the settings that come of them: `good/NAME.yaml` and `good/NAME.txt`.
//!
//! `UPDATE_EXPECT=1 cargo test` writes the texts anew.

#![allow(clippy::unwrap_used, reason = "a test may")]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use std::{fs, path::PathBuf};

use crb_config::{Fault, Letters, LoadContext, Loaded, Settings, load, parse, render};
use expect_test::{expect, expect_file};
use jiff::{Timestamp, tz::TimeZone};

fn context() -> LoadContext {
    LoadContext { hostname: "web-1.example".to_owned(), zone: TimeZone::UTC }
}

/// The text of a file in which all that is required is there, with `more` behind it.
fn minimal_and(more: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/good/minimal.yaml");
    fs::read_to_string(path).unwrap() + more
}

fn taken(text: String) -> Loaded {
    parse("config.yaml", text, &context())
        .unwrap_or_else(|faults| panic!("{}", render(&faults, Letters::Unicode, false, 100)))
}

fn settings(more: &str) -> Settings {
    taken(minimal_and(more)).settings
}

#[test]
fn takes_each_file_without_a_warning() {
    for name in ["minimal", "go_daemon", "go_daemon_packaged", "our_keys", "windows", "as_go_yaml_reads_it"] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/good/{name}.yaml"));
        let loaded = load(&path, &context())
            .unwrap_or_else(|faults| panic!("{}", render(&faults, Letters::Unicode, false, 100)));
        assert_eq!(render(&loaded.warnings, Letters::Unicode, false, 100), "", "{name}");
        expect_file![path.with_extension("txt")].assert_eq(&format!("{:#?}\n", loaded.settings));
    }
}

#[test]
fn nothing_but_the_defaults_differs_between_blank_and_absent() {
    let absent = settings("");
    for more in
        ["lock_key: ''\n", "lock_key: ' '\n", "lock_key:\n", "metrics: {}\n", "metrics:\n", "windows: ~\n"]
    {
        assert_eq!(settings(more), absent, "{more}");
    }
}

#[test]
fn means_windows_in_the_zone_of_the_system() {
    let berlin = LoadContext { hostname: String::new(), zone: TimeZone::get("Europe/Berlin").unwrap() };
    let text = minimal_and("windows: {allow: ['Sun 02:00-04:00']}\n");
    let windows = parse("config.yaml", text, &berlin).unwrap().settings.windows;
    // Four in the morning of the 11th of January 2026 in Berlin.
    let until: Timestamp = "2026-01-11T03:00:00Z".parse().unwrap();
    let inside = "2026-01-11T02:59:59Z".parse().unwrap();
    assert_eq!(windows.at(inside), crb_windows::WindowState::Open { until: Some(until) });
    assert_eq!(windows.allow()[0].to_string(), "Sun 02:00-04:00");
}

#[test]
fn means_windows_in_a_zone_of_their_own() {
    let text = minimal_and(
        "windows: {timezone: europe/berlin, allow: [{cron: 0 2 11 1 *, duration: 2h}], deny: [{from: 2026-01-12, until: 2026-01-13}]}\n",
    );
    let windows = taken(text).settings.windows;
    let instant = |text: &str| text.parse::<Timestamp>().unwrap();
    let until = Some(instant("2026-01-11T03:00:00Z"));
    assert_eq!(windows.at(instant("2026-01-11T01:00:00Z")), crb_windows::WindowState::Open { until });
    let denied = windows.at(instant("2026-01-11T23:00:00Z"));
    let until = Some(instant("2026-01-12T23:00:00Z"));
    let window = "from 2026-01-12 until 2026-01-13".to_owned();
    assert_eq!(denied, crb_windows::WindowState::Denied { window, until });
    assert_eq!(windows.allow()[0].to_string(), "cron 0 2 11 1 * for 2h");
}

#[test]
fn no_zone_is_made_up_for_an_unknown_one() {
    for name in ["Etc/Unknown", "local", "CET-1CEST", "+01:00", "../UTC"] {
        let text = minimal_and(&format!("windows: {{timezone: '{name}'}}\n"));
        let faults = parse("config.yaml", text, &context()).expect_err(name);
        assert_eq!(
            faults.iter().map(Fault::code).collect::<Vec<_>>(),
            ["config::timezone_unknown"],
            "{name}"
        );
    }
}

#[test]
fn warns_and_still_takes_what_can_be_meant_well() {
    let text = minimal_and(
        "cluster_policies:
  fallback_nodes: [web-7, web-8, web-7]
",
    )
    .replace(
        "- {type: file, path: /run/reboot-required}",
        "- {type: command, cmd: [needs-restarting], timeout_sec: 0}",
    );
    let loaded = taken(text);
    expect![[r#"
        config::detector_timeout_zero

          ⚠ `reboot_required_detectors[0].timeout_sec` is 0, and a detector needs an end
           ╭─[config.yaml:3:59]
         2 │ reboot_required_detectors:
         3 │   - {type: command, cmd: [needs-restarting], timeout_sec: 0}
           ·                                                           ┬
           ·                                                           ╰── read as 30
         4 │ health_script: /bin/true
           ╰────
          help: write the seconds it may take; 30 by default

        config::fallback_node_duplicate

          ⚠ `web-7` is listed twice
           ╭─[config.yaml:7:34]
         6 │ cluster_policies:
         7 │   fallback_nodes: [web-7, web-8, web-7]
           ·                                  ──┬──
           ·                                    ╰── again here
           ╰────
          help: remove one of them
    "#]]
    .assert_eq(&render(&loaded.warnings, Letters::Unicode, false, 100));
    assert_eq!(loaded.settings.policy.fallback_nodes.len(), 2);
}

#[test]
fn reads_the_first_document_alone() {
    let loaded = taken(minimal_and("---\nnode_name: [another\n"));
    assert_eq!(loaded.warnings.iter().map(Fault::code).collect::<Vec<_>>(), ["config::second_document"]);
    assert_eq!(loaded.settings, settings(""));
}

#[test]
fn takes_a_byte_order_mark_and_line_ends_of_windows() {
    let text = format!("\u{feff}{}", minimal_and("dry_run: true\n").replace('\n', "\r\n"));
    assert_eq!(taken(text).settings, settings("dry_run: true\n"));
}

#[test]
fn a_fleet_of_ten_thousand_fallback_nodes_has_room() {
    let nodes: Vec<_> = (0..10_000).map(|node| format!("node-{node}.rack.datacenter.example")).collect();
    let nodes = nodes.join(", ");
    let settings = settings(&format!("cluster_policies:\n  fallback_nodes: [{nodes}]\n"));
    assert_eq!(settings.policy.fallback_nodes.len(), 10_000);
}
