//! The only fallback node needs a reboot.

use super::Scenario;
use crate::fleet::{Fleet, NODES};
use crate::settings::Settings;
use crate::trouble::{Outcome, require};

pub(super) const SCENARIO: Scenario = Scenario {
    name: "only-fallback",
    about: "the only fallback node needs a reboot: it is blocked, and says so",
    in_ci: false,
    settings: Settings::with("cluster_policies: {fallback_nodes: [node-a], min_healthy_fallback: 1}"),
    play,
};

fn play(fleet: &mut Fleet) -> Outcome {
    let before = fleet.boots()?;
    fleet.need_reboot(&["node-a"])?;
    fleet.await_reason("node-a", "below_min_healthy_fallback")?;
    let (code, told) = fleet.status("node-a")?;
    require(code == 3, format!("status ends with {code}: {told}"))?;
    let text = fleet.machine("node-a")?.run("clusterrebootd status 2>/dev/null")?.output;
    let words = "0 healthy fallback nodes would be left, and min_healthy_fallback asks for 1";
    require(text.contains(words), format!("status does not say why: {text}"))?;
    // The daemon itself has looked, too, and not only the operator's command.
    let logged = "journalctl --boot --unit clusterrebootd --output cat | grep -q '\"reason\":\"below_min_healthy_fallback\"'";
    fleet.await_script("node-a", logged)?;
    require(fleet.claims().is_empty(), format!("claims: {:?}", fleet.claims()))?;
    fleet.same_boots(&before, &NODES)
}
