//! Fleets that the tests draw.

use std::time::Duration;

use crb_decide::{NodeName, PeerState, Policy};
use crb_sim::plan::{Member, Outset, Turn, forecast};
use crb_windows::{Window, Windows};
use jiff::tz::TimeZone;

use super::brief::{Brief, Note, Source};
use super::told::Told;

/// So many nodes from a Wednesday's noon on, under windows at night and a cooldown of half an hour.
pub(super) fn fleet(nodes: usize) -> Brief {
    let width = nodes.to_string().len();
    let member = |number: usize| Member {
        name: NodeName::try_new(format!("node-{number:0width$}")).unwrap(),
        state: PeerState::Healthy,
        turn: Turn::Wanted { reboot: Duration::from_secs(600) },
    };
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    Brief {
        outset: Outset {
            from: "2026-11-25T11:00:00Z".parse().unwrap(),
            members: (1..=nodes).map(member).collect(),
            slots: 1,
            policy: Policy::default(),
            windows: Windows::new(vec![Window::parse("Mon-Thu 22:00-01:00").unwrap()], vec![], zone),
            cooldown: Duration::from_secs(1_800),
            cooling: None,
            pause: None,
            holds: vec![],
        },
        source: Source::Assumed,
        lengths: std::collections::BTreeMap::new(),
        notes: vec![],
    }
}

/// A fleet in which a node of an evil name is silent, with an operator's words to go with it.
pub(super) fn stuck() -> Brief {
    let mut brief = fleet(2);
    let last_report = "2026-11-20T06:00:00Z".parse().ok();
    brief.outset.members.push(Member {
        name: NodeName::try_new("<b>\u{1b}[31m&\"node\"").unwrap(),
        state: PeerState::Silent { last_report },
        turn: Turn::Unwanted,
    });
    brief.notes.push(Note::new(
        "need_unknown",
        "a note that is <not> short, so that it has to go on in a second line where there is little room",
    ));
    brief
}

/// What `tell` makes of it.
pub(super) fn told(brief: &Brief, tell: impl Fn(&Told<'_>) -> String) -> String {
    tell(&Told::new(brief, &forecast(&brief.outset)))
}
