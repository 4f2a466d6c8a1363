//! Members and nodes that are cut off.

use std::ops::Range;

use crb_testbed::{ClusterSpec, Network, TestNode};

use super::{BEGUN, NODES, ON_A_LINE, Rolling};

/// Who wants to reboot only when some have begun.
const REST: Range<usize> = 1 + BEGUN..NODES;

pub(super) fn networked() -> Result<ClusterSpec, String> {
    Network::of(3)
        .map(|network| ClusterSpec::of(3).on(network))
        .map_err(|why| format!("needs root and network namespaces: {why}"))
}

pub(super) fn leader_isolated(rolling: &mut Rolling<'_>) {
    let leader = rolling.cluster.leader();
    isolated(rolling, leader);
}

pub(super) fn follower_isolated(rolling: &mut Rolling<'_>) {
    let follower = (rolling.cluster.leader() + 1) % rolling.cluster.size();
    isolated(rolling, follower);
}

fn isolated(rolling: &mut Rolling<'_>, member: usize) {
    rolling.cluster.network().isolate(member);
    rolling.rolls_on();
    rolling.cluster.network().rejoin(member);
    rolling.cluster.wait_until_member_is_healthy(member);
}

/// Nodes still reach the member that leads nobody any more.
pub(super) fn leader_parted(rolling: &mut Rolling<'_>) {
    let leader = rolling.cluster.leader();
    rolling.cluster.network().part(leader);
    rolling.rolls_on();
    rolling.cluster.network().unite(leader);
    rolling.cluster.wait_until_member_is_healthy(leader);
}

/// Nobody reboots while a node is silent that holds no claim.
pub(super) fn idle_node_cut(rolling: &mut Rolling<'_>) {
    rolling.line.cut();
    rolling.until("the node's presence has ended", |rolling| rolling.scene.has_lapsed(ON_A_LINE));
    rolling.until("nobody is out", |rolling| {
        rolling.names().iter().all(|name| rolling.scene.claim(name).is_empty())
    });
    let before = rolling.starts();
    rolling.want(REST);
    let blocked = |node: &mut TestNode| {
        node.events().iter().any(|event| event.says("run_outcome", "reason", "peer_silent"))
    };
    rolling.until("somebody says that a peer is silent", |rolling| {
        rolling.scene.fleet.nodes.iter_mut().any(blocked)
    });
    assert_eq!(rolling.starts(), before, "somebody rebooted while a peer was silent");
    rolling.line.mend();
}

/// The node that is out is cut off: its claim stands, and nobody else goes.
pub(super) fn node_out_cut(rolling: &mut Rolling<'_>) {
    let node = &rolling.scene.fleet.nodes[0];
    node.hold("command");
    node.need_reboot();
    let is_out =
        |rolling: &mut Rolling<'_>| rolling.scene.fleet.journal.starts().iter().any(|name| name == ON_A_LINE);
    rolling.until("the node's turn has come", is_out);
    let before = rolling.starts();
    rolling.want(REST);
    rolling.line.cut();
    rolling.scene.fleet.nodes[0].let_go("command");
    rolling.until("its presence has ended", |rolling| rolling.scene.has_lapsed(ON_A_LINE));
    rolling.until("the others are in the queue", |rolling| {
        rolling.names()[REST].iter().all(|name| rolling.scene.is_queued(name))
    });
    assert_eq!(rolling.scene.claim(ON_A_LINE), "armed");
    assert_eq!(rolling.starts(), before, "somebody rebooted while a node was out");
    rolling.line.mend();
}
