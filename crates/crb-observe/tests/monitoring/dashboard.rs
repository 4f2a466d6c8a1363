//! The dashboard: whether Grafana can take it, and whether it asks for what there is.

use std::collections::BTreeSet;

use crb_observe::METRICS;
use serde_json::Value;

use crate::promql::Query;
use crate::{read, rules};

fn dashboard() -> Value {
    serde_json::from_str(&read("packaging/grafana/clusterrebootd.json")).unwrap()
}

/// Every query with the panel or variable whose it is.
fn queries(dashboard: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut all = vec![];
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            all.push((text(&panel["title"]), text(&target["expr"])));
        }
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        if variable["type"] == "query" {
            all.push((text(&variable["name"]), text(&variable["query"]["query"])));
        }
    }
    all
}

#[test]
fn every_query_asks_for_what_daemons_export() {
    let queries = queries(&dashboard());
    assert!(queries.len() > 25, "{}", queries.len());
    for (title, query) in queries {
        assert!(!Query::parse(&query).checked().is_empty(), "{title} asks for nothing: {query}");
    }
}

#[test]
fn every_metric_is_in_a_panel_or_in_a_rule() {
    let mut used: BTreeSet<&str> = rules::used();
    for (_, query) in queries(&dashboard()) {
        used.extend(Query::parse(&query).checked());
    }
    let unused: Vec<&str> =
        METRICS.iter().map(|info| info.name).filter(|name| !used.contains(name)).collect();
    assert_eq!(unused, [""; 0]);
}

#[test]
fn it_is_a_dashboard_of_one_data_source_that_can_be_chosen_and_no_panel_hides_another() {
    let dashboard = dashboard();
    assert!(dashboard["schemaVersion"].as_u64().unwrap() >= 39);
    assert_eq!(dashboard["uid"], "clusterrebootd");
    assert_eq!(dashboard["templating"]["list"][0]["type"], "datasource");
    let (mut ids, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for panel in dashboard["panels"].as_array().unwrap() {
        let title = &panel["title"];
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title} has the id of another panel");
        let place = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        assert!(place("x") + place("w") <= 24, "{title} is too wide");
        for (x, y) in (place("x")..place("x") + place("w"))
            .flat_map(|x| (place("y")..place("y") + place("h")).map(move |y| (x, y)))
        {
            assert!(taken.insert((x, y)), "{title} lies on another panel");
        }
        if panel["type"] == "row" {
            continue;
        }
        assert!(panel["description"].as_str().unwrap().ends_with('.'), "{title} is not explained");
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{title}");
        let mut refs = BTreeSet::new();
        for target in panel["targets"].as_array().unwrap() {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
            assert!(refs.insert(target["refId"].as_str().unwrap()), "{title} names two queries alike");
        }
    }
}
