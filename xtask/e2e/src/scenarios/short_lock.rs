//! The lock's lease ends long before a machine has booted.

use std::time::Duration;

use super::Scenario;
use crate::fleet::Fleet;
use crate::judge::timeline;
use crate::settings::Settings;
use crate::trouble::{Outcome, require};

/// As in the settings below.
const LOCK_TTL: Duration = Duration::from_secs(8);

pub(super) const SCENARIO: Scenario = Scenario {
    name: "short-lock",
    about: "lock_ttl_sec is far shorter than the boot: still one at a time",
    in_ci: true,
    settings: Settings::with("lock_ttl_sec: 8\nhealth_timeout_sec: 7"),
    play,
};

fn play(fleet: &mut Fleet) -> Outcome {
    let nodes = ["node-a", "node-b"];
    fleet.need_reboot(&nodes)?;
    fleet.await_released(&nodes)?;
    let outings = timeline(fleet, "").outings();
    require(outings.len() == 2, format!("these were down: {outings:?}"))?;
    let longer = outings.iter().all(|(_, time)| *time > LOCK_TTL);
    require(longer, format!("too quick to prove anything: {outings:?}"))
}
