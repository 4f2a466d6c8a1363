//! The power fails between the claim and the reboot command.

use super::Scenario;
use crate::fleet::Fleet;
use crate::patience::WAIT;
use crate::settings::Settings;
use crate::trouble::{Outcome, require};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "power-cut",
    about: "a power cut between claim and command: the claim stands, and is given back after the boot",
    in_ci: false,
    // The drain waits for as long as it is told, and takes note that it does.
    settings: Settings::with(
        "hooks: {pre_reboot: [{name: drain, timeout_sec: 200, cmd: [/bin/sh, -c, \"touch /run/clusterrebootd/e2e-drains; \
         while [ -e /var/lib/e2e/hold-drain ]; do sleep 0.2; done\"]}]}",
    ),
    play,
};

fn play(fleet: &mut Fleet) -> Outcome {
    let before = fleet.boots()?;
    fleet.stage("node-a", "hold-drain", true)?;
    fleet.machine("node-a")?.sh("sync")?;
    fleet.need_reboot(&["node-a"])?;
    fleet.await_claim("node-a", "committed")?;
    fleet.await_script("node-a", "test -e /run/clusterrebootd/e2e-drains")?;
    fleet.need_reboot(&["node-b"])?;
    fleet.await_reason("node-b", "rebooting_elsewhere")?;
    fleet.mark("node-a: the power fails");
    fleet.machine_mut("node-a")?.cut_power()?;
    fleet.machine("node-a")?.await_down(WAIT)?;
    fleet.machine("node-a")?.await_up(Some(&before["node-a"]))?;
    fleet.await_released(&["node-a", "node-b"])?;
    let times = fleet.released();
    require(times["node-a"] == 1 && times["node-b"] == 1, format!("released {times:?}"))
}
