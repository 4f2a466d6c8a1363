//! Three nodes need a reboot at once.

use serde_json::Value;

use super::Scenario;
use crate::fleet::{Fleet, NODES};
use crate::settings::{MARKER, Settings};
use crate::trouble::{Outcome, Trouble, require};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "three-at-once",
    about: "three nodes need a reboot at once: one at a time, all done, and the history tells it",
    in_ci: true,
    settings: Settings::with(""),
    play,
};

fn play(fleet: &mut Fleet) -> Outcome {
    let before = fleet.boots()?;
    fleet.need_reboot(&NODES)?;
    fleet.await_released(&NODES)?;
    for node in NODES {
        let boot = fleet.machine(node)?.await_up(None)?;
        require(before[node] != boot, format!("{node} has not rebooted"))?;
        let marker = fleet.machine(node)?.run(&format!("test ! -e {MARKER}"))?;
        require(marker.code == 0, format!("the marker of {node} is still there"))?;
    }
    require(fleet.released().values().all(|times| *times == 1), format!("released {:?}", fleet.released()))?;
    let told = fleet.machine(NODES[0])?.sh("clusterrebootd history --output json 2>/dev/null")?;
    let told: Value =
        serde_json::from_str(&told).map_err(|error| Trouble::Unmet(format!("history: {error}")))?;
    let entries = told["entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    for node in NODES {
        let own: Vec<&Value> = entries.iter().filter(|entry| entry["node"] == node).collect();
        let [entry] = own[..] else {
            return Err(Trouble::Unmet(format!("history tells of {node}: {own:?}")));
        };
        require(entry["outcome"] == "released", format!("history says of {node}: {entry}"))?;
        require(entry["boot_before"] == *before[node], format!("history has another boot before: {entry}"))?;
        require(entry["boot_after"] == *fleet.machine(node)?.boot()?, format!("or after: {entry}"))?;
    }
    Ok(())
}
