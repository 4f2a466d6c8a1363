//! A node goes down and never comes back.

use super::Scenario;
use crate::fleet::{Fleet, NODES, RollOut};
use crate::log::until;
use crate::patience::WAIT;
use crate::settings::Settings;
use crate::trouble::{Outcome, require};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "never-back",
    about: "a node never comes back: nobody else goes, it is overdue; unlock and forget let the rest go on",
    in_ci: true,
    settings: Settings::with("reboot_timeout_sec: 20"),
    play,
};

fn play(fleet: &mut Fleet) -> Outcome {
    let RollOut { before, first: dead, second: next } = fleet.roll_out()?;
    fleet.mark(format!("{dead} is switched off on its way down"));
    fleet.machine_mut(dead)?.switch_off()?;
    fleet.await_seen(next, dead, "overdue")?;
    fleet.mark(format!("{dead} is overdue"));
    fleet.await_reason(next, "reboot_overdue")?;
    fleet.same_boots(&before, &[next, "node-c"])?;

    until(format!("{dead} is no longer present"), WAIT, || {
        Ok((!fleet.records("crb/alive/").contains_key(dead)).then_some(()))
    })?;
    let operator = "node-c";
    fleet.mark(format!("an operator unlocks {dead}"));
    fleet.excused = Some((dead, fleet.log.now()));
    fleet.machine(operator)?.sh(&format!("clusterrebootd unlock {dead} --reason 'board is dead' --yes"))?;
    // The slot is free, and the dead node still holds back the others until it is forgotten.
    fleet.await_reason(next, "peer_silent")?;
    require(fleet.claims().is_empty(), format!("claims: {:?}", fleet.claims()))?;
    fleet.same_boots(&before, &[next, "node-c"])?;
    fleet.mark(format!("an operator forgets {dead}"));
    fleet.machine(operator)?.sh(&format!("clusterrebootd forget {dead} --reason 'board is dead' --yes"))?;
    fleet.await_released(&[next])?;
    let unlocked = fleet.records("crb/history/").into_values().any(|entry| {
        entry["node"] == dead && entry["outcome"] == "unlocked" && entry["reason"] == "board is dead"
    });
    require(unlocked, "the history does not tell of the unlock")?;
    let left: Vec<&str> = NODES.into_iter().filter(|node| *node != dead).collect();
    fleet.await_well(&left)
}
