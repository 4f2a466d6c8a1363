//! systemd ends the daemon while the reboot command still runs, as in an ordinary shutdown.

use std::time::Duration;

use super::Scenario;
use crate::fleet::Fleet;
use crate::judge::timeline;
use crate::patience::WAIT;
use crate::settings::Settings;
use crate::trouble::{Outcome, require};

/// A shutdown that waited for the daemon takes as long as the unit's `TimeoutStopSec`, and for the command still longer.
const SLOW: Duration = Duration::from_secs(90);

pub(super) const SCENARIO: Scenario = Scenario {
    name: "term-during-command",
    about: "SIGTERM during the reboot command: the claim stands until the node is back",
    in_ci: false,
    // The command is still there when systemd takes everything down.
    settings: Settings::with(
        "reboot_command: [/bin/sh, -c, \"systemctl --no-block reboot; exec sleep 100\"]",
    ),
    play,
};

fn play(fleet: &mut Fleet) -> Outcome {
    let before = fleet.boots()?;
    fleet.need_reboot(&["node-a"])?;
    fleet.machine("node-a")?.await_down(WAIT)?;
    fleet.need_reboot(&["node-b"])?;
    fleet.await_claim("node-a", "armed")?;
    fleet.machine("node-a")?.await_up(Some(&before["node-a"]))?;
    fleet.await_released(&["node-a", "node-b"])?;
    // The daemon did not wait for its command, nor systemd for the daemon.
    let farewells = timeline(fleet, "").farewells();
    require(farewells.len() == 2, format!("these were shut down: {farewells:?}"))?;
    require(farewells.iter().all(|(_, time)| *time < SLOW), format!("a slow shutdown: {farewells:?}"))
}
