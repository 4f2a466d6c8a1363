//! etcd is away for a minute while a node is down.

use std::time::Duration;

use super::Scenario;
use crate::fleet::{Fleet, RollOut};
use crate::log::until;
use crate::patience::WAIT;
use crate::settings::Settings;
use crate::trouble::{Outcome, require};

/// How long etcd is away.
const AWAY: Duration = Duration::from_secs(60);

pub(super) const SCENARIO: Scenario = Scenario {
    name: "etcd-away",
    about: "etcd is stopped for a minute during a roll-out: the fleet waits, and goes on",
    in_ci: false,
    settings: Settings::with(""),
    play,
};

fn play(fleet: &mut Fleet) -> Outcome {
    let RollOut { before, first, second } = fleet.roll_out()?;
    let stopped = fleet.log.now();
    fleet.without_etcd(|fleet| {
        fleet.machine(first)?.await_up(Some(&before[first]))?;
        let over = || Ok((fleet.log.now() >= stopped + AWAY).then_some(()));
        until("etcd was away for a minute", WAIT, over)?;
        fleet.same_boots(&before, &[second, "node-c"])?;
        let logged = "journalctl --boot --unit clusterrebootd --output cat | grep -q store_failed";
        fleet.await_script(second, logged)
    })?;
    fleet.await_released(&["node-a", "node-b"])?;
    require(!fleet.released().contains_key("node-c"), "node-c has rebooted")
}
