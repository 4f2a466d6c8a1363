//! etcd is away for a minute while a node is down.

use std::time::Duration;

use super::Scenario;
use crate::fleet::{Fleet, PATIENCE};
use crate::log::until;
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
    let before = fleet.boots()?;
    fleet.need_reboot(&["node-a", "node-b"])?;
    let first = fleet.await_first_down(&["node-a", "node-b"])?;
    let second = if first == "node-a" { "node-b" } else { "node-a" };
    fleet.mark("etcd is stopped");
    let stopped = fleet.log.now();
    for member in 0..3 {
        fleet.etcd.stop(member);
    }
    fleet.machine(first)?.await_up(Some(&before[first]))?;
    let log = fleet.log.clone();
    until("etcd was away for a minute", PATIENCE, || Ok((log.now() >= stopped + AWAY).then_some(())))?;
    fleet.same_boots(&before, &[second, "node-c"])?;
    let logged = "journalctl --boot --unit clusterrebootd --output cat | grep -q store_failed";
    fleet.await_script(second, logged)?;
    for member in 0..3 {
        fleet.etcd.cont(member);
    }
    fleet.mark("etcd is there again");
    fleet.await_released(&["node-a", "node-b"])?;
    require(!fleet.released().contains_key("node-c"), "node-c has rebooted")
}
