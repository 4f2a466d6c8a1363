//! What is tried, one file a scenario.

mod back_unhealthy;
mod etcd_away;
mod killed_under_lock;
mod marker_gone;
mod never_back;
mod only_fallback;
mod peer_turns_red;
mod power_cut;
mod sandbox;
mod short_lock;
mod stuck;
mod term_during_command;
mod three_at_once;
mod upgrade;
mod watchdog;

use crate::fleet::Fleet;
use crate::settings::Settings;
use crate::trouble::Outcome;

/// Something that befalls a fleet, and what must come of it.
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) in_ci: bool,
    pub(crate) settings: Settings,
    /// Plays it on a fleet that is well. That no two nodes were down at once is judged afterwards.
    pub(crate) play: fn(&mut Fleet) -> Outcome,
}

/// All of them, in the order in which they are played.
pub(crate) const ALL: [Scenario; 15] = [
    three_at_once::SCENARIO,
    short_lock::SCENARIO,
    peer_turns_red::SCENARIO,
    only_fallback::SCENARIO,
    killed_under_lock::SCENARIO,
    marker_gone::SCENARIO,
    back_unhealthy::SCENARIO,
    term_during_command::SCENARIO,
    power_cut::SCENARIO,
    etcd_away::SCENARIO,
    upgrade::SCENARIO,
    watchdog::SCENARIO,
    sandbox::SCENARIO,
    stuck::SCENARIO,
    // Leaves a machine behind that is off: the next one would have to wait for it.
    never_back::SCENARIO,
];
