//! A fleet that need not exist: so many nodes, all well, each of which wants a reboot.

use std::time::Duration;

use crb_config::Settings;
use crb_decide::{NodeName, PeerState};
use crb_sim::plan::{Member, Outset, Turn};
use jiff::Timestamp;

use super::brief::{Brief, Note, Source};
use super::lengths::{Length, LengthSource};

/// `nodes` nodes under the configuration, from `from` on, each out for `usual`. The fallback nodes of the policy are among
/// them, and come last.
pub(super) fn brief(settings: &Settings, nodes: u32, usual: Duration, from: Timestamp) -> Brief {
    let length = Length { time: usual, source: LengthSource::Assumed };
    let members: Vec<Member> = named(settings, nodes as usize)
        .into_iter()
        .map(|name| Member { name, state: PeerState::Healthy, turn: Turn::Wanted { reboot: usual } })
        .collect();
    let lengths = members.iter().map(|member| (member.name.clone(), length)).collect();
    let outset = Outset {
        from,
        members,
        slots: settings.max_concurrent_reboots,
        policy: settings.policy.clone(),
        windows: settings.windows.clone(),
        cooldown: settings.min_reboot_interval,
        cooling: None,
        pause: None,
        holds: vec![],
    };
    Brief { outset, source: Source::Assumed, lengths, notes: Note::of_settings(settings) }
}

fn named(settings: &Settings, nodes: usize) -> Vec<NodeName> {
    let fallback: Vec<NodeName> = settings.policy.fallback_nodes.iter().take(nodes).cloned().collect();
    let width = nodes.to_string().len();
    let numbered = (1..).map(|number| format!("node-{number:0width$}"));
    let numbered = numbered.map(|name| NodeName::try_new(name).expect("it is neither blank nor a path"));
    let others = numbered.filter(|name| !settings.policy.fallback_nodes.contains(name));
    others.take(nodes - fallback.len()).chain(fallback.iter().cloned()).collect()
}
