//! What was seen of a scenario from outside, held against the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crb_testbed::{Change, Entry, Oracle};

use crate::fleet::{Fleet, NODES};
use crate::timeline::{Claim, Happening, Timeline, What};
use crate::trouble::{Outcome, Trouble};

/// The key of the lock, which no scenario changes.
const LOCK: &str = "/cluster/clusterrebootd/lock";

/// The timeline of the scenario so far.
pub(crate) fn timeline(fleet: &Fleet, title: &str) -> Timeline {
    let now = fleet.log.now();
    let mut timeline = Timeline::of(title, &fleet.log.from(Duration::ZERO), fleet.began(), now);
    timeline.nodes.retain(|node, _| is_node(node));
    timeline.claims = claims(fleet, &fleet.changes(), now);
    timeline.marks.clone_from(&fleet.marks);
    timeline
}

/// Holds what the emulators, the consoles and etcd told against what must be: no two machines down at once, and every
/// reboot under an armed claim of that boot that ends in another boot.
pub(crate) fn judge(fleet: &Fleet, timeline: &Timeline) -> Outcome {
    let mut objections: Vec<String> = timeline
        .overlaps(fleet.excused)
        .into_iter()
        .map(|overlap| {
            let [one, other] = &overlap.nodes;
            let time = overlap.to.saturating_sub(overlap.from);
            format!("{one} and {other} were down at once, for {:.1} s", time.as_secs_f64())
        })
        .collect();
    let journal = journal(fleet, &fleet.log.from(Duration::ZERO));
    let oracle = Oracle::new(fleet.namespace(), LOCK, 1);
    if let Err(others) = oracle.judge(&fleet.changes(), &journal) {
        // The oracle knows no operator. That she has unlocked a node is what the scenario wants.
        let unlocked = |objection: &String| {
            fleet.excused.is_some_and(|(node, _)| {
                objection.contains(&format!("claim of {node} ")) && objection.ends_with("as \"unlocked\"")
            })
        };
        objections.extend(others.into_iter().filter(|objection| !unlocked(objection)));
    }
    if objections.is_empty() { Ok(()) } else { Err(Trouble::Unmet(objections.join("; "))) }
}

/// The installer is no node.
fn is_node(name: &str) -> bool {
    NODES.contains(&name)
}

/// What the machines did, as the oracle reads it: a start of the command for each time that one went down by itself, and
/// a return for each time that it came up.
fn journal(fleet: &Fleet, happenings: &[Happening]) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut boots = BTreeMap::<&str, &str>::new();
    let mut left = BTreeSet::<&str>::new();
    for Happening { at, node, what } in happenings.iter().filter(|happening| is_node(&happening.node)) {
        let entry = |what: &str, boot: &str| Entry {
            what: what.to_owned(),
            node: node.clone(),
            at: fleet.log.since_epoch(*at),
            boot: boot.to_owned(),
        };
        let found = match what {
            What::GoesDown | What::Reset { by_itself: true } if left.insert(node) => {
                Some(entry("start", boots.get(node.as_str()).copied().unwrap_or_default()))
            }
            What::Up(boot) if boots.insert(node, boot) != Some(boot) => {
                left.remove(node.as_str());
                Some(entry("back", boot))
            }
            _ => None,
        };
        entries.extend(found.filter(|_| *at >= fleet.began()));
    }
    if let Some((node, at)) = fleet.excused {
        let at = fleet.log.since_epoch(at);
        entries.push(Entry { what: "back".into(), node: node.into(), at, boot: String::new() });
        entries.sort_by_key(|entry| entry.at);
    }
    entries
}

/// Since when and until when claims stood, as it was heard.
fn claims(fleet: &Fleet, changes: &[Change], now: Duration) -> Vec<Claim> {
    let mut standing = BTreeMap::<&str, Claim>::new();
    let mut over = Vec::new();
    for change in changes.iter().filter(|change| change.key.starts_with(&fleet.queue())) {
        let heard = fleet.log.of_epoch(change.heard);
        match &change.put {
            Some(put) if put.lease == 0 => {
                let says: serde_json::Value = serde_json::from_str(&put.value).unwrap_or_default();
                let node = says["node"].as_str().unwrap_or_default().to_owned();
                standing.entry(&change.key).or_insert_with(|| Claim { node, from: heard, to: now });
            }
            Some(_) => {}
            None => {
                over.extend(standing.remove(change.key.as_str()).map(|claim| Claim { to: heard, ..claim }));
            }
        }
    }
    over.extend(standing.into_values());
    over
}
