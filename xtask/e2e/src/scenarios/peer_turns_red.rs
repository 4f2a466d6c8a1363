//! A peer falls ill while the roll-out is under way.

use super::Scenario;
use crate::fleet::{Fleet, NODES, RollOut};
use crate::settings::Settings;
use crate::trouble::{Outcome, require};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "peer-turns-red",
    about: "the health script of a peer turns red midway: the roll-out stands; green again: it goes on",
    in_ci: false,
    settings: Settings::with(""),
    play,
};

fn play(fleet: &mut Fleet) -> Outcome {
    let RollOut { before, first, second } = fleet.roll_out()?;
    fleet.stage("node-c", "red", true)?;
    fleet.await_unwell("node-c")?;
    fleet.await_released(&[first])?;
    fleet.mark(format!("{first} is back"));
    // Whoever is next has looked, found the way free but for the sick peer, and says so.
    fleet.await_reason(second, "peer_unhealthy")?;
    let (code, told) = fleet.status(second)?;
    require(code == 3, format!("status of {second} ends with {code}: {told}"))?;
    require(told.to_string().contains("node-c"), format!("status of {second} does not name node-c: {told}"))?;
    fleet.same_boots(&before, &[second, "node-c"])?;
    fleet.stage("node-c", "red", false)?;
    fleet.await_released(&[second])?;
    require(!fleet.released().contains_key("node-c"), "node-c has rebooted")?;
    fleet.await_well(&NODES)
}
