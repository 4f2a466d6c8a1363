//! What holds for the whole fleet: the head line, which says how the roll-out goes, and what needs eyes below it.

use crb_lock::{Disagreement, Fleet, NodeState, Program, Side, Subject};

use super::look::Look;
use crate::words::plain;

/// Nodes that are named one by one.
const NAMED: usize = 5;

/// In which order the states are counted: as a roll-out goes, and then what is wrong.
const COUNTED: [NodeState; 7] = [
    NodeState::Healthy,
    NodeState::Waiting,
    NodeState::Rebooting,
    NodeState::Unhealthy,
    NodeState::Silent,
    NodeState::Stuck,
    NodeState::Overdue,
];

/// The head line, in its parts.
pub(super) fn parts(fleet: &Fleet, look: &Look) -> Vec<String> {
    let counts = fleet.counts();
    let total = counts.total();
    let nodes = if total == 1 { "1 node".to_owned() } else { format!("{total} nodes") };
    let states: Vec<String> = COUNTED
        .into_iter()
        .filter(|state| counts.of(*state) > 0)
        .map(|state| look.paint(&format!("{} {}", counts.of(state), state.as_str()), hue(state)))
        .collect();
    let mut parts = vec![if states.is_empty() { nodes } else { format!("{nodes}: {}", states.join(", ")) }];
    let needed = match counts.reboot_needed {
        0 => "none needs a reboot".to_owned(),
        1 => "1 still needs a reboot".to_owned(),
        many => format!("{many} still need a reboot"),
    };
    parts.push(match counts.reboot_unknown {
        0 => needed,
        unknown => format!("{needed}, {unknown} unknown"),
    });
    parts.push(format!("slots {} of {} taken", fleet.taken, fleet.slots));
    parts.push(match &fleet.cooldown {
        None => "no cooldown".to_owned(),
        Some(cooldown) => match cooldown.until {
            Some(until) => format!("cooldown {}", look.left(until)),
            None => "cooldown, which does not tell its end".to_owned(),
        },
    });
    parts.push(match &fleet.pause {
        None => "not paused".to_owned(),
        Some(_) => look.paint("PAUSED", "33"),
    });
    parts
}

/// What needs eyes, a line each.
pub(super) fn alerts(fleet: &Fleet, look: &Look) -> Vec<String> {
    let mut lines = vec![];
    for hold in fleet.holds.iter().take(NAMED) {
        lines.push(format!(
            "{} by {}: etcd has gone backwards: {}",
            look.paint("HELD", "31"),
            plain(&hold.node),
            plain(&hold.reason)
        ));
    }
    if let Some(more) = fleet.holds.len().checked_sub(NAMED).filter(|more| *more > 0) {
        lines.push(format!("{} by {more} more", look.paint("HELD", "31")));
    }
    if !fleet.holds.is_empty() {
        lines.push("  No node reboots until somebody has seen to it:".to_owned());
        lines.push("    $ clusterrebootd accept-store --reason TEXT".to_owned());
    }
    if let Some(paused) = &fleet.pause {
        let pause = &paused.pause;
        let since = paused.since.map_or_else(String::new, |since| match look.columns {
            Some(_) => format!(" {}", look.ago(since)),
            None => format!(" since {}", look.since(since)),
        });
        let until =
            pause.until.map_or_else(|| "until clusterrebootd resume".to_owned(), |until| look.left(until));
        let (by, reason) = (plain(&pause.by), plain(&pause.reason));
        lines.push(format!("{} by {by}{since}, {until}: {reason}", look.paint("PAUSED", "33")));
    }
    lines.extend(fleet.disagreements.iter().map(|told| disagreement(told, look)));
    lines.extend(bound_by_strangers(fleet));
    lines
}

fn disagreement(Disagreement { subject, sides }: &Disagreement, look: &Look) -> String {
    let mut told = vec![];
    for (index, Side { value, nodes }) in sides.iter().take(NAMED).enumerate() {
        let who = if index == 0 {
            if nodes.len() == 1 { plain(nodes[0].as_str()) } else { format!("{} nodes", nodes.len()) }
        } else {
            let names: Vec<String> = nodes.iter().take(NAMED).map(|node| plain(node.as_str())).collect();
            match nodes.len().saturating_sub(NAMED) {
                0 => names.join(", "),
                more => format!("{} and {more} more", names.join(", ")),
            }
        };
        told.push(format!("{} on {who}", plain(value)));
    }
    if let Some(more) = sides.len().checked_sub(NAMED).filter(|more| *more > 0) {
        told.push(format!("{more} others"));
    }
    let counts = if *subject == Subject::Slots { "; the smallest counts" } else { "" };
    let label = look.paint("differ", "33");
    format!("{label} in {}: {}{counts}", subject.as_str(), told.join("; "))
}

/// That one slot counts, where ours would have more.
fn bound_by_strangers(fleet: &Fleet) -> Option<String> {
    let least = fleet.nodes.iter().filter_map(|node| node.slots).min()?;
    let strangers =
        fleet.nodes.iter().filter(|node| !matches!(node.program, Program::Clusterrebootd(_))).count();
    (fleet.slots < least && strangers > 0).then(|| {
        format!("1 slot counts and not {least}: {strangers} run the Go daemon or hold the lock by hand, and know of no slots")
    })
}

/// The colour of a state.
pub(super) const fn hue(state: NodeState) -> &'static str {
    match state {
        NodeState::Overdue | NodeState::Stuck | NodeState::Unhealthy => "31",
        NodeState::Silent => "33",
        NodeState::Rebooting | NodeState::Waiting => "36",
        NodeState::Healthy => "32",
    }
}
