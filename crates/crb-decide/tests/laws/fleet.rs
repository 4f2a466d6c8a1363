//! Random fleets.

use std::collections::BTreeMap;

use crb_decide::{Cooldown, FleetFacts, Hold, NodeName, Overdue, Pause, PeerState};
use jiff::Timestamp;

use crate::dice::Dice;
use crate::world::{moment, standing};

pub(crate) fn name(text: &str) -> NodeName {
    NodeName::try_new(text).unwrap()
}

/// The names that a peer can have.
pub(crate) fn anyone() -> [NodeName; 6] {
    ["a", "b", "c", "d", "e", "f"].map(name)
}

/// A node that is past its deadline.
pub(crate) fn late(node: &NodeName) -> Overdue {
    let since = (node.as_str() < "c").then_some(Timestamp::UNIX_EPOCH);
    Overdue { node: node.clone(), since, deadline: Timestamp::UNIX_EPOCH }
}

/// A calm fleet as often as a troubled one.
pub(crate) fn facts(mut dice: Dice) -> FleetFacts {
    let troubled = dice.once_in(2);
    let weighs = |dice: &mut Dice| dice.once_in(if troubled { 6 } else { 32 });
    let out: Vec<NodeName> = if weighs(&mut dice) {
        anyone().into_iter().take(1 + dice.throw(3) as usize).collect()
    } else {
        vec![]
    };
    FleetFacts {
        me: name("me"),
        peers: peers(&mut dice, troubled),
        // Nobody may publish fewer slots than one; the gate need not trust that.
        slots: if weighs(&mut dice) { 0 } else { 1 + dice.throw(3) },
        overdue: out.iter().filter(|_| dice.once_in(2)).map(late).collect(),
        out,
        place: match weighs(&mut dice) {
            true if dice.once_in(4) => None,
            true => Some(standing(dice.throw(4))),
            false => Some(standing(0)),
        },
        pause: weighs(&mut dice).then(|| Pause {
            by: "ann".to_owned(),
            reason: "audit".to_owned(),
            until: moment(dice),
        }),
        cooldown: weighs(&mut dice).then(|| Cooldown { node: "b".to_owned(), until: moment(dice) }),
        holds: if weighs(&mut dice) { holds(1 + dice.throw(3)) } else { vec![] },
    }
}

fn holds(count: u32) -> Vec<Hold> {
    let hold = |number| Hold { node: format!("h{number}"), reason: "it was wiped".to_owned() };
    (0..count).map(hold).collect()
}

/// Peers of every kind, and of some names nobody; all of those in a calm fleet are well.
fn peers(dice: &mut Dice, troubled: bool) -> BTreeMap<NodeName, PeerState> {
    let kinds = if troubled { 11 } else { 8 };
    let peer = |name| {
        let state = match dice.throw(kinds) {
            0..6 => PeerState::Healthy,
            6..8 => return None,
            bad => unwell(bad - 8),
        };
        Some((name, state))
    };
    anyone().into_iter().filter_map(peer).collect()
}

/// The three ways of a peer not to be well, the lightest first.
pub(crate) fn unwell(way: u32) -> PeerState {
    match way {
        0 => PeerState::Rebooting,
        1 => PeerState::Unhealthy { stage: "heartbeat".to_owned(), reason: "exit 1".to_owned() },
        _ => PeerState::Silent { last_report: None },
    }
}
