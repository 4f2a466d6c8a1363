//! What was seen of a scenario from outside, held against the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crb_testbed::{Change, Entry, Oracle};
use serde_json::Value;

use crate::fleet::{Fleet, NODES};
use crate::timeline::{Claim, Happening, Timeline, What};
use crate::trouble::{Outcome, Trouble};

/// The key of the lock, which no scenario changes.
const LOCK: &str = "/cluster/clusterrebootd/lock";

/// The timeline of the scenario so far.
pub(crate) fn timeline(fleet: &Fleet, title: &str) -> Timeline {
    let now = fleet.log.now();
    let mut timeline = Timeline::of(title, &happenings(fleet), fleet.began(), now);
    let heard = |change: &Change| fleet.log.of_epoch(change.heard);
    timeline.claims = claims(&fleet.changes(), &fleet.queue(), heard, now);
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
    let happenings = happenings(fleet);
    let journal = journal(&happenings, fleet.began(), fleet.excused, |at| fleet.log.since_epoch(at));
    let oracle = Oracle::new(fleet.namespace(), LOCK, 1);
    if let Err(others) = oracle.judge(&fleet.changes(), &journal) {
        let excused = fleet.excused.map(|(node, _)| node);
        objections.extend(others.into_iter().filter(|objection| !tells_of_unlock(objection, excused)));
    }
    if objections.is_empty() { Ok(()) } else { Err(Trouble::Unmet(objections.join("; "))) }
}

/// The oracle knows no operator, and objects to a claim that she has ended; that she has is what the scenario wants.
fn tells_of_unlock(objection: &str, excused: Option<&str>) -> bool {
    excused.is_some_and(|node| {
        objection.starts_with(&format!("the claim of {node} ")) && objection.ends_with("as \"unlocked\"")
    })
}

/// What has happened to the nodes since the run began; the machine that installs the package is none.
fn happenings(fleet: &Fleet) -> Vec<Happening> {
    let mut happenings = fleet.log.from(Duration::ZERO);
    happenings.retain(|happening| NODES.contains(&happening.node.as_str()));
    happenings
}

/// What the machines did from `began` on, as the oracle reads it: a start of the command for each time that one went down
/// by itself, and a return for each time that it came up in another boot. A node that an operator has given up counts as
/// back from then on.
fn journal(
    happenings: &[Happening],
    began: Duration,
    excused: Option<(&str, Duration)>,
    since_epoch: impl Fn(Duration) -> Duration,
) -> Vec<Entry> {
    let entry = |what: &str, node: &str, at: Duration, boot: &str| {
        let (what, node, boot) = (what.to_owned(), node.to_owned(), boot.to_owned());
        Entry { what, node, at: since_epoch(at), boot }
    };
    let mut entries = Vec::new();
    let mut boots = BTreeMap::<&str, &str>::new();
    let mut left = BTreeSet::<&str>::new();
    // The firmware of a machine that was reset from outside resets it once more.
    let mut cut = BTreeSet::<&str>::new();
    for Happening { at, node, what } in happenings {
        let found = match what {
            What::Reset { by_itself: false } => {
                cut.insert(node);
                None
            }
            What::Reset { by_itself: true } if cut.contains(node.as_str()) => None,
            // A reset without a word before it is a reboot, too, if the machine made it by itself.
            What::GoesDown | What::Reset { by_itself: true } if left.insert(node) => {
                Some(entry("start", node, *at, boots.get(node.as_str()).copied().unwrap_or_default()))
            }
            What::Up(boot) if boots.insert(node, boot) != Some(boot) => {
                left.remove(node.as_str());
                cut.remove(node.as_str());
                Some(entry("back", node, *at, boot))
            }
            _ => None,
        };
        entries.extend(found.filter(|_| *at >= began));
    }
    entries.extend(excused.map(|(node, at)| entry("back", node, at, "")));
    entries.sort_by_key(|entry| entry.at);
    entries
}

/// Since when and until when claims stood in the queue, as it was heard.
fn claims(changes: &[Change], queue: &str, heard: impl Fn(&Change) -> Duration, now: Duration) -> Vec<Claim> {
    let mut standing = BTreeMap::<&str, Claim>::new();
    let mut over = Vec::new();
    for change in changes.iter().filter(|change| change.key.starts_with(queue)) {
        let at = heard(change);
        match &change.put {
            Some(put) if put.lease == 0 => {
                let says: Value = serde_json::from_str(&put.value).unwrap_or_default();
                let node = says["node"].as_str().unwrap_or_default().to_owned();
                standing.entry(&change.key).or_insert_with(|| Claim { node, from: at, to: now });
            }
            Some(_) => {}
            None => {
                over.extend(standing.remove(change.key.as_str()).map(|claim| Claim { to: at, ..claim }));
            }
        }
    }
    over.extend(standing.into_values());
    over
}

#[cfg(test)]
mod tests {
    use crb_testbed::Put;

    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn told(happenings: &[(u64, What)], excused: Option<(&str, Duration)>) -> Vec<String> {
        let happenings: Vec<_> = happenings
            .iter()
            .map(|(at, what)| Happening { at: seconds(*at), node: "a".into(), what: what.clone() })
            .collect();
        let entries = journal(&happenings, seconds(10), excused, |at| seconds(1000) + at);
        let line = |Entry { what, node, at, boot }: Entry| format!("{what} {node} {} {boot}", at.as_secs());
        entries.into_iter().map(line).collect()
    }

    #[test]
    fn a_machine_that_goes_down_by_itself_ran_its_command_in_that_boot() {
        let up = |boot: &str| What::Up(boot.into());
        let by_itself = What::Reset { by_itself: true };
        let cut = What::Reset { by_itself: false };
        let orderly = [(5, up("one")), (20, What::GoesDown), (25, by_itself.clone()), (40, up("two"))];
        assert_eq!(told(&orderly, None), ["start a 1020 one", "back a 1040 two"]);
        // Whatever took it down, it told nobody.
        let sudden = [(5, up("one")), (25, by_itself.clone()), (40, up("two"))];
        assert_eq!(told(&sudden, None), ["start a 1025 one", "back a 1040 two"]);
        // We did, and not its command.
        let by_us = [(5, up("one")), (25, cut.clone()), (26, by_itself.clone()), (40, up("two"))];
        assert_eq!(told(&by_us, None), ["back a 1040 two"]);
        // What goes down again before it was seen to be up has begun to do so by itself.
        let again =
            [(5, up("one")), (25, cut), (26, by_itself.clone()), (35, What::GoesDown), (60, up("two"))];
        assert_eq!(told(&again, None), ["start a 1035 one", "back a 1060 two"]);
        // An agent that was restarted is no boot.
        assert_eq!(told(&[(5, up("one")), (25, up("one"))], None), [""; 0]);
        // Before the scenario.
        assert_eq!(told(&[(5, up("one")), (6, What::GoesDown), (9, up("two"))], None), [""; 0]);
        let given_up = [(5, up("one")), (20, What::GoesDown), (21, What::PowerOff)];
        assert_eq!(told(&given_up, Some(("a", seconds(60)))), ["start a 1020 one", "back a 1060 "]);
    }

    /// What the oracle has against a claim of `a` that ends with this outcome, after the time in which `a` was down.
    fn objections(outcome: &str) -> Vec<String> {
        let change = |revision: i64, key: &str, put: Option<(i64, &str)>| {
            let put = put.map(|(lease, value)| Put { value: value.into(), lease, created: 1 });
            let key = format!("/fleet/{key}");
            Change { revision, key, put, heard: seconds(10 * revision.unsigned_abs()) }
        };
        let place = "cluster/clusterrebootd/lock/7";
        let claim = |phase: &str| format!(r#"{{"node": "a", "boot_id": "one", "phase": "{phase}"}}"#);
        let entry = format!(r#"{{"node": "a", "outcome": "{outcome}", "boot_after": "two"}}"#);
        let changes = [
            change(1, place, Some((7, ""))),
            change(2, place, Some((0, &claim("committed")))),
            change(3, place, Some((0, &claim("armed")))),
            change(4, "crb/history/1", Some((0, &entry))),
            change(4, place, None),
        ];
        let entry = |what: &str, at: u64, boot: &str| Entry {
            what: what.into(),
            node: "a".into(),
            at: seconds(at),
            boot: boot.into(),
        };
        let journal = [entry("start", 31, "one"), entry("back", 35, "two")];
        Oracle::new("fleet", LOCK, 1).judge(&changes, &journal).err().unwrap_or_default()
    }

    #[test]
    fn of_all_that_the_oracle_objects_to_only_the_unlock_of_the_excused_node_is_let_pass() {
        assert_eq!(objections("released"), [""; 0]);
        let unlocked = objections("unlocked");
        assert_eq!(unlocked, ["the claim of a from 2 (armed, one) ended at 4 as \"unlocked\""]);
        assert!(tells_of_unlock(&unlocked[0], Some("a")));
        assert!(!tells_of_unlock(&unlocked[0], Some("b")), "another node was unlocked");
        assert!(!tells_of_unlock(&unlocked[0], None), "nobody has unlocked anything");
        let lost = objections("");
        assert_eq!(lost, ["the claim of a from 2 (armed, one) ended at 4 as \"\""]);
        assert!(!tells_of_unlock(&lost[0], Some("a")), "it went without a word");
    }

    #[test]
    fn a_claim_stands_from_the_loss_of_its_lease_to_its_end() {
        let change = |revision: i64, key: &str, lease: Option<i64>| {
            let value = r#"{"node": "a", "phase": "armed"}"#.to_owned();
            let put = lease.map(|lease| Put { value, lease, created: 1 });
            Change { revision, key: key.into(), put, heard: Duration::ZERO }
        };
        let changes = [
            change(1, "/queue/7", Some(7)),
            change(2, "/queue/7", Some(0)),
            change(3, "/queue/7", Some(0)),
            change(4, "/elsewhere/7", Some(0)),
            change(5, "/queue/7", None),
            change(6, "/queue/8", Some(8)),
            change(7, "/queue/8", None),
            change(8, "/queue/9", Some(0)),
        ];
        let heard = |change: &Change| seconds(change.revision.unsigned_abs());
        let spans: Vec<_> = claims(&changes, "/queue/", heard, seconds(90))
            .into_iter()
            .map(|claim| (claim.from.as_secs(), claim.to.as_secs()))
            .collect();
        assert_eq!(spans, [(2, 5), (8, 90)]);
    }
}
