//! `etcdctl lock` on the same key: it keeps us out, we keep it out, and it can read who we are.

use crb_lock::PlaceRecord;
use crb_testbed::{EtcdCluster, Rival, TestNode, eventually};

use crate::PROGRAM;
use crate::queue::{LOCK, places, record};

#[test]
fn etcdctl_lock_and_a_node_keep_each_other_out() {
    let cluster = EtcdCluster::start(1);
    let rival = Rival::ask(&cluster, LOCK);
    let key = rival.wait_until_held();

    let mut node = TestNode::new(PROGRAM, "node-a", &cluster.endpoints()).with_boots();
    node.need_reboot();
    node.start();
    let waits = node.wait_for_outcome("lock_unavailable");
    assert_eq!(waits.fields["reason"], "behind_in_queue", "{waits:?}");
    assert_eq!(places(&cluster)[0].key, key);
    assert!(node.journal().entries().is_empty());
    rival.release();

    assert_eq!(node.exit_code(), None, "the node goes down: {}", node.log_tail());
    assert_eq!(node.journal().starts(), ["node-a"]);
    let rival = Rival::ask(&cluster, LOCK);
    eventually("etcdctl queues behind the claim", || (places(&cluster).len() == 2).then_some(()));
    assert_eq!(shown_by_etcdctl(&cluster).node, "node-a");
    assert_eq!(rival.held(), None);

    node.boot_anew();
    node.start();
    rival.wait_until_held();
    let whats: Vec<String> = node.journal().entries().into_iter().map(|entry| entry.what).collect();
    assert_eq!(whats, ["start", "back"], "etcdctl got the lock before the node was back");
    node.wait_for("the proof", |event| event.is("reboot_verified"));
    rival.release();
}

/// The first holder, as anybody finds it with `etcdctl get --prefix`.
fn shown_by_etcdctl(cluster: &EtcdCluster) -> PlaceRecord {
    let shown = cluster.etcdctl(&["get", "--prefix", LOCK]);
    let text = String::from_utf8(shown.stdout).unwrap();
    let value = text.lines().nth(1).unwrap_or_else(|| panic!("etcdctl shows {text:?}"));
    let json: serde_json::Value = serde_json::from_str(value).unwrap();
    for field in ["node", "pid", "acquired_at", "boot_id", "phase", "since", "deadline", "attempts"] {
        assert!(!json[field].is_null(), "{field} is missing: {json}");
    }
    let holder = record(&places(cluster)[0]);
    assert_eq!(serde_json::to_value(&holder).unwrap(), json);
    holder
}
