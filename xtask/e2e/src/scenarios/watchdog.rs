//! A daemon hangs under its claim.

use super::Scenario;
use crate::fleet::{Fleet, NODES, PATIENCE};
use crate::log::until;
use crate::settings::Settings;
use crate::trouble::{Outcome, require};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "watchdog",
    about: "a daemon that hangs under its claim is restarted by systemd, and the claim is not lost",
    in_ci: false,
    // The first run of the command does nothing for long; the second reboots.
    settings: Settings::with(
        "reboot_command: [/bin/sh, -c, \"if [ -e /run/clusterrebootd/e2e-ran ]; then exec systemctl reboot; fi; \
         touch /run/clusterrebootd/e2e-ran; exec sleep 600\"]\nreboot_command_timeout_sec: 600",
    ),
    play,
};

/// Minutes of patience are right for a fleet, and not for a test: a shorter one of the same kind.
const HURRY: &str = "set -e
mkdir -p /run/systemd/system/clusterrebootd.service.d
printf '[Service]\\nWatchdogSec=30\\n' >/run/systemd/system/clusterrebootd.service.d/hurry.conf
case $(systemctl show --property WatchdogUSec --value clusterrebootd) in 0 | infinity) exit 1;; esac
systemctl daemon-reload
systemctl restart clusterrebootd";

fn play(fleet: &mut Fleet) -> Outcome {
    let before = fleet.boots()?;
    fleet.machine("node-a")?.sh(HURRY)?;
    fleet.await_well(&NODES)?;
    fleet.need_reboot(&["node-a"])?;
    fleet.await_script("node-a", "test -e /run/clusterrebootd/e2e-ran")?;
    fleet.await_claim("node-a", "armed")?;
    let claim = fleet.places();
    let restarts = "systemctl show --property NRestarts --value clusterrebootd";
    let restarted: u32 = fleet.machine("node-a")?.sh(restarts)?.parse().unwrap_or_default();
    fleet.mark("node-a: the daemon hangs");
    fleet.machine("node-a")?.sh("kill -STOP $(systemctl show --property MainPID --value clusterrebootd)")?;
    until("systemd restarts the daemon", PATIENCE, || {
        if fleet.machine("node-a")?.boot().is_err() {
            return Ok(Some(()));
        }
        let now: u32 = fleet.machine("node-a")?.sh(restarts)?.parse().unwrap_or_default();
        Ok((now > restarted).then_some(()))
    })?;
    fleet.mark("node-a: systemd has restarted it");
    require(fleet.places() == claim, "the claim is another one")?;
    fleet.machine("node-a")?.await_up(Some(&before["node-a"]))?;
    fleet.await_released(&["node-a"])?;
    let attempts = fleet.records("crb/history/").into_values().find(|entry| entry["node"] == "node-a");
    let attempts = attempts.map(|entry| entry["attempts"].clone()).unwrap_or_default();
    require(attempts == 2, format!("the command was armed {attempts} times"))
}
