//! A daemon hangs under its claim.

use super::Scenario;
use crate::fleet::{Fleet, NODES};
use crate::settings::Settings;
use crate::trouble::{Outcome, require};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "watchdog",
    about: "a daemon that hangs under its claim is restarted by systemd, and the claim is not lost",
    in_ci: false,
    // The first run of the command does nothing for long; the second says that it is there, and reboots when it may.
    settings: Settings::with(
        "reboot_command: [/bin/sh, -c, \"cd /run/clusterrebootd; if [ -e e2e-ran ]; then touch e2e-ran-again; \
         while [ -e /var/lib/e2e/hold-reboot ]; do sleep 0.2; done; exec systemctl reboot; fi; \
         touch e2e-ran; exec sleep 600\"]\nreboot_command_timeout_sec: 600",
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

/// How often systemd has started the daemon by itself.
const RESTARTS: &str = "systemctl show --property NRestarts --value clusterrebootd";

fn play(fleet: &mut Fleet) -> Outcome {
    let before = fleet.boots()?;
    fleet.require_packaged_unit("node-a")?;
    fleet.machine("node-a")?.sh(HURRY)?;
    fleet.await_well(&NODES)?;
    fleet.stage("node-a", "hold-reboot", true)?;
    fleet.need_reboot(&["node-a"])?;
    fleet.await_script("node-a", "test -e /run/clusterrebootd/e2e-ran")?;
    fleet.await_claim("node-a", "armed")?;
    let claim = fleet.places();
    let restarts = fleet.machine("node-a")?.sh(RESTARTS)?;
    fleet.mark("node-a: the daemon hangs");
    fleet.machine("node-a")?.sh("kill -STOP $(systemctl show --property MainPID --value clusterrebootd)")?;
    // The machine stays up until it is told that it may go, so that there is time to look.
    fleet.await_script("node-a", "test -e /run/clusterrebootd/e2e-ran-again")?;
    fleet.mark("node-a: systemd has restarted it");
    let now = fleet.machine("node-a")?.sh(RESTARTS)?;
    require(now != restarts, format!("systemd has started it {now} times, as before"))?;
    let logged = "journalctl --boot --unit clusterrebootd --output cat | grep 'Watchdog timeout'";
    fleet.machine("node-a")?.sh(logged)?;
    require(fleet.places() == claim, format!("the claim {claim:?} became {:?}", fleet.places()))?;
    fleet.same_boots(&before, &NODES)?;
    fleet.stage("node-a", "hold-reboot", false)?;
    fleet.machine("node-a")?.await_up(Some(&before["node-a"]))?;
    fleet.await_released(&["node-a"])?;
    let attempts = fleet.records("crb/history/").into_values().find(|entry| entry["node"] == "node-a");
    let attempts = attempts.map(|entry| entry["attempts"].clone()).unwrap_or_default();
    require(attempts == 2, format!("the command was armed {attempts} times"))
}
