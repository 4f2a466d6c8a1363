//! The reboot command does nothing.

use super::Scenario;
use crate::fleet::{Fleet, NODES};
use crate::settings::Settings;
use crate::trouble::{Outcome, require};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "stuck",
    about: "the reboot command does nothing: three tries, then stuck, and nobody else goes",
    in_ci: false,
    settings: Settings::with("reboot_command: [/bin/true]\nreboot_timeout_sec: 8"),
    play,
};

fn play(fleet: &mut Fleet) -> Outcome {
    let before = fleet.boots()?;
    fleet.need_reboot(&["node-a"])?;
    fleet.await_claim("node-a", "armed")?;
    fleet.need_reboot(&["node-b"])?;
    fleet.await_claim("node-a", "stuck")?;
    let arms: Vec<_> = fleet
        .changes()
        .into_iter()
        .filter(|change| change.key.starts_with(&fleet.queue()))
        .filter(|change| change.put.as_ref().is_some_and(|put| put.value.contains("\"armed\"")))
        .collect();
    require(arms.len() == 3, format!("it was armed {} times", arms.len()))?;
    fleet.await_seen("node-c", "node-a", "stuck")?;
    fleet.await_reason("node-b", "rebooting_elsewhere")?;
    fleet.same_boots(&before, &NODES)
}
