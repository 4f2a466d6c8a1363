//! The alerting rules: what Prometheus's own tool says of them, and whether they ask for what there is.

#![allow(clippy::disallowed_methods, reason = "this file starts promtool")]

use std::collections::BTreeSet;
use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::promql::Query;
use crate::{read, repository};

const RULES: &str = "packaging/prometheus/clusterrebootd.rules.yml";
const TESTS: &str = "packaging/prometheus/clusterrebootd.rules.test.yml";

/// The sections of docs/operations.md, as links name them.
fn anchors() -> Vec<String> {
    let page = read("docs/operations.md");
    let headings = page.lines().filter_map(|line| line.strip_prefix("## "));
    headings.map(|heading| heading.to_lowercase().replace(' ', "-")).collect()
}

/// An alert, as its lines stand in the file.
struct Alert {
    name: String,
    text: String,
}

impl Alert {
    /// What stands behind `key`, its further lines joined.
    fn value(&self, key: &str) -> String {
        let lines: Vec<&str> = self.text.lines().collect();
        let depth = |line: &str| line.len() - line.trim_start().len();
        let is_key = |line: &&str| line.trim_start().starts_with(&format!("{key}: "));
        let at = lines.iter().position(is_key).unwrap_or_else(|| panic!("{} has no {key}", self.name));
        let (_, first) = lines[at].split_once(": ").unwrap();
        let further = lines[at + 1..].iter().take_while(|line| depth(line) > depth(lines[at]));
        let first = [first].into_iter().filter(|text| !["|", ">-"].contains(text));
        first.chain(further.map(|line| line.trim())).collect::<Vec<_>>().join(" ")
    }
}

fn alerts() -> Vec<Alert> {
    let text = read(RULES);
    let alerts = text.split("\n      - alert: ").skip(1);
    alerts
        .map(|alert| {
            let (name, rest) = alert.split_once('\n').unwrap();
            // A comment at its end is about the next one.
            let text = rest.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>();
            Alert { name: name.to_owned(), text: text.join("\n") }
        })
        .collect()
}

/// The metrics that the rules ask for.
pub(crate) fn used() -> BTreeSet<&'static str> {
    alerts().iter().flat_map(|alert| Query::parse(&alert.value("expr")).checked()).collect()
}

fn promtool() -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let found =
        env::split_paths(&path).map(|directory| directory.join("promtool")).find(|file| file.is_file());
    found.expect(
        "this test needs promtool, which is not on the path: `cargo xtask setup` gets it, and `cargo xtask test` \
         finds it where that puts it",
    )
}

#[track_caller]
fn succeeds(arguments: &[&str]) {
    let ran = Command::new(promtool()).args(arguments).current_dir(repository()).output().unwrap();
    let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
    assert!(ran.status.success(), "promtool {arguments:?}: {said}");
}

#[test]
fn promtool_takes_the_rules() {
    succeeds(&["check", "rules", RULES]);
}

#[test]
fn the_alerts_fire_when_they_should_and_only_then() {
    succeeds(&["test", "rules", TESTS]);
}

#[test]
fn every_alert_is_seen_to_fire_and_not_to_fire() {
    let tests = read(TESTS);
    for Alert { name, .. } in alerts() {
        let quoted = format!("alertname=\"{name}\"");
        let looks: Vec<&str> =
            tests.split("\n      - expr: ").filter(|look| look.contains(&quoted)).collect();
        let fires = looks.iter().filter(|look| look.contains(&format!("labels: ALERTS{{{quoted}"))).count();
        assert!(fires > 0, "{name} is never seen to fire");
        let silent = looks.iter().filter(|look| look.contains("exp_samples: []")).count();
        assert!(silent > 1, "{name} is not seen silent before it fires and after");
    }
}

#[test]
fn the_alerts_ask_for_what_daemons_export_and_for_reasons_that_there_are() {
    let outcomes = read("docs/outcomes.md");
    for alert in alerts() {
        let query = Query::parse(&alert.value("expr"));
        query.checked();
        let by = |label: &str| {
            let matchers = query.selectors.iter().flat_map(|selector| &selector.matchers);
            let values = matchers.filter(|(name, _)| name == label).flat_map(|(_, value)| value.split('|'));
            values.map(str::to_owned).collect::<Vec<_>>()
        };
        for reason in by("reason") {
            let start = reason.trim_end_matches(".*");
            let end = if start == reason { "`" } else { "" };
            assert!(outcomes.contains(&format!("\n| `{start}{end}")), "{}: no reason {reason}", alert.name);
        }
        for state in by("state") {
            let states = ["healthy", "unhealthy", "silent", "rebooting", "overdue"];
            assert!(states.contains(&state.as_str()), "{}: no state {state}", alert.name);
        }
    }
}

#[test]
fn an_alert_tells_what_is_the_matter_what_to_do_and_where_to_read_on() {
    let (all, anchors) = (alerts(), anchors());
    assert!(all.len() > 10, "{}", all.len());
    for alert in all {
        let Alert { name, .. } = &alert;
        assert!(name.starts_with("Clusterrebootd"), "{name}");
        assert!(["critical", "warning"].contains(&alert.value("severity").as_str()), "{name}");
        assert!(alert.value("summary").trim_matches('"').ends_with('.'), "{name}");
        assert!(alert.value("description").contains('`'), "{name} names no command");
        let runbook = alert.value("runbook");
        let anchor =
            runbook.strip_prefix("docs/operations.md#").unwrap_or_else(|| panic!("{name}: {runbook}"));
        assert!(anchors.iter().any(|known| known == anchor), "{name}: there is no section {anchor}");
    }
}
