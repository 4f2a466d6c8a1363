//! systemd ends the daemon while the reboot command still runs, as in an ordinary shutdown.

use super::Scenario;
use crate::fleet::Fleet;
use crate::judge::timeline;
use crate::settings::Settings;
use crate::trouble::{Outcome, require};

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
    fleet.machine("node-a")?.await_down(crate::fleet::PATIENCE)?;
    fleet.need_reboot(&["node-b"])?;
    fleet.await_claim("node-a", "armed")?;
    let boot = fleet.machine("node-a")?.await_up(Some(&before["node-a"]))?;
    require(boot != before["node-a"], "node-a has not rebooted")?;
    fleet.await_released(&["node-a", "node-b"])?;
    // The daemon did not wait for its command, nor systemd for the daemon.
    let outings = timeline(fleet, "").outings();
    require(outings.iter().all(|(_, time)| time.as_secs() < 90), format!("a slow shutdown: {outings:?}"))
}
