//! Since when the shared state is as it is. Of the clocks of those who put it: for people, and nothing is decided by it.

use std::collections::BTreeMap;

use crb_decide::NodeName;
use crb_health::{HealthRecord, Report};
use crb_store::KeyValue;
use jiff::Timestamp;

use crate::records::PauseRecord;

/// When what stands in the store was put there. A record that cannot be read tells no date.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dates {
    paused: Option<Timestamp>,
    unhealthy: BTreeMap<NodeName, (String, Timestamp)>,
}

impl Dates {
    pub(crate) fn read(reports: &BTreeMap<NodeName, Report>, pause: Option<&KeyValue>) -> Self {
        let pause = pause.and_then(|pair| serde_json::from_slice::<PauseRecord>(&pair.value).ok());
        let unhealthy = |record: &HealthRecord| (record.reason.clone(), record.reported_at);
        let sick = |(_, record): &(&NodeName, &HealthRecord)| !record.healthy;
        let records = reports.iter().filter_map(|(node, (record, _))| Some((node, record.as_ref()?)));
        Self {
            paused: pause.map(|pause| pause.since),
            unhealthy: records.filter(sick).map(|(node, record)| (node.clone(), unhealthy(record))).collect(),
        }
    }

    /// Since when the fleet is paused.
    pub const fn paused(&self) -> Option<Timestamp> {
        self.paused
    }

    /// Since when `node` has said of itself that it is unwell, in these words. A node reports on change only.
    pub fn unhealthy(&self, node: &NodeName, reason: &str) -> Option<Timestamp> {
        self.unhealthy.get(node).filter(|(said, _)| said == reason).map(|(_, since)| *since)
    }
}
