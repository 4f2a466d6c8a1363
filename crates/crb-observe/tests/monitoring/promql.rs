//! What a query asks for: metrics, the labels that it selects by, and those that it groups by. No more of PromQL.

use std::collections::BTreeSet;

use crb_observe::{METRICS, MetricInfo, MetricKind};

/// The labels that a scrape adds.
const OF_THE_SCRAPE: [&str; 2] = ["job", "instance"];

/// Labels in brackets follow these.
const GROUPING: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// A metric of a query, with the labels and values by which it is selected.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Selector {
    pub(crate) name: String,
    pub(crate) matchers: Vec<(String, String)>,
}

/// The parts of a query that name something.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) selectors: Vec<Selector>,
    pub(crate) grouped_by: BTreeSet<String>,
}

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        let (mut query, mut rest) = (Self::default(), text);
        while let Some(start) = rest.find(|c: char| c == '"' || is_of_a_name(c)) {
            rest = &rest[start..];
            if let Some(after) = rest.strip_prefix('"') {
                rest = &after[after.find('"').expect("the text is closed") + 1..];
                continue;
            }
            let (name, after) = rest.split_at(rest.find(|c| !is_of_a_name(c)).unwrap_or(rest.len()));
            rest = after.trim_start();
            let opened = |bracket| rest.strip_prefix(bracket);
            if GROUPING.contains(&name) {
                let (labels, after) = opened('(').and_then(|inside| inside.split_once(')')).expect("labels");
                query.grouped_by.extend(labels.split(',').map(|label| label.trim().to_owned()));
                rest = after;
            } else if let Some((inside, after)) = opened('{').and_then(|inside| inside.split_once('}')) {
                query.selectors.push(Selector { name: name.to_owned(), matchers: matchers(inside) });
                rest = after;
            } else if name.starts_with("clusterrebootd") {
                query.selectors.push(Selector { name: name.to_owned(), matchers: vec![] });
            }
        }
        query
    }

    /// The metrics that it asks for, all of which the daemon must export, with these labels.
    #[track_caller]
    pub(crate) fn checked(&self) -> BTreeSet<&'static str> {
        let mut labels: BTreeSet<&str> = OF_THE_SCRAPE.into();
        let mut used = BTreeSet::new();
        for Selector { name, matchers } in &self.selectors {
            let Some((info, of_buckets)) = exported(name) else {
                assert_eq!(name, "up", "no daemon exports it: {self:#?}");
                continue;
            };
            used.insert(info.name);
            labels.extend(info.labels);
            labels.extend(of_buckets.then_some("le"));
            for (label, value) in matchers {
                let known = OF_THE_SCRAPE.contains(&label.as_str()) || info.labels.contains(&label.as_str());
                assert!(known, "{name} has no label {label}");
                assert_ne!(value, "", "{name} by {label}");
            }
        }
        let unknown: Vec<_> =
            self.grouped_by.iter().filter(|label| !labels.contains(label.as_str())).collect();
        assert!(unknown.is_empty(), "none of its metrics has the labels {unknown:?}: {self:#?}");
        used
    }
}

/// The metric behind a series, and whether the series is one of the buckets of a histogram.
fn exported(series: &str) -> Option<(&'static MetricInfo, bool)> {
    METRICS.iter().find_map(|info| {
        let suffix = series.strip_prefix(info.name)?;
        match (info.kind, suffix) {
            (MetricKind::Histogram, "_bucket") => Some((info, true)),
            (MetricKind::Histogram, "_sum" | "_count") | (MetricKind::Counter | MetricKind::Gauge, "") => {
                Some((info, false))
            }
            _ => None,
        }
    })
}

fn matchers(inside: &str) -> Vec<(String, String)> {
    let matcher = |text: &str| {
        let (label, value) = text.split_once(['=', '!']).expect("a matcher");
        (label.trim().to_owned(), value.trim_matches(['=', '~', '!', ' ', '"']).to_owned())
    };
    inside.split(',').filter(|text| !text.trim().is_empty()).map(matcher).collect()
}

const fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

#[test]
fn a_query_tells_what_it_asks_for_and_by_which_labels() {
    let query = Query::parse(
        r#"sum by (job, le) (rate(clusterrebootd_etcd_request_seconds_bucket{result!~"ok|x", job="$job"}[5m]))
           unless on (job) up == 0 or clusterrebootd_paused > label("clusterrebootd_no")"#,
    );
    let told: Vec<_> = query.selectors.iter().map(|selector| selector.name.as_str()).collect();
    assert_eq!(told, ["clusterrebootd_etcd_request_seconds_bucket", "clusterrebootd_paused"]);
    let pair = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    assert_eq!(query.selectors[0].matchers, [pair("result", "ok|x"), pair("job", "$job")]);
    assert_eq!(query.grouped_by, ["job", "le"].map(str::to_owned).into());
    assert_eq!(query.checked(), ["clusterrebootd_etcd_request_seconds", "clusterrebootd_paused"].into());
}

#[test]
fn names_and_labels_that_no_daemon_exports_are_found() {
    for wrong in [
        "clusterrebootd_no_such_total",
        "clusterrebootd_paused_total",
        "node_load1{}",
        "clusterrebootd_paused{reason=\"x\"}",
        "sum by (reason) (clusterrebootd_paused)",
        "sum by (le) (clusterrebootd_etcd_request_seconds_sum)",
        "clusterrebootd_etcd_request_seconds",
    ] {
        let found = std::panic::catch_unwind(|| Query::parse(wrong).checked());
        assert!(found.is_err(), "{wrong} passed: {found:?}");
    }
}
