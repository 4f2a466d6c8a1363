//! In what the nodes that are present differ, and should not.

use std::collections::BTreeMap;

use crb_decide::NodeName;
use crb_health::AliveRecord;

use crate::commands::status::names::named;
use crate::commands::status::warning::Warning;

/// What is compared: the code, what the warning says first, and what it is of a node.
type Matter = (&'static str, &'static str, fn(&AliveRecord) -> String);

const MATTERS: [Matter; 3] = [
    ("slots_disagree", "nodes have different max_concurrent_reboots, and the smallest counts", |record| {
        record.slots.to_string()
    }),
    (
        "policies_disagree",
        "nodes have different cluster_policies, and each goes by its own; their digests",
        |record| record.policy.clone(),
    ),
    ("versions_disagree", "nodes run different versions", |record| record.version.clone()),
];

/// One warning for each matter in which the nodes that are `alive` differ.
pub(crate) fn warnings(alive: &BTreeMap<NodeName, AliveRecord>) -> impl Iterator<Item = Warning> {
    MATTERS.into_iter().filter_map(move |(code, message, of)| {
        let mut camps: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (node, record) in alive {
            camps.entry(of(record)).or_default().push(node.to_string());
        }
        let told: Vec<String> =
            camps.iter().map(|(value, nodes)| format!("{value} on {}", named(nodes))).collect();
        (told.len() > 1).then(|| Warning { code, message: format!("{message}: {}", told.join("; ")) })
    })
}

#[cfg(test)]
mod tests {
    use crb_decide::{BootId, MachineId};

    use super::*;

    fn alive(nodes: &[(&str, u32, &str, &str)]) -> BTreeMap<NodeName, AliveRecord> {
        let record = |slots, policy: &str, version: &str| AliveRecord {
            machine_id: MachineId("m".to_owned()),
            boot_id: BootId("b".to_owned()),
            slots,
            policy: policy.to_owned(),
            reboot_required: false,
            version: version.to_owned(),
        };
        let pair = |(name, slots, policy, version): &(&str, u32, &str, &str)| {
            (NodeName::try_new(*name).unwrap(), record(*slots, policy, version))
        };
        nodes.iter().map(pair).collect()
    }

    #[test]
    fn a_fleet_of_one_mind_is_not_warned_and_another_hears_who_says_what() {
        let told = |nodes: &[(&str, u32, &str, &str)]| {
            let alive = alive(nodes);
            warnings(&alive)
                .map(|warning| format!("{}: {}", warning.code, warning.message))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&[]), [""; 0]);
        assert_eq!(told(&[("a", 1, "p", "1.0"), ("b", 1, "p", "1.0")]), [""; 0]);
        assert_eq!(
            told(&[("a", 1, "p", "1.0"), ("b", 2, "p", "1.1"), ("c", 2, "q", "1.1")]),
            [
                "slots_disagree: nodes have different max_concurrent_reboots, and the smallest counts: 1 on a; 2 on b, c",
                "policies_disagree: nodes have different cluster_policies, and each goes by its own; their digests: \
                 p on a, b; q on c",
                "versions_disagree: nodes run different versions: 1.0 on a; 1.1 on b, c",
            ]
        );
    }
}
