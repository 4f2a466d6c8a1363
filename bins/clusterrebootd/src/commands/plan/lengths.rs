//! How long a reboot takes: what the history tells, or else what is assumed.

use std::collections::BTreeMap;
use std::time::Duration;

use crb_decide::NodeName;
use crb_lock::HistoryRecord;
use serde::Serialize;

/// How long a reboot takes, from the claim to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Length {
    pub(super) time: Duration,
    pub(super) source: LengthSource,
}

/// Where that is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LengthSource {
    /// The median of this node's own reboots.
    OwnHistory,
    /// The median of all reboots of the fleet.
    FleetHistory,
    /// The command line, or its default.
    Assumed,
}

/// What is known of reboots that went well.
#[derive(Debug, Default)]
pub(super) struct Lengths {
    own: BTreeMap<String, Duration>,
    fleet: Option<Duration>,
}

/// Takes the history one entry after the other, and keeps of each how long the node was out, in milliseconds.
#[derive(Debug, Default)]
pub(super) struct Measured {
    own: BTreeMap<String, Vec<u32>>,
}

impl Measured {
    pub(super) fn note(&mut self, record: HistoryRecord) {
        if let Some(length) = length(&record) {
            // What took longer than 49 days counts as so long.
            let millis = u32::try_from(length.as_millis()).unwrap_or(u32::MAX);
            self.own.entry(record.node).or_default().push(millis);
        }
    }
}

impl Lengths {
    pub(super) fn of(measured: Measured) -> Self {
        let fleet = median(measured.own.values().flatten().copied().collect());
        let own = measured.own.into_iter();
        Self { own: own.filter_map(|(node, lengths)| Some((node, median(lengths)?))).collect(), fleet }
    }

    /// That of `node`; `usual` where nothing is known.
    pub(super) fn of_node(&self, node: &NodeName, usual: Duration) -> Length {
        let own = self.own.get(node.as_str()).map(|time| (*time, LengthSource::OwnHistory));
        let known = own.or_else(|| self.fleet.map(|time| (time, LengthSource::FleetHistory)));
        let (time, source) = known.unwrap_or((usual, LengthSource::Assumed));
        Length { time, source }
    }
}

/// How long the node was out. Only a claim that ended with a released slot tells that.
fn length(record: &HistoryRecord) -> Option<Duration> {
    let out = record.ended_at.duration_since(record.committed_at?);
    (record.outcome == "released" && out.is_positive()).then(|| out.unsigned_abs())
}

/// The middle one; of two in the middle, the longer.
fn median(mut lengths: Vec<u32>) -> Option<Duration> {
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).map(|millis| Duration::from_millis(u64::from(*millis)))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn record(node: &str, outcome: &str, seconds: i64) -> HistoryRecord {
        let at = |second| Timestamp::from_second(second).unwrap();
        HistoryRecord {
            node: node.to_owned(),
            outcome: outcome.to_owned(),
            reason: String::new(),
            by: node.to_owned(),
            committed_at: Some(at(1_000)),
            ended_at: at(1_000 + seconds),
            attempts: 1,
            boot_before: None,
            boot_after: None,
        }
    }

    #[test]
    fn a_node_is_known_by_its_own_reboots_or_by_those_of_the_fleet() {
        let history = || {
            let mut history: Vec<_> = [("a", 90), ("a", 3_600), ("a", 100), ("b", 40), ("b", 60)]
                .map(|(node, seconds)| record(node, "released", seconds))
                .into();
            history.extend([record("a", "aborted", 1), record("b", "unlocked", 9_999)]);
            history.push(HistoryRecord { committed_at: None, ..record("c", "released", 7) });
            history.push(record("c", "released", -7));
            history
        };
        let told = |lengths: &Lengths, node: &str| {
            let length = lengths.of_node(&NodeName::try_new(node).unwrap(), Duration::from_secs(300));
            (length.time.as_secs(), length.source)
        };
        let mut measured = Measured::default();
        for record in history() {
            measured.note(record);
        }
        let known = Lengths::of(measured);
        assert_eq!(told(&known, "a"), (100, LengthSource::OwnHistory));
        assert_eq!(told(&known, "b"), (60, LengthSource::OwnHistory));
        assert_eq!(told(&known, "c"), (90, LengthSource::FleetHistory));
        assert_eq!(told(&Lengths::default(), "a"), (300, LengthSource::Assumed));
    }
}
