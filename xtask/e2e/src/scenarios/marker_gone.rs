//! The reason for the reboot goes away while the node holds the lock.

use super::Scenario;
use crate::fleet::{Fleet, NODES};
use crate::log::until;
use crate::patience::WAIT;
use crate::settings::{MARKER, Settings};
use crate::trouble::{Outcome, require};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "marker-gone",
    about: "the marker disappears under the lock: nothing reboots",
    in_ci: false,
    settings: Settings::with(""),
    play,
};

fn play(fleet: &mut Fleet) -> Outcome {
    let before = fleet.boots()?;
    fleet.stage("node-a", "hold-under-lock", true)?;
    fleet.need_reboot(&["node-a"])?;
    fleet.await_script("node-a", "test -e /run/clusterrebootd/e2e-held")?;
    require(fleet.places().len() == 1, "node-a does not hold the lock")?;
    fleet.machine("node-a")?.sh(&format!("rm {MARKER}"))?;
    fleet.stage("node-a", "hold-under-lock", false)?;
    until("node-a leaves the queue", WAIT, || Ok(fleet.places().is_empty().then_some(())))?;
    fleet.await_script(
        "node-a",
        "journalctl --boot --unit clusterrebootd --output cat | grep -q recheck_cleared",
    )?;
    let claims = fleet.changes().into_iter().filter(|change| change.key.starts_with(&fleet.queue()));
    let claimed = claims.filter(|change| change.put.as_ref().is_some_and(|put| put.lease == 0)).count();
    require(claimed == 0, "there was a claim")?;
    fleet.same_boots(&before, &NODES)
}
