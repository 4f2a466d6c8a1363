//! A node comes back from its reboot, and is not well.

use super::Scenario;
use crate::fleet::Fleet;
use crate::patience::WAIT;
use crate::settings::{STAGE, Settings};
use crate::trouble::{Outcome, require};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "back-unhealthy",
    about: "a node comes back unhealthy: it is held until its script is green, and nobody else goes",
    in_ci: false,
    settings: Settings::with(""),
    play,
};

fn play(fleet: &mut Fleet) -> Outcome {
    let before = fleet.boots()?;
    let stage = format!("cp /proc/sys/kernel/random/boot_id {STAGE}/red-in-next-boot; sync");
    fleet.machine("node-a")?.sh(&stage)?;
    fleet.need_reboot(&["node-a"])?;
    fleet.machine("node-a")?.await_down(WAIT)?;
    fleet.need_reboot(&["node-b"])?;
    fleet.machine("node-a")?.await_up(Some(&before["node-a"]))?;
    fleet.await_claim("node-a", "verifying")?;
    // Its own log tells why, and so does the peer that waits for it.
    let logged = "journalctl --boot --unit clusterrebootd --output cat | grep -q 'red after the boot'";
    fleet.await_script("node-a", logged)?;
    fleet.await_reason("node-b", "rebooting_elsewhere")?;
    require(fleet.released().is_empty(), "node-a was released while its script was red")?;
    fleet.same_boots(&before, &["node-b", "node-c"])?;
    fleet.stage("node-a", "red-in-next-boot", false)?;
    fleet.await_released(&["node-a", "node-b"])
}
