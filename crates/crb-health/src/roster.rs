//! How every other node of the roster is, from what is in the store at one revision.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crb_decide::{NodeName, PeerState};
use crb_store::Revision;
use jiff::Timestamp;

use crate::record::HealthRecord;

/// A Go peer that has not reported for so many of its intervals is silent.
const MISSED_INTERVALS: u32 = 3;

/// A health record and when it was put; `None` where it cannot be read.
pub type Report = (Option<HealthRecord>, Revision);

/// What the roster is judged by.
#[derive(Debug, Clone)]
pub struct RosterFacts<'a> {
    /// This node, which is left out; `None`: an onlooker, who is none of them.
    pub me: Option<&'a NodeName>,
    /// Every health record.
    pub reports: &'a BTreeMap<NodeName, Report>,
    /// The nodes whose presence lease lives.
    pub present: &'a BTreeSet<NodeName>,
    /// The nodes under a claim.
    pub out: &'a BTreeSet<NodeName>,
    /// When this node took its place in the queue; [`Revision::NEVER`] if it has none.
    pub queued_at: Revision,
    /// How often a Go peer reports.
    pub go_interval: Duration,
    /// The time, to tell how old a Go peer's report is.
    pub now: Timestamp,
}

impl RosterFacts<'_> {
    /// Every other node on the roster, and how it is.
    pub fn peers(&self) -> BTreeMap<NodeName, PeerState> {
        self.reports
            .keys()
            .chain(self.present)
            .chain(self.out)
            .filter(|node| Some(*node) != self.me)
            .map(|node| (node.clone(), self.state(node)))
            .collect()
    }

    fn state(&self, node: &NodeName) -> PeerState {
        if self.out.contains(node) {
            return PeerState::Rebooting;
        }
        match self.reports.get(node) {
            None => unhealthy("joined", "it has not reported yet"),
            Some((None, _)) => unhealthy("record", "its health record cannot be read"),
            Some((Some(record), put_at)) if !self.is_heard_of(node, record, *put_at) => {
                PeerState::Silent { last_report: Some(record.reported_at) }
            }
            Some((Some(record), _)) if !record.healthy => unhealthy(&record.stage, &record.reason),
            Some((Some(_), _)) => PeerState::Healthy,
        }
    }

    fn is_heard_of(&self, node: &NodeName, record: &HealthRecord, put_at: Revision) -> bool {
        if self.present.contains(node) {
            return true;
        }
        // The revision proves that the report came after we queued, whatever the peer's clock says.
        record.is_by_go_daemon()
            && put_at > self.queued_at
            && self.now.duration_since(record.reported_at).unsigned_abs()
                < self.go_interval * MISSED_INTERVALS
    }
}

fn unhealthy(stage: &str, reason: &str) -> PeerState {
    PeerState::Unhealthy { stage: stage.to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use crb_decide::BootId;

    use super::*;

    const NOW: i64 = 1_000_000;

    fn name(text: &str) -> NodeName {
        NodeName::try_new(text).unwrap()
    }

    fn report(healthy: bool, seconds_ago: i64, ours: bool) -> HealthRecord {
        HealthRecord {
            node: "peer".into(),
            healthy,
            stage: "heartbeat".into(),
            reason: if healthy { String::new() } else { "exit 1".into() },
            reported_at: Timestamp::from_second(NOW - seconds_ago).unwrap(),
            boot_id: ours.then(|| BootId("boot".into())),
            version: None,
        }
    }

    #[test]
    fn a_peer_is_what_its_record_presence_and_claim_say() {
        let healthy = PeerState::Healthy;
        let silent = |ago: i64| PeerState::Silent { last_report: Timestamp::from_second(NOW - ago).ok() };
        let sick = || unhealthy("heartbeat", "exit 1");
        let (present, absent) = (true, false);
        let (ours, go) = (true, false);
        // (record, put at, present, out) with this node queued at revision 10
        let table = [
            ("ours, old report", Some(report(true, 9_999, ours)), 5, present, false, healthy.clone()),
            ("ours, sick", Some(report(false, 9, ours)), 5, present, false, sick()),
            ("ours, gone", Some(report(true, 1, ours)), 50, absent, false, silent(1)),
            ("ours, sick and gone", Some(report(false, 1, ours)), 50, absent, false, silent(1)),
            ("ours, out", Some(report(false, 1, ours)), 50, absent, true, PeerState::Rebooting),
            ("go, fresh", Some(report(true, 20, go)), 50, absent, false, healthy),
            ("go, fresh and sick", Some(report(false, 20, go)), 50, absent, false, sick()),
            ("go, too old", Some(report(true, 45, go)), 50, absent, false, silent(45)),
            ("go, of tomorrow", Some(report(true, -86_400, go)), 50, absent, false, silent(-86_400)),
            ("go, before we queued", Some(report(true, 1, go)), 10, absent, false, silent(1)),
            ("unreadable", None, 5, present, false, unhealthy("record", "its health record cannot be read")),
        ];
        for (case, record, put_at, is_present, is_out, expected) in table {
            let set = |member: bool| if member { BTreeSet::from([name("peer")]) } else { BTreeSet::new() };
            let facts = RosterFacts {
                me: Some(&name("me")),
                reports: &BTreeMap::from([(name("peer"), (record, Revision(put_at)))]),
                present: &set(is_present),
                out: &set(is_out),
                queued_at: Revision(10),
                go_interval: Duration::from_secs(15),
                now: Timestamp::from_second(NOW).unwrap(),
            };
            assert_eq!(facts.peers(), BTreeMap::from([(name("peer"), expected)]), "{case}");
        }
    }

    #[test]
    fn a_node_that_joined_and_has_not_reported_is_not_healthy() {
        let facts = RosterFacts {
            me: Some(&name("me")),
            reports: &BTreeMap::new(),
            present: &BTreeSet::from([name("me"), name("new")]),
            out: &BTreeSet::new(),
            queued_at: Revision::NEVER,
            go_interval: Duration::from_secs(15),
            now: Timestamp::UNIX_EPOCH,
        };
        let expected = unhealthy("joined", "it has not reported yet");
        assert_eq!(facts.peers(), BTreeMap::from([(name("new"), expected)]));
    }
}
