//! A daemon dies with the lock in its hands, before its claim.

use super::Scenario;
use crate::fleet::Fleet;
use crate::log::until;
use crate::patience::WAIT;
use crate::settings::Settings;
use crate::trouble::{Outcome, require};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "killed-under-lock",
    about: "the daemon is killed under the lock, before the claim: another node goes on after the TTL",
    in_ci: false,
    settings: Settings::with("lock_ttl_sec: 25"),
    play,
};

fn play(fleet: &mut Fleet) -> Outcome {
    fleet.stage("node-a", "hold-under-lock", true)?;
    fleet.need_reboot(&["node-a"])?;
    fleet.await_script("node-a", "test -e /run/clusterrebootd/e2e-held")?;
    let place = fleet.places().into_iter().next();
    require(place.is_some(), "node-a has no place in the queue")?;
    fleet.need_reboot(&["node-b"])?;
    until("node-b waits behind node-a", WAIT, || Ok((fleet.places().len() == 2).then_some(())))?;
    fleet.mark("node-a: the daemon is killed");
    fleet.machine("node-a")?.sh("systemctl kill --signal=KILL clusterrebootd")?;
    fleet.await_claim("node-b", "armed")?;
    let left = place.is_none_or(|place| !fleet.places().contains(&place));
    require(left, "node-b went while the place of the killed daemon still stood")?;
    // Started again by systemd, node-a waits its turn, and has it.
    fleet.await_released(&["node-b"])?;
    fleet.machine("node-a")?.sh("rm -f /var/lib/e2e/hold-under-lock")?;
    fleet.await_released(&["node-a", "node-b"])
}
